"""Cut paragraphs and their continuations, matched one to one over the whole file."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load_file

from huiwen.types import ParagraphKind
from ingest import column, evidence
from ingest.block import Block
from ingest.caption import worded_as_caption
from ingest.column import Columns
from ingest.continuation import continuation
from ingest.evidence import Edges, Features, Statistics, features, unit_follows
from ingest.facts import is_masthead
from ingest.form_line import is_form
from ingest.heading import numbering_level
from ingest.sentence import is_open

Floats = npt.NDArray[np.float64]
# Continuations are sought this many blocks either way, so that cost stays linear.
WINDOW = 40
_SHORT = 12
# Letterheads and signatures are set with wide gaps, sentences are not.
_GAP = re.compile(r"\s{2,}")
_CLAUSES = re.compile(r"[。；;].*[，,]|[，,].*[。；;]|[，,].*[，,]")
_PAPER = re.compile(r"\S{0,12}[〔\[［（(]\d{4}[〕\]］）)]\s*第?\d+[号期]")
_IMPRINT = re.compile(r"\S{2,40}\s+\d{4}年\d{1,2}月\d{1,2}日(?:印发)?")
# A title, or a remark on its own in brackets.
_TITLE = re.compile(
    r"[^，,。；;：:、]{4,40}(?:纪要|通知|通报|公告|通告|汇编|摘要|记录)|[（(][^（(）)]+[）)]"
)
_THRESHOLD = 0.44
ROUNDS = 8
# By the network: the pair, its share among those of the end, of the start; the same of the
# closer look; the start alone.
_LEARNT = ("pair", "of_end", "of_start", "close", "close_of_end", "close_of_start", "begun")
NAMES = (*evidence.NAMES, *column.NAMES, *column.ORDER_NAMES, *_LEARNT)
# A number and, next to it, its unit: news has too few to weigh, a reader has no doubt.
_UNIT_ODDS = 8.0
WEIGHTS = Path(__file__).parent / "join.safetensors"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A join that may be: from ``at`` to ``target`` with what speaks for it."""

    at: int
    target: int
    features: Features
    counted: bool = False  # the next block begins with the unit of a number at the end


@dataclass(frozen=True, slots=True)
class Weighing:
    """How evidence is weighed: a linear part, and a hidden layer for what counts together.

    ``no_rest`` is the log odds that the rest of a cut sentence is lost, against
    those of a start that continues nothing.
    """

    mean: Floats
    scale: Floats
    linear: Floats
    hidden: Floats
    hidden_bias: Floats
    output: Floats
    no_rest: float

    def odds(self, table: Floats) -> Floats:
        """Odds of each row of features."""
        rows = (table - self.mean) / self.scale
        curved = np.tanh(rows @ self.hidden.T + self.hidden_bias) @ self.output
        return np.asarray(np.exp(np.minimum(rows @ self.linear + curved, 25.0)))


@cache
def weighing() -> Weighing:
    """The weights that come with the package; ``eval.fit_repair`` fits them."""
    return load_weighing(WEIGHTS)


def load_weighing(path: Path) -> Weighing:
    """Read weights from a file in the safetensors format."""
    tensors = {name: value.astype(np.float64) for name, value in load_file(path).items()}
    no_rest = float(tensors.pop("no_rest")[0])
    return Weighing(**tensors, no_rest=no_rest)


def fragment(current: Block) -> bool:
    """Whether a paragraph was cut: body, of some length, stopping inside a sentence."""
    text = current.text
    if not is_open(text) or len(text) < _SHORT or _GAP.search(text):
        return False
    if _alone(current.text) and current.text[-1] not in "、，,":
        return False
    if numbering_level(current.text):
        # Items of a list go without a full stop; only several clauses show a sentence.
        return current.kind is ParagraphKind.BODY and bool(_CLAUSES.search(current.text))
    # A reader takes a short fragment for a heading; headings have gaps, not commas.
    return current.kind is ParagraphKind.BODY or (
        current.kind is ParagraphKind.HEADING and not re.search(r"\s", current.text)
    )


def _alone(text: str) -> bool:
    """Whether a line is whole without a stop: names, a letterhead or title, a number or date."""
    marks = _PAPER.fullmatch(text) or _IMPRINT.fullmatch(text) or _TITLE.fullmatch(text)
    return is_form(text) or is_masthead(text) or bool(marks)


def candidates(blocks: Sequence[Block]) -> list[Candidate]:
    """All joins worth weighing."""
    ends = [at for at, current in enumerate(blocks) if fragment(current)]
    if not ends:
        return []
    starts = [
        at
        for at, current in enumerate(blocks)
        if (current.kind is ParagraphKind.BODY or _doubtful(current))
        and not numbering_level(current.text)
        and not _alone(current.text)
        and not is_form(current.text)
    ]
    pairs = [
        (at, target)
        for at in ends
        for target in starts
        if target != at and abs(target - at) <= WINDOW and blocks[target].text != blocks[at].text
    ]
    if not pairs:
        return []
    statistics, edges = Statistics(blocks), Edges(blocks)
    following = {at: _following(blocks, at) for at in ends}
    cut = set(ends)
    columns = Columns(blocks, cut)
    learnt = _learnt(blocks, pairs)
    # A pair is as likely as it is among those of its end and among those of its start.
    order = columns.order(pairs, [math.exp(2 * min(found[-3:-1])) for found in learnt])
    return [
        Candidate(
            at,
            target,
            features(
                statistics,
                edges,
                at,
                target,
                over=target == following[at],
                after_open=target - 1 in cut and target - 1 != at,
            )
            + columns.features(at, target)
            + placed
            + scores,
            target == following[at] and unit_follows(blocks[at].text, blocks[target].text),
        )
        for (at, target), placed, scores in zip(pairs, order, learnt, strict=True)
    ]


def _learnt(blocks: Sequence[Block], pairs: Sequence[tuple[int, int]]) -> list[Features]:
    """What the network says of each pair; scaled to a few units like all evidence."""
    ends, end = np.unique([at for at, _ in pairs], return_inverse=True)
    starts, start = np.unique([target for _, target in pairs], return_inverse=True)
    fit = continuation().fit(
        [blocks[at].text for at in ends], [blocks[at].text for at in starts], (end, start)
    )
    scores = fit.pairs[end, start].astype(np.float64)
    closer = scores + fit.close
    columns = (
        scores / 4,
        (scores - _log_sums(scores, end)) / 2,
        (scores - _log_sums(scores, start)) / 2,
        closer / 4,
        (closer - _log_sums(closer, end)) / 2,
        (closer - _log_sums(closer, start)) / 2,
        fit.begun[start] / 4,
    )
    return [tuple(map(float, row)) for row in zip(*columns, strict=True)]


def _log_sums(scores: Floats, group: npt.NDArray[np.intp]) -> Floats:
    """For each score the logarithm of the sum of exponentials over its group."""
    most = scores.max()
    return np.asarray(np.log(np.bincount(group, np.exp(scores - most)))[group] + most)


def _doubtful(current: Block) -> bool:
    """A caption told by its place alone, which may be the rest of a sentence after all."""
    return (
        current.kind is ParagraphKind.CAPTION
        and not is_open(current.text)
        and not worded_as_caption(current.text)
    )


def choose_joins(blocks: Sequence[Block]) -> dict[int, tuple[int, float]]:
    """Map each cut paragraph to its continuation and how sure that is (0 to 1)."""
    found = candidates(blocks)
    if not found:
        return {}
    weights = weighing()
    odds = weights.odds(np.array([c.features for c in found]))
    chance = shares(
        odds * np.where([c.counted for c in found], _UNIT_ODDS, 1.0),
        np.array([c.at for c in found]),
        np.array([c.target for c in found]),
        math.exp(weights.no_rest),
    )
    joins: dict[int, tuple[int, float]] = {}
    taken: set[int] = set()
    # Shares of one end, or of one start, add up to 1: near one half there is hardly a rival.
    for rank in np.argsort(-chance, kind="stable"):
        at, target, sure = found[rank].at, found[rank].target, float(chance[rank])
        if sure < _THRESHOLD:
            break
        if at not in joins and target not in taken and not _loops(joins, at, target):
            joins[at] = (target, sure)
            taken.add(target)
    return joins


def shares(
    odds: Floats, ends: npt.NDArray[np.intp], starts: npt.NDArray[np.intp], no_rest: float
) -> Floats:
    """Odds as probabilities when each end and each start has one partner or none.

    Scaling rows and columns in turn (Sinkhorn 1967); ``no_rest`` is the odds of
    an end, 1 those of a start, to have no partner.
    """
    rows, columns = np.ones(ends.max() + 1), np.ones(starts.max() + 1)
    for _ in range(ROUNDS):
        rows = 1 / (no_rest + np.bincount(ends, odds * columns[starts]))
        columns = 1 / (1 + np.bincount(starts, odds * rows[ends]))
    return np.asarray(odds * rows[ends] * columns[starts])


def _loops(joins: dict[int, tuple[int, float]], at: int, target: int) -> bool:
    while target in joins:
        target = joins[target][0]
    return target == at


def _following(blocks: Sequence[Block], at: int) -> int | None:
    """The next body paragraph, captions in between passed over."""
    for after in range(at + 1, len(blocks)):
        if blocks[after].kind is ParagraphKind.BODY:
            return after
        if blocks[after].kind is not ParagraphKind.CAPTION:
            return None
    return None
