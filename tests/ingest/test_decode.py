"""Bytes to text: encodings found, everything else refused with a remedy."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huiwen.errors import InputError, UnsupportedFormatError
from ingest.decode import REPLACED, decode
from ingest.parse import parse

TEXT = "　　会议于3月18日召开，听取了汇报。\n〔2024〕5号"


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (TEXT.encode("utf-8"), "utf-8"),
        (TEXT.encode("utf-8-sig"), "utf-8"),
        (TEXT.encode("gb18030"), "gb18030"),
        (b"\xff\xfe" + TEXT.encode("utf-16-le"), "utf-16-le"),
        (b"\xfe\xff" + TEXT.encode("utf-16-be"), "utf-16-be"),
    ],
)
def test_encodings(data: bytes, encoding: str) -> None:
    assert decode("a.txt", data) == (TEXT, encoding)


def test_line_ends_become_newlines() -> None:
    assert decode("a.txt", "一\r\n二\r三".encode())[0] == "一\n二\n三"


@pytest.mark.parametrize(
    ("data", "kind", "said"),
    [
        (b"abc\0def", UnsupportedFormatError, "空字节"),
        (b"", InputError, "没有文字"),
        (b" \n\t ", InputError, "没有文字"),
        (b"\xff\xfe\x00", InputError, "utf-16"),
        (b"\x80\xff\xff\xff", InputError, "编码"),
    ],
)
def test_refusals_name_the_file_and_the_trouble(
    data: bytes, kind: type[InputError], said: str
) -> None:
    with pytest.raises(kind, match=r"坏文件\.txt") as caught:
        decode("坏文件.txt", data)
    assert said in str(caught.value)


@given(st.binary(max_size=400))
def test_any_bytes_end_in_text_or_a_typed_error(data: bytes) -> None:
    try:
        text, _ = decode("x", data)
    except InputError:
        return
    assert text.strip()


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_few_bad_bytes_do_not_cost_the_whole_text(encoding: str) -> None:
    data = bytearray((TEXT * 20).encode(encoding))
    data[100] = 0xFF
    text, found = decode("a.txt", bytes(data))
    assert found == encoding
    assert 1 <= text.count(REPLACED) <= 3
    assert text.count("〔2024〕5号") >= 19
    document = parse("伤.txt", bytes(data))
    assert any("伤.txt" in warning and "损坏" in warning for warning in document.report.warnings)
