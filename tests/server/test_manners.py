"""Manners of the native API: idempotent uploads, pages, entity tags."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import Response
from fastapi.testclient import TestClient

from answer.engine import Answerer
from huiwen.settings import Settings
from index.jobs import Jobs
from index.library import Library
from server.app import create_app
from server.replies import Replies, UnderWayError
from tests.fakes import HashEmbedder, ScriptedGenerator


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    with Library(settings, HashEmbedder()) as library, Jobs(library, settings) as jobs:
        answerer = Answerer(library, ScriptedGenerator("是[1]。"), settings)
        app = create_app(library, jobs, answerer, settings)
        with TestClient(app, raise_server_exceptions=False) as client:
            yield client


def upload(client: TestClient, name: str, text: str = "会议\n\n植树。\n", **headers: str) -> Any:
    return client.post("/api/documents", files={"file": (name, text.encode())}, headers=headers)


def test_a_repeated_upload_gets_the_same_reply(client: TestClient) -> None:
    key = {"Idempotency-Key": "a-1"}
    first, second = upload(client, "一.txt", **key), upload(client, "一.txt", **key)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert first.json()["change"] == "added"
    assert upload(client, "一.txt").json()["change"] == "unchanged"
    other = upload(client, "一.txt", "会议\n\n造林。\n", **key)
    assert other.status_code == 422
    assert other.json()["type"].endswith("idempotency-key-reused")
    assert "a-1" in other.json()["detail"]


def test_a_repeated_job_is_one_job(client: TestClient) -> None:
    headers = {"Idempotency-Key": "j", "Prefer": "respond-async"}
    first, second = upload(client, "一.txt", **headers), upload(client, "一.txt", **headers)
    assert first.status_code == second.status_code == 202
    assert first.headers["location"] == second.headers["location"]
    assert len(client.get("/api/jobs").json()) == 1


def test_a_refused_upload_may_be_mended_under_the_same_key(client: TestClient) -> None:
    key = {"Idempotency-Key": "b"}
    assert upload(client, "空.txt", "", **key).status_code == 422
    assert upload(client, "空.txt", **key).status_code == 201


def test_replies_outlive_the_process_for_a_day(tmp_path: Path) -> None:
    now = 1e9
    done: list[int] = []

    def work() -> Response:
        done.append(1)
        return Response(b"{}", 201)

    def once(owner: str = "o") -> Response:
        return Replies(tmp_path, lambda: now).once(owner, "k", "digest", work)

    assert (once().status_code, once().status_code, len(done)) == (201, 201, 1)
    once("somebody else")
    assert len(done) == 2
    now += 24 * 3600 + 1
    once()
    assert len(done) == 3


def test_a_request_under_way_is_not_done_beside_itself(tmp_path: Path) -> None:
    replies = Replies(tmp_path)
    started, go = threading.Event(), threading.Event()

    def slow() -> Response:
        started.set()
        go.wait(20)
        return Response(b"{}", 201)

    thread = threading.Thread(target=lambda: replies.once("o", "k", "d", slow))
    thread.start()
    started.wait(20)
    with pytest.raises(UnderWayError):
        replies.once("o", "k", "d", slow)
    go.set()
    thread.join()
    assert replies.once("o", "k", "d", slow).status_code == 201


@pytest.mark.parametrize("path", ["/api/documents", "/api/jobs"])
def test_pages_follow_one_another(client: TestClient, path: str) -> None:
    for number in range(5):
        headers = {"Prefer": "respond-async"} if path.endswith("jobs") else {}
        assert upload(client, f"{number}.txt", **headers).is_success
    whole = [one["id"] for one in client.get(path).json()]
    assert len(whole) == 5
    found, link, pages = [], f"{path}?limit=2", 0
    while link:
        response = client.get(link)
        found += [one["id"] for one in response.json()]
        link = response.links.get("next", {}).get("url", "")
        pages += 1
    assert (found, pages) == (whole, 3)
    assert client.get(f"{path}?cursor={'0' * 16}").json() == []
    assert client.get(f"{path}?cursor=x").status_code == 422
    assert client.get(f"{path}?limit=0").status_code == 422


def test_what_has_not_changed_is_not_sent_again(client: TestClient) -> None:
    identity = upload(client, "一.txt").json()["document"]["id"]
    for path in ("/api/documents", f"/api/documents/{identity}"):
        first = client.get(path)
        tag = first.headers["etag"]
        again = client.get(path, headers={"If-None-Match": f'"other", W/{tag}'})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        upload(client, "一.txt", f"会议\n\n造林{path}。\n")
        assert client.get(path, headers={"If-None-Match": tag}).status_code == 200


def test_another_version_is_not_deleted(client: TestClient) -> None:
    path = f"/api/documents/{upload(client, '一.txt').json()['document']['id']}"
    tag = client.get(path).headers["etag"]
    upload(client, "一.txt", "会议\n\n造林。\n")
    refused = client.delete(path, headers={"If-Match": tag})
    assert refused.status_code == 412
    assert refused.json()["type"] == "urn:huiwen:problem:changed"
    tag = client.get(path).headers["etag"]
    assert client.delete(path, headers={"If-Match": tag}).status_code == 204
