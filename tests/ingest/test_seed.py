"""The real newspaper page, mended."""

from __future__ import annotations

from pathlib import Path

import pytest

from huiwen.types import Document, ParagraphKind
from ingest.parse import parse


@pytest.fixture(scope="module")
def document(seed: Path) -> Document:
    return parse(seed.name, seed.read_bytes())


def _texts(document: Document, kind: ParagraphKind) -> list[str]:
    return [p.text for p in document.paragraphs if p.kind is kind]


@pytest.mark.parametrize(
    "joined",
    [
        "同比改善7.7%,近三年年均改善10.3%",
        "踏上生态优良、质效提升的绿色之路",
        "把PM_{2.5}改善作为大气工作的重中之重",
        "坚决落实“一岗双责”",
    ],
)
def test_a_cut_sentence_goes_on(document: Document, joined: str) -> None:
    assert sum(joined in text for text in _texts(document, ParagraphKind.BODY)) == 1


def test_nothing_else_is_joined(document: Document) -> None:
    """No open end fits ``保护,坚决守住…``: the one paragraph on 保护 stands complete, twice."""
    assert document.report.rejoined == 4
    assert "保护,坚决守住自然生态安全边界。" in _texts(document, ParagraphKind.BODY)


def test_captions(document: Document) -> None:
    captions = _texts(document, ParagraphKind.CAPTION)
    assert len(captions) == 4
    for part in ("工作会议现场", "采样平台", "污水处理厂开展监督帮扶", "(右一)"):
        assert sum(part in text for text in captions) == 1


def test_repeats_are_kept_once(document: Document) -> None:
    body = _texts(document, ParagraphKind.BODY)
    assert sum("一企业一目录" in text for text in body) == 1
    assert sum("持续实施十大行动" in text for text in body) == 1
    assert document.report.repeated == 2


def test_joined_paragraphs_are_less_sure_and_traced(document: Document) -> None:
    for paragraph in document.paragraphs:
        assert (paragraph.quality < 1) == (len(paragraph.spans) > 1)
        assert paragraph.text == "".join(document.text[s.start : s.end] for s in paragraph.spans)
