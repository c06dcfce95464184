"""Reader of mails (EML): the subject as title, the text, what is attached only named."""

from __future__ import annotations

import email
import email.errors
import email.policy
import re
from email.message import EmailMessage
from email.utils import parsedate_to_datetime

from huiwen.errors import InputError
from huiwen.types import Metadata, ParagraphKind
from ingest.content import Content, Draft
from ingest.heading import classify
from ingest.readers.plain import plain_blocks
from ingest.readers.webpage import page_content

_MAX_PARTS = 200
_ENOUGH = 0.5
# What the standard library raises on hostile mails, found by fuzzing.
_BROKEN = (LookupError, ValueError, TypeError, AttributeError, AssertionError, RecursionError,
           OverflowError, email.errors.MessageError)  # fmt: skip
_HEADERS = (("发件人", "from"), ("收件人", "to"), ("抄送", "cc"), ("时间", "date"))


def read_mail(name: str, data: bytes) -> Content:
    """A mail; raises InputError where it has no text."""
    try:
        message = email.message_from_bytes(data, policy=email.policy.default)
        return _content(name, message)
    except _BROKEN as error:
        raise InputError(
            f"邮件“{name}”已损坏（{type(error).__name__}）；请在邮件程序里打开，把正文另存后上传。"
        ) from error


def _content(name: str, message: EmailMessage) -> Content:
    draft = Draft()
    subject = _header(message, "subject")
    draft.add(subject, ParagraphKind.TITLE)
    head = [f"{label}：{text}" for label, key in _HEADERS if (text := _header(message, key))]
    for text in head:
        draft.add(text, ParagraphKind.BYLINE)
    attached, plain, page = _parts(name, message)
    before = len(draft.blocks)
    _add_text(draft, name, plain, page)
    if len(draft.blocks) == before:
        raise InputError(f"邮件“{name}”里没有文字；附件请另行上传。")
    warnings = []
    if attached:
        named = "、".join(f"“{file}”" for file in attached[:20])
        warnings.append(f"邮件“{name}”的附件 {named} 没有收录；请另行上传。")
    return Content(
        draft.text,
        tuple(draft.blocks),
        title=subject,
        metadata=Metadata(published=_day(message)),
        warnings=tuple(warnings),
    )


def _header(message: EmailMessage, key: str) -> str:
    try:
        value = str(message.get(key, ""))
    except _BROKEN:
        return ""
    return re.sub(r"\s+", " ", "".join(c for c in value if c.isprintable() or c.isspace())).strip()


def _day(message: EmailMessage) -> str:
    try:
        return parsedate_to_datetime(str(message.get("date", ""))).date().isoformat()
    except _BROKEN:
        return ""


def _parts(name: str, message: EmailMessage) -> tuple[list[str], str, str]:
    """Names of the attachments, the plain text, and the page of the same text."""
    attached: list[str] = []
    plain: list[str] = []
    page: list[str] = []
    for count, part in enumerate(message.walk()):
        if count > _MAX_PARTS:
            raise InputError(f"邮件“{name}”的部分过多；请把正文另存后上传。")
        if part.is_multipart():
            continue
        kind = part.get_content_type()
        if part.get_filename() or part.get_content_disposition() == "attachment":
            attached.append(str(part.get_filename() or kind))
        elif kind in ("text/plain", "text/html"):
            (plain if kind == "text/plain" else page).append(_text(part))
    return attached, "\n\n".join(plain), "\n".join(page)


def _text(part: EmailMessage) -> str:
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes):
        return ""
    charset = (part.get_content_charset() or "utf-8").lower()
    for encoding in (
        "gb18030" if charset.startswith(("gb", "hz")) else charset,
        "utf-8",
        "gb18030",
    ):
        try:
            return data.decode(encoding)
        except (LookupError, UnicodeError):
            continue
    return data.decode("utf-8", "replace")


def _add_text(draft: Draft, name: str, plain: str, page: str) -> None:
    """The plain text, unless the page says much more."""
    text = plain.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    if page:
        try:
            found = page_content(name, page, "").blocks
        except InputError:
            found = ()
        if len(text.strip()) < _ENOUGH * sum(len(block.text) for block in found):
            for block in found:
                draft.add(block.text, block.kind, block.level)
            return
    for block in plain_blocks(text):
        kind, level = classify(block.text, first=False)
        draft.add(block.text, kind, level)
