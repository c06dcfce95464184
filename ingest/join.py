"""Cut paragraphs and their continuations, matched one to one over the whole file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from huiwen.types import ParagraphKind
from ingest.block import Block
from ingest.caption import worded_as_caption
from ingest.evidence import Edges, Features, Statistics, features, rule
from ingest.heading import numbering_level
from ingest.sentence import is_open

# Continuations are sought this many blocks either way, so that cost stays linear.
WINDOW = 40
_SHORT = 12
# A label opens a line of its own ("列席：…"); no sentence is cut before one.
_LABEL = re.compile(r"^[^，,。；;]{1,10}[：:]")
# Fitted on scrambled pages of part_2 by eval.fit_repair; order of evidence.NAMES.
WEIGHTS: Features = (
    -4.32,  # bias
    1.52,  # word_across
    3.10,  # word_log
    1.01,  # two_chars
    1.49,  # run
    0.79,  # tags
    -0.11,  # tags_seen
    0.79,  # orphan
    0.02,  # odd_first
    -0.47,  # first_tag
    2.68,  # bracket
    3.83,  # adjacent
    2.79,  # over_captions
    0.07,  # distance
    -0.30,  # backwards
    2.21,  # shared
    0.02,  # comma
    -0.82,  # comma_speaker
    -0.24,  # speaker
    -1.47,  # dated
    0.76,  # after_open
    0.41,  # pause
    -0.52,  # clause
    0.06,  # enclosed
    1.20,  # parallel
    0.04,  # width
    -1.07,  # bare_last
    -0.60,  # bare_first
    0.03,  # function_last
    0.07,  # heading
    -0.40,  # caption
    0.53,  # short_rest
    -0.73,  # other_open
    1.01,  # after_caption
    0.31,  # figures
    -0.15,  # alike
)
# Odds that the rest of a cut sentence is lost; an orphan start being none has odds 1.
_NO_REST = 0.1
_RULE = 4.0
_THRESHOLD = 0.6


@dataclass(frozen=True, slots=True)
class Candidate:
    """A join that may be: from ``at`` to ``target`` with what speaks for it."""

    at: int
    target: int
    features: Features
    ruled: bool


def fragment(current: Block) -> bool:
    """Whether a paragraph was cut: body, of some length, stopping inside a sentence."""
    if not is_open(current.text) or numbering_level(current.text):
        return False
    if len(current.text) < _SHORT:
        return False
    # A reader takes a short fragment for a heading; headings have gaps, not commas.
    return current.kind is ParagraphKind.BODY or (
        current.kind is ParagraphKind.HEADING and not re.search(r"\s", current.text)
    )


def candidates(blocks: Sequence[Block]) -> list[Candidate]:
    """All joins worth weighing."""
    ends = [at for at, current in enumerate(blocks) if fragment(current)]
    if not ends:
        return []
    statistics, edges = Statistics(blocks), Edges(blocks)
    starts = [
        (current.kind is ParagraphKind.BODY or _doubtful(current))
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
                    rule(
                        blocks[at].text,
                        blocks[target].text,
                        edges.first[target],
                        near=target == following,
                        after_caption=target > 0
                        and blocks[target - 1].kind is ParagraphKind.CAPTION,
                    ),
                )
            )
    return found


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
    values = np.array([c.features for c in found]) @ np.array(WEIGHTS)
    values += _RULE * np.array([c.ruled for c in found])
    chance = _shares(
        np.exp(np.minimum(values, 30.0)),
        np.array([c.at for c in found]),
        np.array([c.target for c in found]),
        len(blocks),
    )
    joins: dict[int, tuple[int, float]] = {}
    taken: set[int] = set()
    # Shares of one end, or of one start, add up to 1: over one half there is no rival.
    for rank in np.argsort(-chance, kind="stable"):
        at, target, sure = found[rank].at, found[rank].target, float(chance[rank])
        if sure < _THRESHOLD:
            break
        if at not in joins and target not in taken and not _loops(joins, at, target):
            joins[at] = (target, sure)
            taken.add(target)
    return joins


def _shares(
    odds: npt.NDArray[np.float64],
    ends: npt.NDArray[np.int64],
    starts: npt.NDArray[np.int64],
    count: int,
) -> npt.NDArray[np.float64]:
    """Odds as probabilities when each end and each start has one partner or none."""
    rows, columns = np.ones(count), np.ones(count)
    for _ in range(10):
        rows = 1 / (_NO_REST + np.bincount(ends, odds * columns[starts], count))
        columns = 1 / (1 + np.bincount(starts, odds * rows[ends], count))
    return np.asarray(odds * rows[ends] * columns[starts], dtype=np.float64)


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
