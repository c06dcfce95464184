"""The source viewer: the cited sentence in its context, and nothing run from the document."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from huiwen.settings import Settings
from huiwen.types import Box, Document, IngestReport, Paragraph, ParagraphKind, Span
from index.library import Library
from server.gate import Gate
from server.headers import SecurityHeaders
from server.identity import Identities
from tests.conftest import ROOT
from tests.fakes import HashEmbedder
from ui.source import show, source_router

TEXT = (
    "河口市会议\n\n一、进展\n\n2023年，河口市完成管网改造120公里。总投资3.5亿元。\n\n"
    "<script>alert(1)</script>也是文字，图为<b>现场</b>。\n"
)


@pytest.fixture
def library(settings: Settings) -> Iterator[Library]:
    with Library(settings, HashEmbedder()) as library:
        library.add("会议<b>.txt", TEXT.encode())
        yield library


@pytest.fixture
def client(library: Library) -> TestClient:
    app = FastAPI()
    app.add_middleware(Gate, identities=Identities(Settings()))
    app.add_middleware(SecurityHeaders, origins=[])
    app.include_router(source_router(library))
    return TestClient(app)


def open_at(library: Library, client: TestClient, sentence: str) -> str:
    hit = next(h for h in library.search(sentence, 5) if sentence in h.passage.text)
    start = hit.passage.text.index(sentence)
    response = client.get(
        f"/source/{hit.passage.document_id}",
        params={"passage": hit.passage.id, "start": start, "end": start + len(sentence)},
    )
    assert response.status_code == 200
    return response.text


def test_the_sentence_is_highlighted_once_in_its_passage(
    library: Library, client: TestClient
) -> None:
    html = open_at(library, client, "总投资3.5亿元。")
    assert re.findall(r'<mark id="hit">(.*?)</mark>', html) == ["总投资3.5亿元。"]
    assert '<span class="passage">2023年，河口市完成管网改造120公里。</span>' in html
    assert "<h3>一、进展</h3>" in html


def test_the_whole_document_is_there(library: Library, client: TestClient) -> None:
    document = library.document(library.documents()[0].id)
    shown = re.sub(r"<[^>]+>", "", client.get(f"/source/{document.id}").text)
    assert "120公里。总投资3.5亿元。" in shown


def test_document_text_is_never_markup(library: Library, client: TestClient) -> None:
    response = client.get(f"/source/{library.documents()[0].id}")
    assert "<script" not in response.text
    assert "&lt;script&gt;" in response.text
    assert "会议&lt;b&gt;.txt" in response.text
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy


@pytest.mark.parametrize(
    "path",
    ["/source/0123456789abcdef", "/source/{id}?passage=0123456789abcdef", "/source/%3Cscript%3E"],
)
def test_what_is_gone_is_said_in_chinese(library: Library, client: TestClient, path: str) -> None:
    response = client.get(path.format(id=library.documents()[0].id))
    assert response.status_code == 404
    assert "未找到" in response.text
    assert "<script" not in response.text


def test_a_passage_of_another_document_is_refused(library: Library, client: TestClient) -> None:
    other = library.add("b.txt", "别的会议\n\n别的内容。\n".encode()).info.id
    passage = library.search("管网改造", 1)[0].passage
    assert client.get(f"/source/{other}?passage={passage.id}").status_code == 404


def test_pages_and_speakers_are_announced_once() -> None:
    def paragraph(number: int, page: int, speaker: str) -> Paragraph:
        boxes = (Box(page, 0, 0, 9, 9),)
        span = Span(number, number + 1)
        return Paragraph(
            f"p{number}", "字", (span,), ParagraphKind.BODY, (), boxes, speaker, "市长"
        )

    paragraphs = (paragraph(0, 1, "甲"), paragraph(1, 1, "甲"), paragraph(2, 2, "乙"))
    document = Document("d", "s", "n", "h", "pdf", "", "字字字", "题", paragraphs, IngestReport())
    shown = show(document, None, Span(0, 0))
    assert [(s.page, s.speaker) for s in shown] == [(1, "市长甲"), (0, ""), (2, "市长乙")]


def test_decisions_are_announced_by_their_number() -> None:
    def paragraph(number: int, item: str, decision: bool) -> Paragraph:
        span = Span(number, number + 1)
        return Paragraph(
            f"p{number}", "字", (span,), ParagraphKind.BODY, item=item, decision=decision
        )

    paragraphs = (
        paragraph(0, "一、审议", False),
        paragraph(1, "一、审议", True),
        paragraph(2, "一、审议 › 议定事项 1", True),
        paragraph(3, "一、审议 › 议定事项 1", True),
        paragraph(4, "", False),
    )
    document = Document(
        "d", "s", "n", "h", "txt", "", "字字字字字", "题", paragraphs, IngestReport()
    )
    shown = [s.decision for s in show(document, None, Span(0, 0))]
    assert shown == ["", "议定事项", "议定事项 1", "", ""]


def test_a_cited_page_is_shown_with_its_paragraphs_outlined(
    library: Library, client: TestClient
) -> None:
    pdf = (ROOT / "tests" / "data" / "formats" / "会议.pdf").read_bytes()
    identity = library.add("会议.pdf", pdf).info.id
    html = open_at(library, client, "汛期实行24小时值班")
    (address,) = re.findall(r'<img [^>]*src="([^"]+)"', html)
    outlined = client.get(address)
    assert outlined.headers["content-type"] == "image/png"
    assert outlined.headers["x-content-type-options"] == "nosniff"
    plain = client.get(f"/source/{identity}/page/1.png")
    assert plain.content.startswith(b"\x89PNG")
    assert plain.content != outlined.content
    known = {"If-None-Match": plain.headers["etag"]}
    assert client.get(f"/source/{identity}/page/1.png", headers=known).status_code == 304
    assert client.get(address, headers=known).status_code == 200
    assert client.get(f"/source/{identity}/page/99.png").status_code == 422
    (other,) = [info for info in library.documents() if info.id != identity]
    assert client.get(f"/source/{other.id}/page/1.png").status_code == 404
    assert "page/1.png" not in client.get(f"/source/{other.id}").text
