"""Words of the base: an inverted index of tantivy, written once and then only read."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import tantivy
from numpy.typing import NDArray

from index.delta import Scored

_MEMORY = 64_000_000


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("number", stored=False, indexed=True, fast=True)
    builder.add_text_field("words", tokenizer_name="whitespace", index_option="freq")
    return builder.build()


def write_lexical(passages: Iterable[tuple[int, Sequence[str]]], folder: Path) -> None:
    """Index ``(number, words)`` into a new folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    writer = tantivy.Index(_schema(), str(folder)).writer(_MEMORY, 1)
    for number, words in passages:
        document = tantivy.Document()
        document.add_unsigned("number", number)
        document.add_text("words", " ".join(words))
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()


class Lexical:
    """BM25 over a written folder (k1 1.2, b 0.75, as tantivy has them). Safe for threads."""

    def __init__(self, folder: Path) -> None:
        index = tantivy.Index.open(str(folder))
        self._schema = index.schema
        self._searcher = index.searcher()

    def __len__(self) -> int:
        return int(self._searcher.num_docs)

    def with_word(self, word: str) -> int:
        """How many passages have this word."""
        return int(self._searcher.doc_freq("words", word))

    def search(
        self,
        words: Sequence[str],
        k: int,
        among: NDArray[np.int64] | None,
        dead: frozenset[int],
    ) -> Scored:
        """The ``k`` best as ``(number, score)``, best first, ties by number.

        Of ``among`` if given; those in ``dead`` are left out.
        """
        if not words:
            return []
        query = self._query(words, among)
        # Those that tie with the last place may belong there, the dead never do.
        wanted = k + 16
        while True:
            hits = self._searcher.search(query, wanted, count=False).hits
            numbers = self._searcher.fast_field_values("number", [at for _, at in hits])
            found = [
                (int(number or 0), float(score))
                for number, (score, _) in zip(numbers, hits, strict=True)
                if number not in dead
            ]
            if len(found) >= k or len(hits) < wanted:
                return sorted(found, key=lambda hit: (-hit[1], hit[0]))[:k]
            wanted *= 4

    def _query(self, words: Sequence[str], among: NDArray[np.int64] | None) -> tantivy.Query:
        query = tantivy.Query
        should = tantivy.Occur.Should
        terms = [
            (should, query.term_query(self._schema, "words", word, index_option="freq"))
            for word in dict.fromkeys(words)
        ]
        matching = query.boolean_query(terms)
        if among is None:
            return matching
        chosen = query.term_set_query(self._schema, "number", [int(n) for n in among])
        must = tantivy.Occur.Must
        return query.boolean_query([(must, matching), (must, query.const_score_query(chosen, 0.0))])
