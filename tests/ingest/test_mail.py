"""Mails as programs write them and as they come broken."""

from __future__ import annotations

import base64
import email
from email import policy
from email.message import EmailMessage

import pytest

from huiwen.errors import InputError
from huiwen.types import Document, ParagraphKind
from ingest.format import Format, detect
from ingest.parse import parse
from ingest.readers.mail import read_mail
from tests.ingest.fuzz import survivors
from tests.ingest.test_parse import texts, traced

MUTATIONS = 150
SENTENCE = "海域治理专题会议定于3月20日上午在三楼会议室召开，请准时参加。"
BODY = f"各位同事：\n\n{SENTENCE}\n\n一、会议议程\n\n听取各区汇报。\n"


def mail(text: str = BODY, charset: str = "utf-8") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "云溪市海洋局 <hyj@example.cn>"
    message["To"] = "张三 <zhangsan@example.cn>, lisi@example.cn"
    message["Subject"] = "关于召开海域治理专题会议的通知，请各有关单位按照要求做好准备工作"
    message["Date"] = "Tue, 05 Mar 2024 23:30:00 +0800"
    message.set_content(text, charset=charset)
    return message


def read(message: EmailMessage) -> Document:
    document = parse("通知.eml", message.as_bytes())
    assert traced(document)
    return document


@pytest.mark.parametrize("charset", ["utf-8", "gb2312", "gb18030", "big5"])
@pytest.mark.parametrize("cte", ["base64", "quoted-printable"])
def test_headers_and_text(charset: str, cte: str) -> None:
    message = mail()
    text = BODY if charset != "big5" else "會議定於三月召開。\n"
    message.set_content(text, charset=charset, cte=cte)
    assert detect("x", message.as_bytes()) is Format.EML
    document = read(message)
    assert document.title == "关于召开海域治理专题会议的通知，请各有关单位按照要求做好准备工作"
    assert texts(document, ParagraphKind.TITLE) == [document.title]
    assert texts(document, ParagraphKind.BYLINE) == [
        "发件人：云溪市海洋局 <hyj@example.cn>\n"
        "收件人：张三 <zhangsan@example.cn>，lisi@example.cn\n日期：2024-03-05"
    ]
    assert document.metadata.date == document.metadata.published == "2024-03-05"
    assert document.metadata.issuer == "云溪市海洋局"
    if charset != "big5":
        assert texts(document) == ["各位同事：", SENTENCE, "听取各区汇报。"]
        assert texts(document, ParagraphKind.HEADING) == ["一、会议议程"]
    else:
        assert texts(document) == ["會議定於三月召開。"]


def test_plain_text_comes_before_html_unless_it_is_a_stub() -> None:
    page = f"<p>{SENTENCE}<span style='display:none'>藏起来的话</span></p><p>听取汇报。</p>"
    message = mail()
    message.add_alternative(page, subtype="html")
    assert texts(read(message)) == ["各位同事：", SENTENCE, "听取各区汇报。"]
    for stub in ("", "请用网页查看。"):
        message = mail(stub)
        message.add_alternative(page, subtype="html")
        document = read(message)
        assert texts(document) == [SENTENCE, "听取汇报。"]
        assert document.report.hidden == 1


def test_html_with_its_pictures_beside_it() -> None:
    message = mail("请用网页查看。")
    message.add_alternative(f"<p>{SENTENCE}</p><p>听取汇报。</p>", subtype="html")
    message.get_payload()[1].add_related(b"\x89PNG", "image", "png", cid="<a>")  # type: ignore[union-attr, index]
    document = read(message)
    assert texts(document) == [SENTENCE, "听取汇报。"]


def test_attachments_are_named() -> None:
    message = mail()
    message.add_attachment(b"PK", "application", "zip", filename="会议议程和参会人员名单.docx")
    message.add_attachment("不读的文字。", filename="说明.txt")
    document = read(message)
    assert "不读的文字" not in document.text
    (warning,) = document.report.warnings
    assert "会议议程和参会人员名单.docx" in warning
    assert "说明.txt" in warning


def test_forwarded_and_quoted_mails_are_text() -> None:
    message = mail("请看转发的通知。\n\n> 原来的话在这里，一字不漏。\n")
    inner = mail("转发的正文在此，共一句。\n")
    message.add_attachment(inner)
    document = read(message)
    assert "> 原来的话在这里，一字不漏。" in document.text
    assert "转发的正文在此，共一句。" in document.text
    assert document.text.count("发件人：") == 2


def test_forwarding_is_read_to_a_depth_only() -> None:
    message = mail("最里面的话。\n")
    for _ in range(8):
        outer = mail("外面的话。\n")
        outer.add_attachment(message)
        message = outer
    document = read(message)
    assert "最里面的话" not in document.text
    assert "message/rfc822" in document.report.warnings[-1]


RAW = "From: 云溪市海洋局 <a@example.cn>\nSubject: 通知\n\n请于周五前报送材料，谢谢配合。\n"


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_bare_bytes_in_headers_and_no_charset(encoding: str) -> None:
    document = parse("a.eml", RAW.encode(encoding))
    assert document.title == "通知"
    assert document.metadata.issuer == "云溪市海洋局"
    assert texts(document) == ["请于周五前报送材料，谢谢配合。"]


def test_gb2312_that_is_gbk() -> None:
    word = base64.b64encode("镕基路改造".encode("gbk")).decode()
    raw = f"From: a@example.cn\nSubject: =?gb2312?B?{word}?=\n"
    raw += "Content-Type: text/plain; charset=gb2312\n\n"
    document = parse("a.eml", raw.encode() + "镕基路改造工程开工。\n".encode("gbk"))
    assert document.title == "镕基路改造"
    assert texts(document) == ["镕基路改造工程开工。"]


def test_a_header_over_several_lines_and_words() -> None:
    words = "\n ".join(
        f"=?utf-8?B?{base64.b64encode(part.encode()).decode()}?=" for part in ("关于", "开会")
    )
    document = parse("a.eml", f"From: a@b\nSubject: {words}\n\n按时参加。\n".encode())
    assert document.title == "关于开会"


@pytest.mark.parametrize(
    "raw",
    [
        "From: a@b\nDate: nonsense\nSubject: =?utf-8?B?x?=\n\n正文在此。\n",
        "From: a@b\nDate: Tue, 99 Foo 99999999 99:99:99 +9999\n\n正文在此。\n",
        "From: a@b\nContent-Type: text/plain; charset=punycode\n\n正文在此。\n",
        "From: a@b\nContent-Type: text/plain; charset*=x''%\n\n正文在此。\n",
        "From: a@b\nContent-Type: multipart/mixed\n\n正文在此。\n",
        "From: a@b\nContent-Type: ;;;\nContent-Transfer-Encoding: \n\n正文在此。\n",
        "From: " + "(" * 5000 + "\nTo: " + "<" * 5000 + "\n\n正文在此。\n",
        "From: a@b\nTo: " + ", ".join(f"p{n}@b" for n in range(5000)) + "\n\n正文在此。\n",
    ],
)
def test_odd_mails_are_read(raw: str) -> None:
    assert "正文在此。" in read_mail("a.eml", raw.encode()).text


@pytest.mark.parametrize(
    "raw",
    [
        "From: a@b\nSubject: 通知\n\n",
        "From: a@b\nContent-Type: application/pdf; name=a.pdf\n\nJVBERi0=\n",
        "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(2000)),
        "From: a@b\nContent-Type: multipart/mixed; boundary=b\n\n" + "--b\n\nx\n" * 2000,
        "From: a@b\n" + "Content-Type: message/rfc822\n\n" * 2000,
    ],
)
def test_mails_without_text_or_beyond_bounds_are_refused(raw: str) -> None:
    with pytest.raises(InputError, match=r"坏\.eml"):
        read_mail("坏.eml", raw.encode())


def _full() -> bytes:
    message = mail()
    message.add_alternative(f"<html><body><p>{SENTENCE}</p></body></html>", subtype="html")
    message.add_attachment(b"PK", "application", "zip", filename="议程.docx")
    message.add_attachment(mail("转发的正文。\n", "gb18030"))
    return message.as_bytes()


@pytest.mark.parametrize(
    ("kind", "data"), [("full", _full()), ("raw", RAW.encode("gb18030") * 3)], ids=["full", "raw"]
)
def test_mutated_mails_end_in_a_content_or_a_typed_error(kind: str, data: bytes) -> None:
    found = survivors(lambda mail: read_mail("a.eml", mail), data, kind, MUTATIONS)
    assert len(found) > MUTATIONS // 2
    for content in found:
        content.text.encode()
        assert content.blocks


def test_the_library_agrees_on_the_subject() -> None:
    data = _full()
    subject = email.message_from_bytes(data, policy=policy.default)["Subject"]
    assert parse("a.eml", data).title == str(subject)
