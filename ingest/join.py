"""Cut paragraphs and their continuations, matched one to one over the whole file."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from huiwen.types import ParagraphKind
from ingest.block import Block
from ingest.evidence import Edges, Features, Statistics, features, word_across
from ingest.heading import HEADING_CHARS, numbering_level
from ingest.sentence import is_open

# Continuations are sought this many blocks either way, so that cost stays linear.
WINDOW = 40
_SHORT = 12
# A label opens a line of its own ("列席：…"); no sentence is cut before one.
_LABEL = re.compile(r"^[^，,。；;]{1,10}[：:]")
# Fitted on scrambled pages of part_2 by eval.fit_repair; order of evidence.NAMES.
WEIGHTS: Features = (
    -4.44,  # bias
    1.81,  # word_across
    3.00,  # word_log
    0.94,  # two_chars
    1.34,  # run
    0.77,  # tags
    -0.10,  # tags_seen
    1.05,  # orphan
    0.03,  # odd_first
    -0.54,  # first_tag
    2.74,  # bracket
    3.93,  # adjacent
    3.68,  # over_captions
    0.22,  # distance
    -0.18,  # backwards
    2.35,  # shared
    0.11,  # comma
    -0.87,  # comma_speaker
    -0.47,  # speaker
    -1.47,  # dated
    0.49,  # after_open
    0.52,  # pause
    -0.63,  # clause
    -0.16,  # enclosed
    1.11,  # parallel
    0.19,  # width
)
_THRESHOLD = 0.5


@dataclass(frozen=True, slots=True)
class Candidate:
    """A join that may be: from ``at`` to ``target`` with what speaks for it."""

    at: int
    target: int
    features: Features


def fragment(current: Block) -> bool:
    """Whether a paragraph was cut: body, of some length, stopping inside a sentence."""
    if not is_open(current.text) or numbering_level(current.text):
        return False
    if current.kind is ParagraphKind.BODY:
        return len(current.text) > _SHORT
    return False


def candidates(blocks: Sequence[Block]) -> list[Candidate]:
    """All joins worth weighing."""
    ends = [at for at, current in enumerate(blocks) if fragment(current)]
    if not ends:
        return []
    statistics, edges = Statistics(blocks), Edges(blocks)
    starts = [
        current.kind is ParagraphKind.BODY
        and not numbering_level(current.text)
        and not _LABEL.match(current.text)
        for current in blocks
    ]
    cut = set(ends)
    found = []
    for at in ends:
        following = _following(blocks, at)
        for target in range(max(0, at - WINDOW), min(len(blocks), at + WINDOW + 1)):
            if target == at or not starts[target] or blocks[target].text == blocks[at].text:
                continue
            found.append(
                Candidate(
                    at,
                    target,
                    features(
                        statistics,
                        edges,
                        at,
                        target,
                        over=target == following,
                        after_open=target - 1 in cut and target - 1 != at,
                    ),
                )
            )
    return found


def choose_joins(blocks: Sequence[Block]) -> dict[int, tuple[int, float]]:
    """Map each cut paragraph to its continuation and how sure that is (0 to 1)."""
    found = candidates(blocks)
    if not found:
        return {}
    rows = sorted({c.at for c in found})
    columns = sorted({c.target for c in found})
    row_of, column_of = ({n: i for i, n in enumerate(side)} for side in (rows, columns))
    odds = np.zeros((len(rows), len(columns)))
    values = np.array([c.features for c in found]) @ np.array(WEIGHTS)
    for candidate, value in zip(found, values, strict=True):
        odds[row_of[candidate.at], column_of[candidate.target]] = math.exp(min(value, 30.0))
    chance = _shares(odds)
    picked = zip(*linear_sum_assignment(-chance), strict=True)
    joins: dict[int, tuple[int, float]] = {}
    for row, column in sorted(picked, key=lambda pair: -chance[pair]):
        at, target, sure = rows[row], columns[column], float(chance[row, column])
        if sure >= _THRESHOLD and not _loops(joins, at, target):
            joins[at] = (target, sure)
    return joins


def _shares(odds: np.ndarray) -> np.ndarray:
    """Odds as probabilities when each end and each start has one partner or none."""
    rows = np.ones(odds.shape[0])
    columns = np.ones(odds.shape[1])
    for _ in range(10):
        rows = 1 / (1 + odds @ columns)
        columns = 1 / (1 + rows @ odds)
    return odds * rows[:, None] * columns[None, :]


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


_ = (HEADING_CHARS, word_across)
