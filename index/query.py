"""A question understood: its words, other names of what it names, and what it narrows to."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain

from huiwen.types import Filters, Metadata, Passage
from index.area import areas, stem
from index.synonyms import Synonym, Thesaurus
from index.words import words
from ingest.normalise import fold, normalise

_TITLE = re.compile(r"《([^《》]{4,60})》")
_SPACE = re.compile(r"\s+")
_DAY = re.compile(
    r"(?<!\d)(\d{4})(?:年|[-/.])(\d{1,2})(?:月|[-/.](?=\d))(?:份|(\d{1,2})(?:[日号]|(?!\d)))?"
)


@dataclass(frozen=True, slots=True)
class Query:
    """A question as search needs it.

    ``text`` is folded, for the embedder; ``plain`` normalised, for comparing;
    ``words`` for lexical search, those of other names behind its own.
    ``names`` pairs a name in the question with another name of the same.
    ``speakers``, ``documents`` (their ids), ``areas`` (as a text names them at
    least), ``since`` and ``until`` are what the question names. They promote
    and never exclude: a question may name what its answer does not.
    """

    text: str
    plain: str
    words: tuple[str, ...]
    names: tuple[tuple[str, str], ...] = ()
    speakers: frozenset[str] = frozenset()
    documents: frozenset[str] = frozenset()
    areas: frozenset[str] = frozenset()
    since: str = ""
    until: str = ""

    def matches(self, passage: Passage) -> int:
        """How many of the things the question names the passage has: document, speaker, ..."""
        dated = bool(self.since) and self.since <= passage.date <= self.until
        named = passage.document_id in self.documents
        spoken = bool(passage.speaker) and passage.speaker in self.speakers
        placed = bool(self.areas) and any(area in passage.placed for area in self.areas)
        return int(dated) + int(named) + int(spoken) + int(placed)

    @property
    def narrowings(self) -> tuple[Filters, ...]:
        """Filters under which to look for more candidates, so that what is named is among them."""
        return (
            *(Filters(document_id=identity) for identity in sorted(self.documents)[:_MOST]),
            *(Filters(speaker=speaker) for speaker in sorted(self.speakers)[:_MOST]),
        )


_MOST = 3


@dataclass(frozen=True, slots=True)
class Known:
    """The names of a library that questions may use."""

    speakers: frozenset[str] = frozenset()
    titles: Mapping[str, str] = field(default_factory=dict)
    numbers: Mapping[str, str] = field(default_factory=dict)
    thesaurus: Thesaurus = field(default_factory=Thesaurus)
    areas: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls,
        documents: Iterable[tuple[str, str, Metadata]],
        speakers: Iterable[str],
        synonyms: Iterable[Synonym],
        offices: Iterable[str] = (),
    ) -> Known:
        """The names of these documents (id, title, metadata), speakers and abbreviations.

        The areas are those that ``offices``, issuers and titles begin with.
        """
        titles, numbers = {}, {}
        places = set(chain.from_iterable(map(areas, offices)))
        for identity, title, metadata in documents:
            titles[_bare(title)] = identity
            places.update(areas(title), areas(metadata.issuer))
            if metadata.number:
                numbers[_bare(metadata.number)] = identity
        titles.pop("", None)
        return cls(frozenset(speakers), titles, numbers, Thesaurus(synonyms), frozenset(places))


def understand(question: str, known: Known | None = None) -> Query:
    """Read a question in the light of the names a library knows."""
    known = known or Known()
    plain = normalise(question)
    bare = _bare(question)
    names = tuple(known.thesaurus.expand(plain))
    own = words(question)
    further = [word for _, other in names for word in words(other)]
    since, until = _period(plain)
    return Query(
        text=fold(question),
        plain=plain,
        words=tuple(dict.fromkeys(own + further)),
        names=names,
        speakers=frozenset(name for name in known.speakers if name and name in question),
        documents=frozenset(_documents(question, bare, known)),
        areas=frozenset(stem(area) for area in known.areas if stem(area) in plain),
        since=since,
        until=until,
    )


def _documents(question: str, bare: str, known: Known) -> Iterable[str]:
    """Documents named by their title in 《》 or by their number."""
    for match in _TITLE.finditer(question):
        asked = _bare(match[1])
        for title, identity in known.titles.items():
            if asked in title or (len(title) >= len(asked) / 2 and title in asked):
                yield identity
    for number, identity in known.numbers.items():
        if number in bare:
            yield identity


def _period(plain: str) -> tuple[str, str]:
    """First and last day (ISO 8601) of the only month or day that a question names, else empty."""
    found = {match.groups() for match in _DAY.finditer(plain)}
    if len(found) != 1:
        return "", ""
    year, month, day = (int(part) if part else 0 for part in found.pop())
    if not (1 <= month <= 12 and year):
        return "", ""
    last = calendar.monthrange(year, month)[1]
    if day > last:
        return "", ""
    start = f"{year:04}-{month:02}-{day or 1:02}"
    return start, start if day else f"{year:04}-{month:02}-{last:02}"


# Titles stay as they are from one change of the library to the next.
@lru_cache(maxsize=2**16)
def _bare(text: str) -> str:
    return _SPACE.sub("", normalise(text))
