"""The typed client against a real server process, and against one that is in a bad mood."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from huiwen.client import (
    Answer,
    BusyError,
    Client,
    DeniedError,
    Draft,
    Found,
    MissingError,
    ProblemError,
    RejectedError,
    Rewritten,
    UnreachableError,
)
from huiwen.client.problem import retry_after_s
from tests.portal.meeting import ANSWER, QUESTION, REPLY


@pytest.fixture
def client(url: str) -> Iterator[Client]:
    with Client(url, key="hw-test") as client:
        yield client


def test_ask(client: Client) -> None:
    answer = client.ask(QUESTION)
    assert (answer.status, answer.text) == ("answered", ANSWER)
    (citation,) = answer.citations
    assert "120公里" in citation.quote.text
    assert '<mark id="hit">' in httpx.get(client.url(citation.url)).text
    assert client.ask(QUESTION, since="2999-01-01").status == "refused"


def test_stream(client: Client) -> None:
    # Asked by no other test: what was answered before comes without a draft.
    first, *drafts, last = client.stream("河口市2023年完成管网改造多少公里？")
    assert isinstance(first, Found)
    assert first.evidence[0].number == 1
    assert "".join(one.text for one in drafts if isinstance(one, Draft)) == REPLY
    assert isinstance(last, Answer)
    assert last.text == ANSWER
    understood, *_ = client.stream("那总投资呢？", history=[(QUESTION, ANSWER)])
    assert isinstance(understood, Rewritten)
    with pytest.raises(RejectedError, match="空"):
        next(client.stream(" "))


def test_search(client: Client) -> None:
    (hit, *_) = client.search("管网改造", k=1)
    assert "120公里" in hit.text
    narrowed = client.search("管网改造", document_id=hit.document_id, speaker="无此人")
    assert narrowed == []


def test_files(client: Client, tmp_path: Path) -> None:
    path = tmp_path / "植树.txt"
    path.write_text("植树会议\n\n会议决定在凤鸣岭植树八千六百棵。\n", "utf-8")
    added = client.upload(path)
    assert added.change == "added"
    assert client.upload("植树.txt", path.read_bytes()).change == "unchanged"
    kept = client.upload(path, collection="绿化")
    assert (kept.change, kept.document.collection) == ("added", "绿化")
    assert {hit.document_id for hit in client.search("植树", collection="绿化")} == {
        kept.document.id
    }
    client.delete(kept.document.id)
    job = client.wait(client.submit("灯会.txt", "灯会\n\n灯会在元宵节举行。\n".encode()))
    assert (job.state, job.change) == ("done", "added")
    assert job.id in [one.id for one in client.jobs()]
    assert client.cancel(job.id).state == "done"
    names = [document.name for document in client.documents()]
    assert {"植树.txt", "灯会.txt"} < set(names)
    text = client.document(added.document.id)
    assert any("凤鸣岭" in paragraph.text for paragraph in text.paragraphs)
    client.delete(added.document.id)
    client.delete(job.document_id)
    with pytest.raises(MissingError, match=added.document.id) as caught:
        client.document(added.document.id)
    assert caught.value.type == "urn:huiwen:problem:not-found"
    assert caught.value.status == 404
    assert caught.value.instance.endswith(added.document.id)


def answering(
    respond: Callable[[httpx.Request], httpx.Response], **more: float
) -> tuple[Client, list[httpx.Request]]:
    """A client of a service that answers as ``respond`` says, and what it was sent."""
    sent: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return respond(request)

    made = Client("http://test", "k", transport=httpx.MockTransport(handle), **more)  # type: ignore[arg-type]
    return made, sent


def busy(after: str) -> httpx.Response:
    problem = {"type": "urn:huiwen:problem:busy", "title": "忙", "status": 503, "detail": "稍后"}
    return httpx.Response(503, json=problem, headers={"Retry-After": after} if after else {})


def test_retry_after_is_honoured() -> None:
    answers = [busy("0"), busy("0"), httpx.Response(200, json=[])]
    client, sent = answering(lambda _: answers.pop(0))
    assert client.search("会议") == []
    assert len(sent) == 3
    assert all(request.headers["authorization"] == "Bearer k" for request in sent)


def test_the_key_of_an_upload_stays_the_same_when_it_is_repeated() -> None:
    job = {"id": "1", "name": "a", "state": "queued", "done": 0, "total": 0, "change": "",
           "document_id": "", "problem": ""}  # fmt: skip
    answers = [busy("0"), httpx.Response(202, json=job)]
    client, sent = answering(lambda _: answers.pop(0))
    assert client.submit("a.txt", b"a").id == "1"
    first, second = sent
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"]
    assert first.headers["idempotency-key"]


@pytest.mark.parametrize(("after", "calls"), [("", 1), ("3600", 1), ("0", 4)])
def test_patience_has_an_end(after: str, calls: int) -> None:
    client, sent = answering(lambda _: busy(after))
    with pytest.raises(BusyError, match="稍后") as caught:
        client.search("会议")
    assert len(sent) == calls
    assert caught.value.retry_after_s == (int(after) if after else None)


def test_what_a_gateway_says_is_a_problem_too() -> None:
    client, _ = answering(lambda _: httpx.Response(502, text="<html>Bad Gateway"))
    with pytest.raises(ProblemError, match="502") as caught:
        client.ask("会议")
    assert caught.value.status == 502
    client, _ = answering(lambda _: httpx.Response(401, json={"title": "请先登录"}))
    with pytest.raises(DeniedError):
        client.ask("会议")


def test_a_problem_in_the_middle_of_a_stream() -> None:
    events = 'event: delta\ndata: {"text": "会"}\n\nevent: new\ndata: {}\n\n' + (
        'event: problem\ndata: {"status": 503, "title": "索引不可用", "detail": "坏了"}\n\n'
    )
    client, _ = answering(lambda _: httpx.Response(200, text=events))
    stream = client.stream("会议")
    assert next(stream) == Draft(text="会")
    with pytest.raises(BusyError, match="坏了"):
        next(stream)


def test_nobody_there() -> None:
    with Client("http://127.0.0.1:9") as client, pytest.raises(UnreachableError, match=":9"):
        client.ask("会议")


def test_dates_in_retry_after() -> None:
    assert retry_after_s("Wed, 21 Oct 2015 07:28:00 GMT") == 0
    assert retry_after_s("soon") is None
