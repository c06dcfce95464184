"""The HTTP API over a real library with scripted models."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from answer.engine import Answerer
from huiwen.settings import Settings
from index.jobs import Jobs
from index.library import Library
from server.app import create_app
from tests.fakes import HashEmbedder, ScriptedGenerator

TEXT = (
    "河口市会议\n\n2023年，河口市完成管网改造120公里，总投资3.5亿元。\n\n会议由周立新主持召开。\n"
)
QUESTION = "河口市完成管网改造多少公里？"


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    with Library(settings, HashEmbedder()) as library, Jobs(library, settings) as jobs:
        answerer = Answerer(library, ScriptedGenerator("完成管网改造120公里[1]。"), settings)
        app = create_app(library, jobs, answerer, settings)
        with TestClient(app, raise_server_exceptions=False) as client:
            yield client


def upload(client: TestClient, name: str = "会议.txt", data: bytes = TEXT.encode()) -> dict:
    response = client.post("/api/documents", files={"file": (name, data)})
    assert response.status_code in (200, 201), response.text
    return response.json()


def problem(response, status: int) -> dict:  # type: ignore[no-untyped-def]
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert body["status"] == status
    assert body["type"].startswith("urn:huiwen:problem:")
    assert body["title"]
    assert body["detail"]
    return body


def test_upload_ask_delete(client: TestClient) -> None:
    document = upload(client)["document"]
    answer = client.post("/api/ask", json={"question": QUESTION}).json()
    assert answer["status"] == "answered"
    assert answer["text"] == "完成管网改造120公里。[1]"
    (citation,) = answer["statements"][0]["citations"]
    assert citation["document_id"] == document["id"]
    assert "120公里" in citation["quote"]["text"]
    assert citation["url"].startswith(f"/source/{document['id']}?passage=")
    assert answer["ai_generated"] is True
    assert client.delete(f"/api/documents/{document['id']}").status_code == 204
    again = client.post("/api/ask", json={"question": QUESTION}).json()
    assert again["status"] == "refused"
    assert again["evidence"] == []


@pytest.mark.parametrize("how", ["body", "header"])
def test_events_in_order(client: TestClient, how: str) -> None:
    upload(client)
    body = {"question": QUESTION} | ({"stream": True} if how == "body" else {})
    headers = {"accept": "text/event-stream"} if how == "header" else {}
    response = client.post("/api/ask", json=body, headers=headers)
    assert response.headers["content-type"].startswith("text/event-stream")
    events = [
        (lines[0].removeprefix("event: "), json.loads(lines[1].removeprefix("data: ")))
        for block in response.text.strip().split("\n\n")
        if (lines := block.split("\n"))
    ]
    names = [name for name, _ in events]
    assert names[0] == "evidence"
    assert set(names[1:-1]) == {"delta"}
    assert names[-1] == "answer"
    assert events[0][1]["evidence"][0]["number"] == 1
    assert "".join(data["text"] for name, data in events if name == "delta")
    assert events[-1][1]["status"] == "answered"


def test_an_upload_is_replaced_or_left(client: TestClient) -> None:
    assert upload(client)["change"] == "added"
    assert upload(client)["change"] == "unchanged"
    assert upload(client, data=TEXT.replace("120", "130").encode())["change"] == "replaced"
    assert len(client.get("/api/documents").json()) == 1


def test_document_text_is_traced(client: TestClient) -> None:
    identity = upload(client)["document"]["id"]
    body = client.get(f"/api/documents/{identity}").json()
    for paragraph in body["paragraphs"]:
        assert paragraph["text"] == "".join(TEXT[a:b] for a, b in paragraph["spans"])


def test_search_alone(client: TestClient) -> None:
    upload(client)
    hits = client.get("/api/search", params={"q": "管网改造", "k": 1}).json()
    assert "管网改造120公里" in hits[0]["text"]


def test_health_and_readiness(client: TestClient) -> None:
    assert client.get("/api/health").json()["status"] == "ok"
    ready = client.get("/api/ready").json()
    assert ready == {
        "status": "ready", "documents": 0, "embedder": "hash/64", "model": "scripted/test",
    }  # fmt: skip


def test_not_ready_where_the_index_cannot_serve(settings: Settings) -> None:
    Library(settings, HashEmbedder()).add("a.txt", TEXT.encode())
    library = Library(settings, HashEmbedder(dimension=96))
    jobs = Jobs(library, settings)
    app = create_app(library, jobs, Answerer(library, None, settings), settings)
    with jobs, TestClient(app) as client:
        assert "reindex" in problem(client.get("/api/ready"), 503)["detail"]


@pytest.mark.parametrize(
    ("name", "data", "status", "said"),
    [
        ("a.txt", b"{\\rtf1}", 415, "RTF"),
        ("empty.txt", b"", 422, "没有文字"),
        ("..", b"text", 422, "文件名"),
        ("big.txt", b"a" * (20 * 2**20 + 1), 413, "上限"),
    ],
)
def test_bad_uploads(client: TestClient, name: str, data: bytes, status: int, said: str) -> None:
    response = client.post("/api/documents", files={"file": (name, data)})
    assert said in problem(response, status)["detail"]


def test_a_body_over_the_limit_is_not_read(client: TestClient) -> None:
    response = client.post("/api/documents", files={"file": ("a.txt", b"a" * (22 * 2**20))})
    problem(response, 413)


@pytest.mark.parametrize(
    "body", [{}, {"question": ""}, {"question": "问" * 501}, {"question": 5}, {"q": "x"}, []]
)
def test_bad_questions(client: TestClient, body: object) -> None:
    problem(client.post("/api/ask", json=body), 422)


def test_unknown_things(client: TestClient) -> None:
    problem(client.get("/api/documents/0123456789abcdef"), 404)
    problem(client.delete("/api/documents/0123456789abcdef"), 404)
    problem(client.get("/api/documents/..%2f..%2fetc"), 404)
    problem(client.get("/api/documents/xyz"), 422)
    problem(client.get("/api/nothing"), 404)
    problem(client.put("/api/ask"), 405)


def test_path_and_control_characters_of_a_name_do_not_survive(client: TestClient) -> None:
    document = upload(client, name="..\\..\\evil\x01/../会议.txt")["document"]
    assert document["name"] == "会议.txt"


def test_openapi_has_examples_and_documents_every_problem(client: TestClient) -> None:
    spec = client.get("/api/openapi.json").json()
    ask = spec["paths"]["/api/ask"]["post"]
    assert "text/event-stream" in ask["responses"]["200"]["content"]
    assert spec["components"]["schemas"]["AskIn"]["examples"]
    assert {"413", "415", "422", "503"} <= set(spec["paths"]["/api/documents"]["post"]["responses"])


def test_nothing_is_served_that_loads_from_outside(client: TestClient) -> None:
    for path in ("/docs", "/redoc"):
        assert client.get(path).status_code == 404


def test_a_follow_up_is_completed_and_shown(client: TestClient) -> None:
    history = [{"question": "管网改造工程完成了多少公里？", "answer": "120公里。[1]"}]
    body = {"question": "什么时候完成的？", "stream": True, "history": history}
    first = client.post("/api/ask", json=body).text.split("\n\n")[0]
    assert first.startswith("event: rewritten\n")
    assert "管网改造工程什么时候完成的？" in first


def test_a_stream_that_breaks_ends_in_a_problem(settings: Settings) -> None:
    class Broken:
        model = "broken"

        def ask(self, question: str, filters: object, history: object):  # type: ignore[no-untyped-def]
            from huiwen.errors import StoreError

            def events():  # type: ignore[no-untyped-def]
                yield from ()
                raise StoreError("索引坏了。")

            return events()

    library = Library(settings, HashEmbedder())
    jobs = Jobs(library, settings)
    app = create_app(library, jobs, Broken(), settings)  # type: ignore[arg-type]
    with jobs, TestClient(app) as client:
        response = client.post("/api/ask", json={"question": "问", "stream": True})
    assert response.text.startswith("event: problem\n")
    assert "索引坏了" in response.text


def over(client: TestClient, url: str) -> dict:
    deadline = time.monotonic() + 30
    while (job := client.get(url).json())["state"] in ("queued", "running"):
        assert time.monotonic() < deadline, job
        time.sleep(0.02)
    return job


def test_an_upload_in_the_background(client: TestClient) -> None:
    response = client.post(
        "/api/documents",
        files={"file": ("会议.txt", TEXT.encode())},
        headers={"prefer": "respond-async"},
    )
    assert response.status_code == 202
    job = over(client, response.headers["location"])
    assert (job["state"], job["change"], job["name"]) == ("done", "added", "会议.txt")
    assert client.get(f"/api/documents/{job['document_id']}").status_code == 200
    assert client.get("/api/jobs").json() == [job]
    assert client.delete(f"/api/jobs/{job['id']}").json()["state"] == "done"


def test_a_background_upload_that_fails_says_why(client: TestClient) -> None:
    response = client.post(
        "/api/documents",
        files={"file": ("坏.txt", b"{\\rtf1}")},
        headers={"prefer": "respond-async"},
    )
    job = over(client, response.headers["location"])
    assert job["state"] == "failed"
    assert "坏.txt" in job["problem"]


def test_unknown_jobs(client: TestClient) -> None:
    problem(client.get("/api/jobs/0123456789abcdef"), 404)
    problem(client.delete("/api/jobs/0123456789abcdef"), 404)
    problem(client.get("/api/jobs/xyz"), 422)


def test_search_and_ask_can_be_narrowed(client: TestClient) -> None:
    upload(client)
    other = upload(client, "别的.txt", "别的会议\n\n别处没有管网。\n".encode())["document"]["id"]
    hits = client.get("/api/search", params={"q": "管网改造", "document": other}).json()
    assert {hit["document_id"] for hit in hits} == {other}
    assert client.get("/api/search", params={"q": "管网", "since": "2999-01-01"}).json() == []
    body = {"question": QUESTION, "filters": {"document_id": "0" * 16}}
    answer = client.post("/api/ask", json=body).json()
    assert (answer["status"], answer["evidence"]) == ("refused", [])
    assert "范围" in answer["reason"]
    problem(client.get("/api/search", params={"q": "管网", "since": "去年"}), 422)
    problem(client.post("/api/ask", json={"question": "问", "filters": {"x": 1}}), 422)


def test_search_and_ask_tell_and_take_items(client: TestClient) -> None:
    minutes = (
        "河口市常务会议纪要\n\n一、审议《河道管理办法》\n\n水利局作了起草说明。\n\n"
        "会议同意该办法，由水利局印发。\n\n二、研究管网改造\n\n会议决定：\n\n"
        "（一）今年改造管网120公里。\n\n（二）由财政局安排经费9000万元。\n"
    )
    identity = upload(client, "纪要.txt", minutes.encode())["document"]["id"]
    found = client.get("/api/search", params={"q": "管网", "item": "研究管网", "k": 20}).json()
    assert {hit["item"].split(" › ")[0] for hit in found} == {"二、研究管网改造"}
    decided = client.get("/api/search", params={"q": "办法", "decisions": True, "k": 20}).json()
    assert all(hit["decision"] for hit in decided)
    assert not any("起草说明" in hit["text"] for hit in decided)
    filters = {"item": "管网改造 › 议定事项 1", "decisions": True}
    answer = client.post("/api/ask", json={"question": QUESTION, "filters": filters}).json()
    assert [item["item"] for item in answer["evidence"]] == ["二、研究管网改造 › 议定事项 1"]
    (citation,) = answer["statements"][0]["citations"]
    assert (citation["item"], citation["decision"]) == ("二、研究管网改造 › 议定事项 1", True)
    paragraphs = client.get(f"/api/documents/{identity}").json()["paragraphs"]
    assert [p["item"] for p in paragraphs if p["decision"]][-1] == "二、研究管网改造 › 议定事项 2"


def test_a_collection_keeps_files_apart_and_narrows(client: TestClient) -> None:
    def put(collection: str, said: str) -> dict[str, str]:
        files = {"file": ("会议.txt", f"会议\n\n{said}\n".encode())}
        response = client.post("/api/documents", files=files, data={"collection": collection})
        assert response.status_code == 201, response.text
        return response.json()["document"]

    first = put("常务会议", "河口市完成管网改造120公里。")
    second = put("专题会议", "河口市完成管网改造80公里。")
    assert (first["collection"], second["collection"]) == ("常务会议", "专题会议")
    assert upload(client)["document"]["collection"] == ""
    assert len(client.get("/api/documents").json()) == 3
    hits = client.get("/api/search", params={"q": "管网", "collection": "专题会议"}).json()
    assert {hit["document_id"] for hit in hits} == {second["id"]}
    body = {"question": QUESTION, "filters": {"collection": "常务会议"}}
    answer = client.post("/api/ask", json=body).json()
    assert {item["document_id"] for item in answer["evidence"]} == {first["id"]}
    told = client.get("/api/suggestions", params={"q": "会议"}).json()["collections"]
    assert told == ["专题会议", "常务会议"]


@pytest.mark.parametrize("name", ["../别处", "甲\\乙", "..", "长" * 51, "甲\x00乙"])
def test_a_collection_that_cannot_be_a_folder_is_refused(client: TestClient, name: str) -> None:
    files = {"file": ("会议.txt", TEXT.encode())}
    told = problem(client.post("/api/documents", files=files, data={"collection": name}), 422)
    assert "资料集" in told["detail"]
    assert client.get("/api/documents").json() == []
