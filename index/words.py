"""Search-only normalisation and the words that lexical search counts."""

from __future__ import annotations

import re
import unicodedata

import rjieba

# A subscript as recovered text writes it: PM_{2.5}.
_SUBSCRIPT = re.compile(r"_\{([^{}]*)\}|\^\{([^{}]*)\}")
_TOKEN = re.compile(r"\d+(?:\.\d+)*%?|[a-z][a-z0-9]*(?:[.\-/][a-z0-9]+)*|[\u3400-\u9fff]+")
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


def fold(text: str) -> str:
    """Fold what differs in writing only: full and half width, subscripts, Ⅲ and III."""
    folded = _SUBSCRIPT.sub(lambda match: match[1] or match[2] or "", text)
    return unicodedata.normalize("NFKC", folded)


def normalise(text: str) -> str:
    """Folded text without case, the form in which words are compared."""
    return fold(text).lower()


def words(text: str) -> list[str]:
    """Words of ``text`` in order, numbers and Latin names whole, stop words left out."""
    found: list[str] = []
    for match in _TOKEN.finditer(normalise(text)):
        token = match[0]
        if token[0] >= "\u3400":
            found.extend(word for word in rjieba.cut_for_search(token, True) if word not in _STOP)
        else:
            found.append(token)
            if token.endswith("%"):
                found.append(token[:-1])
    return found
