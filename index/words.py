"""The words that lexical search counts."""

from __future__ import annotations

import re

import rjieba

from ingest.normalise import normalise

# 海政发〔2024〕5号, its brackets folded to one kind.
_PAPER = re.compile(r"\[(\d{4})\](?:第)?(\d+)号")
TOKEN = re.compile(r"\d+(?:\.\d+)*%?|[a-z][a-z0-9]*(?:[.\-/][a-z0-9]+)*|[\u3400-\u9fff]+")
# Words of questions and grammar: they are in every document and in every query.
_STOP = frozenset(
    "的了和与及在是有为对将把被从到也都就等中上下其这那之以并或而于由吗呢啊吧谁哪几请"
) | {
    "哪些",
    "哪个",
    "哪里",
    "哪家",
    "什么",
    "多少",
    "几个",
    "怎么",
    "怎样",
    "如何",
    "为何",
    "为什么",
    "是否",
    "请问",
}


def words(text: str) -> list[str]:
    """Words of ``text`` in order, numbers and Latin names whole, stop words left out.

    The number of a paper comes whole, behind its parts.
    """
    found: list[str] = []
    plain = normalise(text)
    for match in TOKEN.finditer(plain):
        token = match[0]
        if token[0] >= "\u3400":
            found.extend(word for word in _cut(token) if word not in _STOP)
        else:
            found.append(token)
            if token.endswith("%"):
                found.append(token[:-1])
    found.extend(f"{paper[1]}-{paper[2]}号" for paper in _PAPER.finditer(plain))
    return found


def _cut(text: str) -> list[str]:
    """The dictionary's words, then those the model guesses at beside them.

    Guesses depend on what stands around a name, so that a question and a
    passage may cut it differently; its dictionary parts they always share.
    """
    known = rjieba.cut_for_search(text, False)
    return known + [word for word in rjieba.cut(text, True) if word not in known]
