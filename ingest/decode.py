"""Bytes of a text file to a string, with the encoding that was found."""

from __future__ import annotations

import codecs
from collections.abc import Sequence

from huiwen.errors import InputError, UnsupportedFormatError

_BOMS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}

ENCODINGS = ("utf-8", "gb18030")
# What stands for bytes that no encoding explains.
REPLACED = "\ufffd"
# A handful or one in fifty is a damaged text; more is another encoding or no text at all.
_BAD_FEW, _BAD_SHARE = 8, 0.02


def decode(name: str, data: bytes) -> tuple[str, str]:
    """Return ``(text, encoding)``; line ends become ``\\n``, a byte-order mark is dropped.

    Order: byte-order mark, strict UTF-8, strict GB18030. A UTF-8 text is
    practically never valid by accident, while GB18030 accepts much, so it is
    tried last. A text with a few bad bytes is read with U+FFFD in their
    place. Raises UnsupportedFormatError for binary files, InputError for
    empty or undecodable ones.
    """
    text, encoding = _decode(name, data)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise InputError(f"文件“{name}”里没有文字；请检查是否选错了文件。")
    return text, encoding


def _decode(name: str, data: bytes) -> tuple[str, str]:
    for bom, encoding in _BOMS.items():
        if data.startswith(bom):
            try:
                return data[len(bom) :].decode(encoding), encoding
            except UnicodeDecodeError as error:
                raise InputError(
                    f"文件“{name}”标明是 {encoding}，但第 {error.start + len(bom)} 字节处无法解码；"
                    "请用原来的程序重新导出。"
                ) from error
    if b"\0" in data:
        raise UnsupportedFormatError(
            f"文件“{name}”不是文本文件（含有空字节）；请另存为 TXT 或 MD 后再上传。"
        )
    found = strictly(data, ENCODINGS) or mended(data, ENCODINGS)
    if found is None:
        raise InputError(
            f"文件“{name}”既不是 UTF-8 也不是 GB18030 编码；请在编辑器里另存为 UTF-8 后再上传。"
        )
    return found


def strictly(data: bytes, encodings: Sequence[str]) -> tuple[str, str] | None:
    """``(text, encoding)`` by the first encoding in which every byte is right."""
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
        if _bearable(text):
            return text, encoding
    return None


def mended(data: bytes, encodings: Sequence[str]) -> tuple[str, str] | None:
    """``(text, encoding)`` with U+FFFD for bad bytes, by the encoding that leaves fewest.

    None where so many are bad that it is no text of these encodings.
    """
    tried = ((data.decode(encoding, "replace"), encoding) for encoding in encodings)
    found = min(tried, key=lambda decoded: damage(decoded[0]))
    return found if _bearable(found[0]) else None


def damage(text: str) -> int:
    """How many characters of a decoded text stand for bytes that are wrong."""
    return text.count(REPLACED) + text.count("\0")


def _bearable(text: str) -> bool:
    bad = damage(text)
    return bad <= max(_BAD_FEW, _BAD_SHARE * len(text)) and 2 * bad <= len(text)
