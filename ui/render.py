"""Answers and evidence as HTML. Everything from outside is escaped here, once."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from huiwen.types import Answer, AnswerStatus, Citation, Evidence, Passage, Span, Statement
from server.schemas import AI_LABEL, source_url

FRAME = "source-frame"
_BADGES = {
    AnswerStatus.ANSWERED: "",
    AnswerStatus.REFUSED: '<span class="hw-badge hw-refused">资料未载</span>',
    AnswerStatus.EXTRACTIVE: '<span class="hw-badge hw-extract">仅列原文</span>',
}


def turn(question: str, body: str) -> str:
    """A question and what is known of its answer; ``body`` is HTML."""
    return (
        f'<div class="hw-turn"><div class="hw-question">{escape(question)}</div>'
        f'<div class="hw-answer">{body}</div></div>'
    )


def searching() -> str:
    """Shown from the question to the evidence."""
    return '<div class="hw-status" role="status">正在查找依据…</div>'


def looking() -> str:
    """The evidence panel meanwhile."""
    return '<div class="hw-status">正在查找…</div>'


def waiting(evidence: Sequence[Evidence]) -> str:
    """Shown between the evidence and the first word."""
    return f'<div class="hw-status" role="status">已找到 {len(evidence)} 段依据，正在阅读…</div>'


def draft(text: str) -> str:
    """The model's words as they come, not checked yet."""
    return (
        f'<div class="hw-draft" aria-live="polite">{escape(text)}<span class="hw-cursor"></span>'
        '</div><div class="hw-status">正在生成，尚未核对…</div>'
    )


def stopped(text: str) -> str:
    """What there was when the reader pressed stop."""
    if not text:
        return '<div class="hw-status">已停止</div>'
    return (
        f'<div class="hw-draft">{escape(text)}</div><div class="hw-status">已停止，以上文字未经核对'
        f"</div>{_label()}"
    )


def problem(message: str) -> str:
    """An error in the place of an answer."""
    return f'<div class="hw-problem" role="alert">{escape(message)}</div>'


def answer(found: Answer) -> str:
    """The checked answer with its citations, its reason, its label and its times."""
    parts = [_BADGES[found.status]]
    parts += [_statement(statement) for statement in found.statements]
    if found.reason:
        parts.append(f'<div class="hw-reason">{escape(found.reason)}</div>')
    if found.status is AnswerStatus.REFUSED and found.evidence:
        parts.append(_closest(found.evidence[0]))
    times = f"依据 {found.timings.evidence * 1000:.0f} 毫秒 · 共 {found.timings.total:.1f} 秒"
    parts.append(_label(times))
    return "".join(parts)


def cards(evidence: Sequence[Evidence]) -> str:
    """The evidence panel."""
    if not evidence:
        return '<div class="hw-status">没有可以参考的段落。</div>'
    return "".join(_card(item) for item in evidence)


def _label(times: str = "") -> str:
    return f'<div class="hw-label">{escape(AI_LABEL)}<span>{times}</span></div>'


def _statement(statement: Statement) -> str:
    marks = "".join(_mark(citation) for citation in statement.citations)
    flags = "".join(
        '<span class="hw-flag" title="请对照原文">'
        f"⚠ 数字 {escape(number)} 未在所引段落中找到</span>"
        for number in statement.unsupported_numbers
    )
    return f'<span class="hw-statement">{escape(statement.text)}{marks}{flags}</span>'


def _mark(citation: Citation) -> str:
    url = source_url(citation.document_id, citation.passage_id, citation.quote)
    label = f"依据 {citation.number}，打开原文"
    return (
        f'<a class="hw-cite" href="{escape(url)}" target="{FRAME}" title="{label}" '
        f'aria-label="{label}">[{citation.number}]</a>'
    )


def _closest(item: Evidence) -> str:
    return (
        f'<blockquote class="hw-closest">{escape(item.quote_text)}'
        f"<cite>{escape(item.passage.document_name)} {_link(item, '查看原文')}</cite></blockquote>"
    )


def _card(item: Evidence) -> str:
    passage = item.passage
    return (
        f'<article class="hw-card"><header><b>[{item.number}]</b> '
        f"{escape(passage.document_name)}{_link(item, '查看原文')}</header>"
        f'<div class="hw-where">{escape(_where(passage))}</div>'
        f"<p>{marked(passage.text, item.quote)}</p></article>"
    )


def _where(passage: Passage) -> str:
    """Who said or decided it, when, and on which page, as far as the document tells."""
    page = f"第 {passage.page} 页" if passage.page else ""
    decision = decision_of("") if passage.decision and "议定事项" not in passage.context else ""
    return " · ".join(part for part in (passage.context, decision, passage.date, page) if part)


def decision_of(item: str) -> str:
    """How a decision is named: by its number where its item has one."""
    last = item.rpartition(" › ")[2]
    return last if last.startswith("议定事项 ") else "议定事项"


def _link(item: Evidence, label: str) -> str:
    url = source_url(item.passage.document_id, item.passage.id, item.quote)
    return f'<a class="hw-open" href="{escape(url)}" target="{FRAME}">{label}</a>'


def marked(text: str, span: Span) -> str:
    """``text`` escaped, the span highlighted."""
    before, inside, after = text[: span.start], text[span.start : span.end], text[span.end :]
    return f"{escape(before)}<mark>{escape(inside)}</mark>{escape(after)}"
