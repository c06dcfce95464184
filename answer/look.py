"""What is found for a question before anything is made of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import zip_longest

from answer.docnumber import asks_number
from answer.evidence import select_evidence
from answer.listing import asks_decisions
from answer.office import asked_title, names_holder
from huiwen.errors import NotFoundError
from huiwen.types import Document, Evidence, Filters, Hit
from index.library import Library

# A name beside a title is one of many mentions of the office.
_HOLDERS = 40
# More than so many decisions are read better in the document itself.
_DECISIONS = 20


@dataclass(frozen=True, slots=True)
class Look:
    """A question and the evidence found for it."""

    question: str
    evidence: tuple[Evidence, ...]

    def numbered(self, together: Sequence[Evidence]) -> Look:
        """The same evidence under the numbers it has among all that is shown."""
        numbers = {item.passage.id: item.number for item in together}
        return Look(
            self.question,
            tuple(
                replace(item, number=numbers[item.passage.id])
                for item in self.evidence
                if item.passage.id in numbers
            ),
        )


def together(looks: Sequence[Look]) -> tuple[Evidence, ...]:
    """The evidence of all looks, each passage once, numbered from 1, the best of each first."""
    found: dict[str, Evidence] = {}
    for items in zip_longest(*(look.evidence for look in looks)):
        for item in items:
            if item is not None:
                found.setdefault(item.passage.id, item)
    return tuple(replace(item, number=at) for at, item in enumerate(found.values(), start=1))


class Finder:
    """Finds what a question may be answered from, ``evidence`` passages of it."""

    def __init__(self, library: Library, evidence: int) -> None:
        self._library = library
        self._evidence = evidence

    def look(self, question: str, filters: Filters) -> Look:
        """What is found for one question."""
        hits = self._library.search(question, self._evidence, filters)
        if hits and asks_decisions(question, hits[0].passage):
            hits = self._decisions(question, hits, filters)
        if asks_number(question):
            hits = [*hits, *self._with_number(hits, filters)]
        if title := asked_title(question):
            hits = self._with_holder(question, title, hits, filters)
        return Look(question, select_evidence(question, hits))

    def _decisions(self, question: str, hits: Sequence[Hit], filters: Filters) -> list[Hit]:
        """All decisions of the best passage's document, as they stand there, then the others."""
        identity = hits[0].passage.document_id
        within = replace(filters, document_id=identity, decisions=True)
        found = self._library.search(question, _DECISIONS, within)
        try:
            paragraphs = [p.id for p in self._library.document(identity).paragraphs]
        except NotFoundError:  # deleted since the search
            return list(hits)
        found.sort(key=lambda hit: paragraphs.index(hit.passage.pieces[0].paragraph_id))
        return _ahead_of(hits, found)

    def _with_holder(
        self, question: str, title: str, hits: Sequence[Hit], filters: Filters
    ) -> list[Hit]:
        """The hits, those first that name a holder of the office: others only speak of it."""
        wide = self._library.search(question, _HOLDERS, filters)
        naming = [hit for hit in wide if names_holder(title, hit.passage.placed)]
        return _ahead_of(hits, naming[: self._evidence // 2])[: self._evidence]

    def _with_number(self, hits: Sequence[Hit], filters: Filters) -> Iterator[Hit]:
        """The passages that show the numbers of the documents found, where no hit does."""
        for document in self.documents(hit.passage.document_id for hit in hits):
            number = document.metadata.number
            if number and not any(number in hit.passage.text for hit in hits):
                within = replace(filters, document_id=document.id)
                found = self._library.search(number, 1, within)
                yield from (hit for hit in found if number in hit.passage.text)

    def documents(self, identities: Iterable[str]) -> Iterator[Document]:
        """The documents, each once."""
        for identity in dict.fromkeys(identities):
            # It may have been deleted since the search.
            with suppress(NotFoundError):
                yield self._library.document(identity)


def _ahead_of(hits: Sequence[Hit], first: Sequence[Hit]) -> list[Hit]:
    """``first``, then those of ``hits`` that are not among them."""
    known = {hit.passage.id for hit in first}
    return [*first, *(hit for hit in hits if hit.passage.id not in known)]
