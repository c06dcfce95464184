"""Whose requests are taken for the caller's own wish, and whose for that of a page elsewhere."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from huiwen.settings import Settings
from server.caller import Asker, Scope
from server.gate import Gate
from server.identity import COOKIE, Identities

PORTAL = "https://portal.example.gov.cn"
HERE = "http://testserver"
ASK, CHAT, UPLOAD = "/api/ask", "/v1/chat/completions", "/api/documents"
JUNK = {"authorization": "Bearer anything"}
# What browsers add by themselves, also to what a page elsewhere has them send.
OF_BROWSERS = ["Basic emhhbmc6c2Fu", "Negotiate YII=", "Digest username=zhang", "NTLM TlRM"]


def service(settings: Settings, **changes: Any) -> TestClient:
    """Answers whom it takes the caller for; ``PORTAL`` is listed."""
    app = FastAPI()
    identities = Identities(settings.model_copy(update=changes))
    app.add_middleware(Gate, identities=identities, guests=[PORTAL])

    @app.api_route("/{path:path}", methods=["POST", "DELETE"])
    def who(caller: Asker, path: str) -> str:
        return caller.name

    client = TestClient(app, client=("10.0.0.2", 5), raise_server_exceptions=False)
    client.identities = identities  # type: ignore[attr-defined]
    return client


@pytest.fixture
def opened(settings: Settings) -> TestClient:
    return service(settings)


@pytest.fixture
def behind(settings: Settings) -> TestClient:
    client = service(settings, access="gateway", trusted_proxies="10.0.0.2")
    client.headers["x-forwarded-user"] = "zhangsan"
    return client


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"sec-fetch-site": "none"}, 200),
        ({"sec-fetch-site": "same-origin"}, 200),
        ({"origin": HERE, "sec-fetch-site": "same-origin"}, 200),
        ({"origin": HERE, "sec-fetch-site": "same-site"}, 403),
        ({"origin": HERE, "sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": ""}, 403),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": f"{PORTAL}.evil.example"}, 403),
        ({"origin": PORTAL.replace("https", "http")}, 403),
        ({"origin": f"{PORTAL}:8443"}, 403),
    ],
)
@pytest.mark.parametrize("mode", ["opened", "behind"])
def test_where_a_request_comes_from(
    request: pytest.FixtureRequest, mode: str, headers: dict[str, str], status: int
) -> None:
    client: TestClient = request.getfixturevalue(mode)
    for path in (ASK, UPLOAD):
        assert client.post(path, headers=headers).status_code == status
        assert client.delete(path, headers=headers).status_code == status


@pytest.mark.parametrize("mode", ["opened", "behind"])
@pytest.mark.parametrize("more", [{}, JUNK])
def test_a_listed_page_without_a_key_may_ask_and_nothing_else(
    request: pytest.FixtureRequest, mode: str, more: dict[str, str]
) -> None:
    client: TestClient = request.getfixturevalue(mode)
    headers = {"origin": PORTAL, "sec-fetch-site": "cross-site", **more}
    assert client.post(ASK, headers=headers).status_code == 200
    assert client.post(CHAT, headers=headers).status_code == 200
    for path in (UPLOAD, "/api/conversations", "/api/feedback", "/api/ask/", "/logout", "/login"):
        refused = client.post(path, headers=headers)
        assert refused.status_code == 403
        assert "密钥" in refused.json()["detail"]


@pytest.mark.parametrize("mode", ["opened", "behind"])
@pytest.mark.parametrize("more", [{}, JUNK])
def test_with_a_cookie_a_listed_page_would_act_as_who_is_logged_in(
    request: pytest.FixtureRequest, mode: str, more: dict[str, str]
) -> None:
    client: TestClient = request.getfixturevalue(mode)
    for cookie in (f"{COOKIE}=x", "of_the_gateway=y"):
        headers = {"origin": PORTAL, "cookie": cookie, **more}
        assert client.post(ASK, headers=headers).status_code == 403
        assert client.post(UPLOAD, headers=headers).status_code == 403


@pytest.mark.parametrize("authorization", OF_BROWSERS)
def test_what_browsers_add_by_themselves_is_no_key(behind: TestClient, authorization: str) -> None:
    headers = {"origin": "http://evil.example", "authorization": authorization}
    assert behind.post(UPLOAD, headers=headers).status_code == 403
    headers["origin"] = HERE
    assert behind.post(UPLOAD, headers=headers).text == '"zhangsan"'


def test_a_key_is_the_callers_wish_wherever_the_page_is(settings: Settings) -> None:
    client = service(settings, access="keys")
    keys = client.identities.keys  # type: ignore[attr-defined]
    _, secret = keys.add("门户", [Scope.ASK])
    headers = {"origin": PORTAL, "sec-fetch-site": "cross-site"}
    keyed = {**headers, "authorization": f"Bearer {secret}"}
    assert client.post(UPLOAD, headers=keyed).text == '"门户"'
    assert client.post(UPLOAD, headers={**keyed, "cookie": f"{COOKIE}=x"}).text == '"门户"'
    assert client.post(ASK, headers=headers).status_code == 401
    wrong = {**headers, "authorization": f"Bearer hw_0123abcd_{'A' * 43}"}
    assert client.post(ASK, headers=wrong).status_code == 401
    token = keys.begin_session(keys.find(secret))
    session = {**headers, "cookie": f"{COOKIE}={token}"}
    assert client.post(ASK, headers=session).status_code == 403
    assert client.post(ASK, headers={"cookie": session["cookie"]}).text == '"门户"'
