"""Bytes of a part that names its own encoding, rightly or wrongly, to text."""

from __future__ import annotations

import codecs
import re
from contextlib import suppress
from dataclasses import dataclass

from huiwen.errors import InputError
from ingest.decode import ENCODINGS, damage, decode, mended, strictly

# GB2312 is what old programs call whatever GB they write; GB18030 contains all of it.
_GB = frozenset({"gb2312", "gbk", "gb18030", "cp936", "hz", "x-gbk", "gb_2312-80", "936"})
# Only these: Python has codecs that are slow (punycode) or no encodings at all.
_KNOWN = re.compile(
    r"(?:utf-?8|utf-?16(?:-?[lb]e)?|us-ascii|ascii|big5(?:-?hkscs)?|gb18030|latin-?1|"
    r"iso-?8859-?\d{1,2}|windows-125\d|cp125\d|shift_?jis|euc-(?:jp|kr)|koi8-[ru])"
)
_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# Not characters a file can hold: noncharacters of markup and halves of pairs.
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")

_CHINESE = re.compile("[\u4e00-\u9fff]")


def known(charset: str) -> str:
    """The encoding to decode ``charset`` by, empty where it is none of ours."""
    plain = charset.strip().strip("\"'").lower().replace("_", "-")
    if plain in _GB:
        return "gb18030"
    return plain if _KNOWN.fullmatch(plain) else ""


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text with its encoding, and how many characters could not be decoded (shown as �)."""

    text: str
    encoding: str
    damaged: int = 0


def declared_text(name: str, data: bytes, charset: str) -> Decoded:
    """Text by the encoding the part names, by the usual ones where that is wrong.

    A few bad bytes do not cost the whole part; raises InputError where many are bad.
    """
    if data.startswith(_MARKS):
        with suppress(InputError):
            text, encoding = decode(name, data)
            return Decoded(fit(text), encoding)
    named = tuple(filter(None, (known(charset),)))
    found = strictly(data, (*named, *ENCODINGS)) or mended(data, named or ENCODINGS)
    if found is None or not found[0].strip():
        raise InputError(f"文件“{name}”有许多字节无法解码；请用原来的程序重新保存后再上传。")
    return Decoded(fit(found[0]), found[1], damage(found[0]))


def lenient_text(data: bytes, charset: str) -> str:
    """Text of short data such as a header, whatever happened to it; unreadable bytes show as �."""
    encoding = known(charset)
    found = []
    for tried in (encoding,) if encoding else ("utf-8", "gb18030"):
        try:
            found.append(fit(data.decode(tried)))
        except (UnicodeDecodeError, LookupError):
            continue
    if not found:
        return fit(data.decode(encoding or "utf-8", "replace"))
    # Two bytes of GB are at times two of UTF-8, which then say nothing Chinese.
    return max(found, key=lambda text: bool(_CHINESE.search(text)))


def fit(text: str) -> str:
    """The text with one kind of line end and without what no file of text holds."""
    return _UNFIT.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
