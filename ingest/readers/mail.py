"""Reader of mails (EML): headers, the text people see, and what hangs on them by name."""

from __future__ import annotations

import email
from collections.abc import Iterator
from email import policy
from email.errors import MessageError
from email.message import Message

from huiwen.errors import InputError
from huiwen.types import Metadata, ParagraphKind
from ingest.content import Content, Draft
from ingest.heading import numbering_level
from ingest.readers.charset import declared_text
from ingest.readers.mail_header import addresses, decoded, header, sent_on
from ingest.readers.plain import plain_blocks
from ingest.readers.webpage import page_content

# Deeper nesting is not read: a forwarded mail in a forwarded mail, no more.
_DEPTH = 4
_NESTING = 12
_PARTS = 500
_NAMED = 20
# A plain alternative this much shorter than the HTML one is a stub ("please view in a browser").
_STUB = 0.5
_TEXTS = ("text/plain", "text/html")
_BROKEN = (
    MessageError,
    LookupError,
    UnicodeError,
    ValueError,
    AttributeError,
    TypeError,
    RecursionError,
    AssertionError,
)


def read_mail(name: str, data: bytes) -> Content:
    """A mail with its forwarded mails; attachments are named in a warning, not read."""
    try:
        return _Reader(name).content(email.message_from_bytes(data, policy=policy.default))
    except InputError:
        raise
    except _BROKEN as error:
        raise InputError(
            f"文件“{name}”不是完好的邮件（{type(error).__name__}）；"
            "请在邮件程序里打开并重新另存为 EML 后再上传。"
        ) from error


class _Reader:
    def __init__(self, name: str) -> None:
        self._name = name
        self._draft = Draft()
        self._attached: list[str] = []
        self._warnings: list[str] = []
        self._hidden = 0
        self._dropped = 0
        self._parts = 0
        self._bodies = 0
        self._encoding = ""

    def content(self, message: Message) -> Content:
        day = sent_on(message)
        senders = addresses(message, "From")
        self._message(message, 0)
        if not self._bodies:
            raise InputError(f"文件“{self._name}”是邮件，正文里没有文字；请上传它的附件。")
        if self._attached:
            named = "、".join(f"“{name}”" for name in self._attached[:_NAMED])
            more = f"等 {len(self._attached)} 个" if len(self._attached) > _NAMED else ""
            self._warnings.append(
                f"邮件“{self._name}”带有附件{named}{more}，附件内容没有收录；请另存后单独上传。"
            )
        return Content(
            self._draft.text,
            tuple(self._draft.blocks),
            encoding=self._encoding,
            dropped=self._dropped,
            hidden=self._hidden,
            title=header(message, "Subject"),
            metadata=Metadata(
                date=day, published=day, issuer=next((who for who, _ in senders if who), "")
            ),
            warnings=tuple(self._warnings),
        )

    def _message(self, message: Message, depth: int) -> None:
        subject = header(message, "Subject")
        if depth:
            self._draft.add(subject, ParagraphKind.HEADING, 1)
        else:
            self._draft.add(subject, ParagraphKind.TITLE)
        self._draft.add("\n".join(_byline(message)), ParagraphKind.BYLINE)
        self._part(message, depth, 0)

    def _part(self, part: Message, depth: int, nesting: int) -> None:
        self._parts += 1
        if self._parts > _PARTS or nesting > _NESTING:
            raise InputError(
                f"邮件“{self._name}”的部分太多或嵌套太深；请把正文另存为 TXT 或 DOCX 后再上传。"
            )
        kind = part.get_content_type()
        if kind == "message/rfc822":
            self._forwarded(part, depth)
        elif part.is_multipart():
            children = [child for child in part.get_payload() if isinstance(child, Message)]
            if kind == "multipart/alternative":
                self._alternative(children, depth, nesting)
            else:
                for child in children:
                    self._part(child, depth, nesting + 1)
        elif (kind in _TEXTS or part.get_content_maintype() == "multipart") and not _is_attachment(
            part
        ):
            self._add(self._read(part))
        else:
            self._attach(part)

    def _forwarded(self, part: Message, depth: int) -> None:
        inner = part.get_payload()
        found = inner[0] if isinstance(inner, list) and inner else None
        if isinstance(found, Message) and depth + 1 < _DEPTH:
            self._message(found, depth + 1)
        else:
            self._attach(part)

    def _alternative(self, children: list[Message], depth: int, nesting: int) -> None:
        """One of several forms of the same text: the plain one unless it is but a stub."""
        contents: dict[str, Content] = {}
        for child in children:
            kind = child.get_content_type()
            if kind in _TEXTS and not _is_attachment(child):
                contents.setdefault(kind, self._read(child))
            else:
                # multipart/related around the HTML, or a calendar's entry.
                held = next((p for p in child.walk() if p.get_content_type() == "text/html"), None)
                if held is None or "text/html" in contents:
                    self._part(child, depth, nesting + 1)
                else:
                    contents["text/html"] = self._read(held)
                    self._attach_rest(child)
        plain, page = contents.get("text/plain"), contents.get("text/html")
        if plain and page and len(plain.text) < _STUB * len(page.text):
            plain = None
        chosen = plain or page
        if chosen:
            self._add(chosen)

    def _attach_rest(self, part: Message) -> None:
        for inner in part.walk():
            if not inner.is_multipart() and inner.get_content_type() != "text/html":
                self._attach(inner)

    def _read(self, part: Message) -> Content:
        """A text part; an empty one gives an empty content."""
        payload = part.get_payload(decode=True)
        data = payload if isinstance(payload, bytes) else b""
        charset = str(part.get_content_charset() or "")
        if not data.strip():
            return Content("", ())
        found = declared_text(self._name, data, charset)
        if found.damaged:
            self._warnings.append(
                f"邮件“{self._name}”有 {found.damaged} 处无法解码，以“�”显示；请核对原件。"
            )
        if part.get_content_type() == "text/html":
            try:
                return page_content(self._name, found.text, found.encoding, whole=True)
            except InputError:
                return Content("", ())
        return Content(found.text, tuple(plain_blocks(found.text)), found.encoding)

    def _add(self, content: Content) -> None:
        self._bodies += bool(content.blocks)
        for block in content.blocks:
            kind, level = block.kind, block.level
            # Salutations and signatures are short lines too: only a number makes a heading.
            if kind is ParagraphKind.TITLE or (
                kind is ParagraphKind.HEADING and not numbering_level(block.text)
            ):
                kind, level = ParagraphKind.BODY, 0
            self._draft.add(block.text, kind, level)
        self._encoding = self._encoding or content.encoding
        self._hidden += content.hidden
        self._dropped += content.dropped
        self._warnings += content.warnings

    def _attach(self, part: Message) -> None:
        name = decoded(str(part.get_filename() or "")) or part.get_content_type()
        self._attached.append(name[:100])


def _is_attachment(part: Message) -> bool:
    return part.get_content_disposition() == "attachment"


def _byline(message: Message) -> Iterator[str]:
    for label, name in (("发件人", "From"), ("收件人", "To"), ("抄送", "Cc")):
        people = [
            f"{who} <{address}>" if who and address else who or address
            for who, address in addresses(message, name)
        ]
        if people:
            yield f"{label}：{'，'.join(people)}"
    day = sent_on(message)
    if day:
        yield f"日期：{day}"
