"""Questions written by the language model about a paragraph, kept only where they hold to it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from answer.generator import Generator, Message
from eval.draft.candidate import MODEL, Candidate
from eval.kinds import kind_of
from eval.matching import normalise, numbers
from huiwen.types import Document, Paragraph, ParagraphKind
from ingest.sentence import sentences

_TASK = (
    "根据下面这段会议资料出一道考题。问题要写明是哪个单位、地方或年份的什么事，"
    "不看资料的人答不出。答案必须是原文里的词语，不超过20个字。\n"
    "只按这个格式写两行：\n问题：……？\n答案：……"
)
_REPLY = re.compile(r"问题[：:]\s*(.+?)\s*\n+\s*答案[：:]\s*(.+)")
_MOST_TOKENS = 120
_LENGTH = (60, 600)  # of a paragraph worth asking about
_LONGEST_ANSWER, _SHORTEST_QUESTION = 24, 8
# Types a gold file knows; what else a question may ask for is a fact.
_TYPES = {"who": "who", "when": "date", "number": "number", "list": "list"}


def draft_with(generator: Generator, document: Document) -> Iterator[Candidate]:
    """One question a paragraph, where the model's answer stands in it word for word."""
    for paragraph in document.paragraphs:
        if paragraph.kind is not ParagraphKind.BODY or not (
            _LENGTH[0] <= len(paragraph.text) <= _LENGTH[1]
        ):
            continue
        asked = Message("user", f"{_TASK}\n\n资料《{document.title}》：{paragraph.text}")
        reply = "".join(generator.stream([asked], max_tokens=_MOST_TOKENS))
        candidate = _read(reply, paragraph, document)
        if candidate:
            yield candidate


def _read(reply: str, paragraph: Paragraph, document: Document) -> Candidate | None:
    match = _REPLY.search(reply)
    if not match:
        return None
    question, answer = match[1].strip(), match[2].strip().strip("。“”\"'")
    sentence = _holding(answer, paragraph.text)
    if (
        not sentence
        or len(answer) > _LONGEST_ANSWER
        or len(question) < _SHORTEST_QUESTION
        or question[-1] not in "？?"
        or normalise(answer) in normalise(question)
        # A figure of no source would make the question one about something else.
        or not numbers(question) <= numbers(f"{document.title}\n{paragraph.text}")
    ):
        return None
    kind = _TYPES.get(kind_of(question), "fact")
    return Candidate(question, kind, ((answer,),), sentence, document.name, MODEL)


def _holding(answer: str, text: str) -> str:
    """The first sentence that has ``answer``, empty where none does."""
    for span in sentences(text):
        sentence = text[span.start : span.end]
        if answer and answer in sentence:
            return sentence
    return ""
