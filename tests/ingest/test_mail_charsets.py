"""Mails: subject, text in any charset, attachments named."""

from __future__ import annotations

import random
from email.message import EmailMessage

import pytest

from huiwen.errors import InputError
from huiwen.types import Document
from ingest.parse import parse

TEXT = "各位同事：\n\n防汛会议改到5月16日下午3点，地点仍在三楼会议室。\n\n请各单位带齐材料。\n"


def message(**headers: str) -> EmailMessage:
    made = EmailMessage()
    made["Subject"], made["From"] = "关于防汛会议改期的通知", "县政府办 <office@example.invalid>"
    made["To"], made["Date"] = "all@example.invalid", "Wed, 15 May 2024 17:00:00 +0800"
    for name, value in headers.items():
        made[name] = value
    return made


def read(made: EmailMessage | bytes) -> Document:
    return parse("通知.eml", made if isinstance(made, bytes) else made.as_bytes())


@pytest.mark.parametrize("charset", ["utf-8", "gb2312", "gb18030"])
@pytest.mark.parametrize("encoding", ["base64", "quoted-printable"])
def test_text_in_any_charset(charset: str, encoding: str) -> None:
    made = message()
    made.set_content(TEXT, charset=charset, cte=encoding)
    document = read(made)
    assert document.title == "关于防汛会议改期的通知"
    assert any("5月16日下午3点" in p.text for p in document.paragraphs)
    assert document.metadata.published == "2024-05-15"
    assert "县政府办" in document.text


def test_the_page_is_read_where_there_is_no_plain_text() -> None:
    made = message()
    made.set_content("请用支持网页的程序阅读。")
    page = "".join(f"<p>{line}第{n}条说明。</p>" for n, line in enumerate(TEXT.split("\n\n") * 3))
    made.add_alternative(f"<html><body>{page}</body></html>", subtype="html")
    document = read(made)
    assert any("5月16日下午3点" in p.text for p in document.paragraphs)


def test_attachments_are_named_and_not_read() -> None:
    made = message()
    made.set_content(TEXT)
    made.add_attachment(b"secret", maintype="application", subtype="pdf", filename="名单.pdf")
    document = read(made)
    assert any("名单.pdf" in warning for warning in document.report.warnings)
    assert "secret" not in document.text


def test_a_mail_without_text_is_an_error() -> None:
    made = message()
    made.set_content("")
    with pytest.raises(InputError, match=r"通知\.eml.*没有文字"):
        read(made)


def test_broken_headers_do_no_harm() -> None:
    raw = (
        b"From: =?gb2312?B?!!!?=\nSubject: =?utf-8?Q?=E4=BC?= x\nDate: someday\n"
        b"Content-Type: text/plain; charset=nonsense\n\n" + TEXT.encode()
    )
    assert any("三楼会议室" in p.text for p in read(raw).paragraphs)


def test_mutations_end_in_text_or_a_typed_error() -> None:
    made = message()
    made.set_content(TEXT, charset="gb2312", cte="base64")
    made.add_alternative("<html><body><p>网页正文内容。</p></body></html>", subtype="html")
    data, chosen = made.as_bytes(), random.Random(5)
    for _ in range(400):
        broken = bytearray(data)
        for _ in range(chosen.randint(1, 10)):
            broken[chosen.randrange(len(broken))] = chosen.choice(b'=?;:"\n\r\0-<a\xff')
        try:
            parse("a.eml", bytes(broken))
        except InputError:
            continue
