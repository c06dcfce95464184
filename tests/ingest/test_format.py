"""Formats are told by content; containers are read within limits."""

from __future__ import annotations

import io
import zipfile

import pytest

from huiwen.errors import InputError, UnsupportedFormatError
from ingest import archive
from ingest.archive import Archive
from ingest.format import Format, detect
from ingest.xml import parse_xml


def packed(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(name.replace("__", "/"), data)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("纪要.txt", b"%PDF-1.7\n...", Format.PDF),
        ("纪要.pdf", packed(**{"word__document.xml": b"<a/>"}), Format.DOCX),
        ("表.docx", packed(**{"xl__workbook.xml": b"<a/>"}), Format.XLSX),
        ("a", packed(**{"ppt__presentation.xml": b"<a/>"}), Format.PPTX),
        ("a", packed(**{"OFD.xml": b"<a/>"}), Format.OFD),
        ("纪要.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), Format.DOC),
        ("a", b"\x89PNG\r\n\x1a\n....", Format.IMAGE),
        ("a.txt", b"<!DOCTYPE html><html><body>x</body></html>", Format.HTML),
        ("a.txt", "<html><head><title>通知</title>".encode("gb18030"), Format.HTML),
        ("a.txt", b"From: a@b\r\nSubject: x\r\n\r\nbody", Format.EML),
        ("a.txt", "时间：3月18日\n地点：三楼\n\n正文。".encode(), Format.TXT),
        ("a.md", b"# x", Format.MARKDOWN),
        ("a.csv", b"a,b\n1,2", Format.CSV),
        ("a.dat", "会议".encode(), Format.TXT),
    ],
)
def test_content_decides(name: str, data: bytes, expected: Format) -> None:
    assert detect(name, data) is expected


@pytest.mark.parametrize(
    ("data", "said"),
    [(b"{\\rtf1 x}", "RTF"), (packed(**{"readme.txt": b"x"}), "压缩包")],
)
def test_foreign_formats_are_named_with_a_remedy(data: bytes, said: str) -> None:
    with pytest.raises(UnsupportedFormatError, match=said):
        detect("坏文件.docx", data)


def test_a_damaged_archive_is_a_typed_error() -> None:
    with pytest.raises(InputError, match=r"坏\.docx"):
        Archive("坏.docx", b"PK\x03\x04 nothing here")


def test_a_bomb_is_refused_before_it_is_inflated() -> None:
    bomb = packed(**{"word__document.xml": bytes(40 * 2**20)})
    with pytest.raises(InputError, match="压缩比"):
        Archive("a.docx", bomb).read("word/document.xml")


def test_too_many_members_and_too_many_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    data = packed(a=b"x" * 100, b=b"y" * 100)
    monkeypatch.setattr(archive, "MAX_TOTAL_BYTES", 150)
    box = Archive("a.docx", data)
    box.read("a")
    with pytest.raises(InputError, match="过大"):
        box.read("b")
    monkeypatch.setattr(archive, "MAX_MEMBERS", 1)
    with pytest.raises(InputError, match="上限"):
        Archive("a.docx", data)


@pytest.mark.parametrize(
    "data",
    [
        b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        b"<a><b></a>",
        b"",
    ],
)
def test_entities_and_broken_xml_are_refused(data: bytes) -> None:
    with pytest.raises(InputError, match=r"坏\.ofd"):
        parse_xml("坏.ofd", "OFD.xml", data)
