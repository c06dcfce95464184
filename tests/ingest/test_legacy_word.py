"""DOC as LibreOffice writes it: all that is seen, nothing that is not; hostile bytes refused."""

from __future__ import annotations

import shutil
import struct

import pytest

from huiwen.errors import InputError, UnsupportedFormatError
from huiwen.types import Document, ParagraphKind
from ingest.format import SUFFIXES, Format
from ingest.parse import parse
from tests.ingest.fuzz import survivors
from tests.ingest.meeting_doc import NOTE, SAMPLE, SHOWN, UNSEEN, saved_as, source
from tests.ingest.meeting_docx import Meeting, long_meeting
from tests.ingest.test_parse import texts, traced
from tests.ingest.test_word import recall

MUTATIONS = 400
needs_office = pytest.mark.skipif(
    not shutil.which("soffice"),
    reason="LibreOffice is not installed (apt-get install libreoffice-writer-nogui)",
)


def check(document: Document) -> None:
    assert document.format == Format.DOC
    assert traced(document)
    assert recall(list(SHOWN), document.text) == 1
    assert not [text for text in UNSEEN if text in document.text]
    assert not [character for character in document.text if character < " " and character != "\n"]
    assert document.title == SHOWN[0]
    assert texts(document, ParagraphKind.HEADING) == ["总体情况", "存在问题"]
    assert "1. 第一项任务要抓紧。" in texts(document)
    assert "2. 第二项任务要落实。" in texts(document)
    assert texts(document, ParagraphKind.TABLE) == [
        "事项 | 责任单位 | 时限\n清理围网 | 第一工作组 | 6月底\n修复岸线 | 第一工作组 | 12月底"
    ]
    assert texts(document, ParagraphKind.NOTE) == [NOTE]
    assert document.report.dropped == 1
    assert document.report.hidden == 3
    assert "隐藏文字" in document.report.warnings[0]


def test_the_committed_file() -> None:
    check(parse("会议.doc", SAMPLE.read_bytes()))


def test_wps_is_the_same() -> None:
    check(parse("会议.wps", SAMPLE.read_bytes()))
    assert {".doc", ".wps"} <= SUFFIXES


@needs_office
def test_libreoffice_writes_what_is_read() -> None:
    check(parse("会议.doc", saved_as(source(), "doc")))


@needs_office
def test_a_long_messy_document_comes_out_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    # Its text boxes are no shapes to LibreOffice, which leaves them out.
    monkeypatch.setattr(Meeting, "box", lambda _: None)
    meeting = long_meeting(20)
    document = parse("纪要.doc", saved_as(meeting.bytes(), "doc"))
    # LibreOffice looks for what the invented cross-references refer to, in vain.
    text = document.text.replace("Error: Reference source not found", "")
    assert recall(meeting.shown, text) >= 0.999
    assert not [secret for secret in meeting.unseen if secret in text]


@needs_office
def test_boxes_notes_and_changes() -> None:
    document = parse("会议.doc", saved_as(TEXT.encode(), "doc", "fodt"))
    assert texts(document) == [
        "正文第一段开头，链接文字，正文第一段结尾。",
        "深色底上的白字可见。",
        "框里的文字。",
    ]
    assert texts(document, ParagraphKind.NOTE) == [
        "脚注一。 脚注一的第二段。",
        "脚注二。",
        "尾注。",
    ]
    assert document.report.hidden == 0


@needs_office
@pytest.mark.parametrize(("target", "remedy"), [("xls", "XLSX"), ("ppt", "PPTX")])
def test_other_old_formats_are_named_with_their_remedy(target: str, remedy: str) -> None:
    suffix, data = {"xls": ("csv", "甲,乙\n1,2\n"), "ppt": ("fodp", SLIDE)}[target]
    with pytest.raises(UnsupportedFormatError, match=f"旧件.*另存为 {remedy}"):
        parse("旧件.doc", saved_as(data.encode(), target, suffix))


def changed(offset: int, layout: str, value: int) -> bytes:
    """The committed file with a field of its FIB changed."""
    data = bytearray(SAMPLE.read_bytes())
    at = data.index(b"\xec\xa5")
    struct.pack_into(layout, data, at + offset, value)
    return bytes(data)


@pytest.mark.parametrize("version", [0x65, 0x68])
def test_word_95_is_told(version: int) -> None:
    with pytest.raises(UnsupportedFormatError, match=r"旧件\.doc”是 Word 95.*DOCX"):
        parse("旧件.doc", changed(2, "<H", version))


def test_an_encrypted_file_is_told() -> None:
    with pytest.raises(InputError, match=r"密件\.doc”带有密码.*去掉密码"):
        parse("密件.doc", changed(10, "<H", 0x1300))


def test_an_encrypted_package_is_told() -> None:
    name = "WordDocument".encode("utf-16-le")
    other = "EncryptedPackage".encode("utf-16-le")
    data = SAMPLE.read_bytes()
    at = data.index(name)
    entry = other + bytes(64 - len(other)) + struct.pack("<H", len(other) + 2)
    with pytest.raises(InputError, match=r"密件\.docx”带有密码.*去掉密码"):
        parse("密件.docx", data[:at] + entry + data[at + 66 :])


@pytest.mark.parametrize(
    ("offset", "value"),
    [
        (76, 0x7FFFFFFF),  # length of the text
        (76, 0xFFFFFFFF),
        (418, 0x7FFFFFFF),  # place of the piece table
        (422, 0xFFFFFFFF),  # its length
        (32, 0xFFFFFFFF),  # where the FIB's parts are
    ],
)
def test_counts_that_lie_are_refused(offset: int, value: int) -> None:
    with pytest.raises(InputError, match=r"会议\.doc”已损坏"):
        parse("会议.doc", changed(offset, "<I", value))


@pytest.mark.parametrize("field", [44, 64, 72])
def test_more_sectors_than_bytes_are_refused(field: int) -> None:
    data = bytearray(SAMPLE.read_bytes())
    struct.pack_into("<I", data, field, 0x7FFFFFFF)
    with pytest.raises(InputError, match="已损坏"):
        parse("会议.doc", bytes(data))


def test_mutations_end_in_a_document_or_a_typed_error() -> None:
    found = survivors(lambda data: parse("会议.doc", data), SAMPLE.read_bytes(), "doc", MUTATIONS)
    refused = MUTATIONS - len(found)
    assert min(len(found), refused) > MUTATIONS / 20


SLIDE = """<?xml version="1.0" encoding="UTF-8"?>
<office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"
 office:version="1.3" office:mimetype="application/vnd.oasis.opendocument.presentation">
<office:body><office:presentation><draw:page draw:name="一"/></office:presentation></office:body>
</office:document>"""

TEXT = """<?xml version="1.0" encoding="UTF-8"?>
<office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"
 xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0"
 xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"
 xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:dc="http://purl.org/dc/elements/1.1/"
 office:version="1.3" office:mimetype="application/vnd.oasis.opendocument.text">
<office:automatic-styles>
<style:style style:name="Dark" style:family="paragraph">
<style:paragraph-properties fo:background-color="#1f3864"/>
<style:text-properties fo:color="#ffffff"/></style:style>
</office:automatic-styles>
<office:body><office:text>
<text:tracked-changes><text:changed-region text:id="c1"><text:deletion>
<office:change-info><dc:creator>甲</dc:creator><dc:date>2031-01-01T00:00:00</dc:date>
</office:change-info><text:p>已删去的话</text:p></text:deletion></text:changed-region>
</text:tracked-changes>
<text:p>正文第一段开头，<text:change text:change-id="c1"/><text:a xlink:type="simple"
 xlink:href="http://example.com/">链接文字</text:a>，<office:annotation><dc:creator>乙</dc:creator>
<text:p>批注不收</text:p></office:annotation>正文第一段<text:note text:note-class="footnote">
<text:note-citation>1</text:note-citation><text:note-body><text:p>脚注一。</text:p>
<text:p>脚注一的第二段。</text:p></text:note-body></text:note>结尾<text:note
 text:note-class="footnote"><text:note-citation>2</text:note-citation><text:note-body>
<text:p>脚注二。</text:p></text:note-body></text:note>。<text:note text:note-class="endnote">
<text:note-citation>i</text:note-citation><text:note-body><text:p>尾注。</text:p>
</text:note-body></text:note></text:p>
<text:p><draw:frame text:anchor-type="char" svg:width="6cm" svg:height="2cm" svg:x="1cm"
 svg:y="1cm"><draw:text-box><text:p>框里的文字。</text:p></draw:text-box></draw:frame></text:p>
<text:p text:style-name="Dark">深色底上的白字可见。</text:p>
</office:text></office:body></office:document>"""
