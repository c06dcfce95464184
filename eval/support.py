"""Whether a cited passage supports a statement, by a rule that needs no model."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from eval.matching import has_quote, normalise, numbers, strip_marks
from ingest.normalise import fold

SHARED_BIGRAMS = 0.6

# Characters that bind words: rewording adds and drops them freely.
_FUNCTION = frozenset("的了是在和与及等为对于以而并也就都被把从到之其这那有中")


def supports(statement: str, passage: str, quotes: Iterable[str]) -> bool:
    """Whether ``passage`` counts as support for ``statement``.

    True where the passage holds one of the question's gold ``quotes``, or
    where every number of the statement and at least ``SHARED_BIGRAMS`` of its
    pairs of adjacent content characters stand in the passage.

    This is a proxy for entailment and errs both ways. A wrong sentence that
    cites the right passage passes (answer accuracy and the count of
    unsupported numbers catch those), a negation made of the passage's own
    words passes too, and a free paraphrase of a passage without a gold quote
    fails. ALCE's citation precision and recall ask a natural language
    inference model instead; figures made with this rule must not be compared
    with published ALCE figures.
    """
    if any(has_quote(quote, passage) for quote in quotes):
        return True
    # Documents in traditional characters are answered from in simplified ones too.
    said, passage = fold(strip_marks(statement)), fold(passage)
    wanted = _bigrams(said)
    if not wanted or not numbers(said) <= numbers(passage):
        return False
    return len(wanted & _bigrams(passage)) >= SHARED_BIGRAMS * len(wanted)


def _bigrams(text: str) -> frozenset[str]:
    content = [c for c in normalise(text) if c.isalnum() and c not in _FUNCTION]
    return frozenset(a + b for a, b in pairwise(content))
