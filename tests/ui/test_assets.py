"""The page's own files, and no others."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from server import problem
from ui.assets import assets_router


@pytest.fixture
def client() -> TestClient:
    app = FastAPI()
    problem.install(app)
    app.include_router(assets_router())
    return TestClient(app)


def test_a_browser_fetches_each_version_once(client: TestClient) -> None:
    first = client.get("/ui/app.js")
    assert first.headers["content-type"].startswith("text/javascript")
    assert "customElements" in first.text
    again = client.get("/ui/app.js", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get("/ui/page.css").headers["content-type"].startswith("text/css")


@pytest.mark.parametrize("name", ["none.js", "..%2Fmount.py", "%2e%2e%2fmount.py", "mount.py", ""])
def test_nothing_else_is_given_out(client: TestClient, name: str) -> None:
    assert client.get(f"/ui/{name}").status_code == 404
