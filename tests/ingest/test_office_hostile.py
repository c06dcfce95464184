"""Damaged and hostile office files end in a document or a typed error, and soon."""

from __future__ import annotations

import copy
import io
import random
import time
import zipfile
from collections.abc import Callable

import pytest
from lxml import etree

from huiwen.errors import InputError
from ingest.format import read
from tests.ingest.meeting_docx import long_meeting
from tests.ingest.test_slides import report
from tests.ingest.test_slides import saved as saved_deck
from tests.ingest.test_spreadsheet import ledger
from tests.ingest.test_spreadsheet import saved as saved_book

_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
ODD = ("-1", "999999999999", "1e999", "NaN", "", "x", "A1:ZZZ9999999", "true", "0")
SEEDS: dict[str, Callable[[], bytes]] = {
    "a.docx": lambda: long_meeting(3).bytes(),
    "a.xlsx": lambda: saved_book(ledger(6)),
    "a.pptx": lambda: saved_deck(report()),
}


def repacked(data: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return out.getvalue()


def mutated_bytes(data: bytes, random_: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(random_.randint(1, 20)):
        changed[random_.randrange(len(changed))] = random_.randrange(256)
    return bytes(changed[: random_.randrange(len(changed))] if random_.random() < 0.2 else changed)


def mutated_xml(data: bytes, random_: random.Random) -> bytes:
    """Well-formed all through, so that the readers themselves meet the damage."""

    def change(name: str, member: bytes) -> bytes:
        if not name.endswith((".xml", ".rels")) or random_.random() < 0.5:
            return member
        root = etree.fromstring(member)
        elements = list(root.iter())
        for _ in range(random_.randint(1, 6)):
            element = random_.choice(elements)
            other = random_.choice(elements)
            parent = element.getparent()
            action = random_.randrange(5)
            if action == 0 and parent is not None:
                parent.remove(element)
            elif action == 1:
                other.append(copy.deepcopy(element) if len(element) < 9 else etree.Element("x"))
            elif action == 2:
                element.text = random_.choice(ODD)
            elif action == 3 and element.attrib:
                element.set(random_.choice(element.keys()), random_.choice(ODD))
            elif element.attrib:
                del element.attrib[random_.choice(element.keys())]
        return etree.tostring(root)

    return repacked(data, change)


@pytest.mark.parametrize("name", SEEDS)
@pytest.mark.parametrize("mutate", [mutated_bytes, mutated_xml])
def test_mutations_end_in_a_document_or_a_typed_error(
    name: str, mutate: Callable[[bytes, random.Random], bytes]
) -> None:
    data = SEEDS[name]()
    random_ = random.Random(name)
    refused = []
    for _ in range(60):
        try:
            read(name, mutate(data, random_))
        except InputError as error:
            refused.append(str(error))
    assert refused if mutate is mutated_bytes else len(refused) < 60
    assert all(name in message for message in refused)


def with_body(body: str) -> bytes:
    def change(name: str, member: bytes) -> bytes:
        if name != "word/document.xml":
            return member
        return f'<w:document xmlns:w="{_WORD}"><w:body>{body}</w:body></w:document>'.encode()

    return repacked(SEEDS["a.docx"](), change)


@pytest.mark.parametrize(
    "body",
    [
        # As deep as the XML parser lets through, in tables, wrappers and unknown graphics.
        "<w:tbl><w:tr><w:tc>" * 80 + "<w:p/>" + "</w:tc></w:tr></w:tbl>" * 80,
        "<w:sdt>" * 240 + "</w:sdt>" * 240,
        "<w:p>" + "<w:hyperlink>" * 240 + "</w:hyperlink>" * 240 + "</w:p>",
        "<w:p><w:r>" + "<w:drawing>" * 240 + "</w:drawing>" * 240 + "</w:r></w:p>",
        "<w:tbl><w:tr>" + '<w:tc><w:tcPr><w:gridSpan w:val="999999999"/></w:tcPr></w:tc>' * 300
        + "</w:tr></w:tbl>",
        '<w:p><w:pPr><w:numPr><w:ilvl w:val="-5"/><w:numId w:val="x"/></w:numPr></w:pPr></w:p>',
    ],
)  # fmt: skip
def test_depth_and_width_are_bounded(body: str) -> None:
    tail = "<w:p><w:r><w:t>正文还在。</w:t></w:r></w:p>"
    started = time.perf_counter()
    _, content = read("a.docx", with_body(body + tail))
    assert content.text.endswith("正文还在。")
    assert bool(content.warnings) == body.startswith("<w:tbl><w:tr><w:tc><w:tbl>")
    assert time.perf_counter() - started < 5


def test_styles_and_lists_in_a_circle_end() -> None:
    def change(name: str, member: bytes) -> bytes:
        if name != "word/styles.xml":
            return member
        circle = (
            f'<w:styles xmlns:w="{_WORD}"><w:style w:type="paragraph" w:styleId="a">'
            '<w:basedOn w:val="b"/></w:style><w:style w:type="paragraph" w:default="1" '
            'w:styleId="b"><w:basedOn w:val="a"/></w:style></w:styles>'
        )
        return circle.encode()

    assert read("a.docx", repacked(SEEDS["a.docx"](), change))[1].blocks


def test_a_strict_file_reads_like_a_transitional_one() -> None:
    def strict(name: str, member: bytes) -> bytes:
        return member.replace(
            b"http://schemas.openxmlformats.org/wordprocessingml/2006/main",
            b"http://purl.oclc.org/ooxml/wordprocessingml/main",
        ).replace(
            b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
            b"http://purl.oclc.org/ooxml/officeDocument/relationships",
        )

    data = SEEDS["a.docx"]()
    assert read("a.docx", repacked(data, strict))[1].text == read("a.docx", data)[1].text
