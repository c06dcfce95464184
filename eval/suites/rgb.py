"""RGB, Chinese: answering from passages of which a given share is noise.

By the definitions of Chen et al., Benchmarking Large Language Models in
Retrieval-Augmented Generation (arXiv 2309.01431), and of the authors'
``evalue.py`` (chen700564/RGB): five passages a question; at a noise ratio r,
``ceil(5 r)`` of them do not hold the answer; at ratio 1 none does, and the right
answer is to refuse (negative rejection). Integration asks for several facts of
several passages; counterfactual passages hold a false answer. An answer is
right where it contains one alias of every part, letter for letter.

What differs: the authors prompt the bare model, here the product answers. A
refusal is the product's status, not the authors' sentence; and the product
puts the given passages in its own order of relevance, where the authors
shuffle them.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from eval.datasets.collection import lone_passage
from eval.datasets.rgb import Row, load_rows
from eval.gold import GoldQuestion
from eval.kinds import kind_of
from eval.suites.suite import Choice, Suite, draw, limited
from eval.task import Task
from huiwen.errors import InputError

PASSAGES = 5
_SEED = 2333  # the authors'
_REJECTION = 1.0


@dataclass(frozen=True, slots=True)
class _Test:
    """One of the abilities: its data, its default ratios, how passages are picked."""

    name: str
    file: str
    ratios: tuple[float, ...]
    pick: Callable[[Row, float, random.Random], list[str]]


def rgb_suite(_: str, data: Path, choice: Choice) -> Suite:
    """All questions at all noise ratios, or those chosen; raises as the loaders do."""
    sample = choice.sample or "all"
    tasks: list[Task] = []
    for test in _TESTS:
        if not (data / "datasets" / test.file).exists() and test.name in _OPTIONAL:
            continue
        ratios = [
            ratio
            for ratio in test.ratios
            if (not choice.noise or ratio in choice.noise)
            and _part(test, ratio).startswith(choice.part)
        ]
        rows = draw([[row] for row in load_rows(data, test.file)], sample, choice.count)
        tasks += [_task(test, row, ratio) for ratio in ratios for row in rows]
    if not tasks:
        told = "、".join(_part(test, ratio) for test in _TESTS for ratio in test.ratios)
        raise InputError(f"RGB 没有这样的部分或噪声比例；部分有 {told}。")
    return Suite(f"rgb-{sample}", limited(tasks, choice.limit))


def _part(test: _Test, ratio: float) -> str:
    return f"{test.name}-{ratio:g}"


def _task(test: _Test, row: Row, ratio: float) -> Task:
    generator = random.Random(_SEED)  # noqa: S311 - reproduces the authors' choice
    texts = test.pick(row, ratio, generator)
    generator.shuffle(texts)
    gold = GoldQuestion(
        id=f"{test.name}-{row.id}@{ratio:g}",
        question=row.question,
        type="unanswerable" if ratio == _REJECTION else kind_of(row.question),
        answers=row.answers,
    )
    passages = tuple(lone_passage(text) for text in dict.fromkeys(texts))
    return Task(gold, part=_part(test, ratio), check="contained", given=passages)


def _noisy(row: Row, ratio: float, _: random.Random) -> list[str]:
    (positive,) = row.positive
    if ratio == _REJECTION:
        return list(row.negative[:PASSAGES])
    noise = min(math.ceil(PASSAGES * ratio), len(row.negative))
    telling = min(PASSAGES - noise, len(positive))
    return [*positive[:telling], *row.negative[: PASSAGES - telling]]


def _integration(row: Row, ratio: float, generator: random.Random) -> list[str]:
    groups = [list(group) for group in row.positive]
    for group in groups:
        generator.shuffle(group)
    telling = max(PASSAGES - math.ceil(PASSAGES * ratio), len(groups))
    # One of every group first, then the second of every group, and so on.
    ordered = [text for level in zip_longest(*groups) for text in level if text is not None]
    positive = ordered[:telling]
    return [*positive, *row.negative[: max(0, PASSAGES - len(positive))]]


def _counterfactual(row: Row, ratio: float, generator: random.Random) -> list[str]:
    noise = math.ceil(PASSAGES * ratio)
    kept = min(PASSAGES - noise, len(row.wrong))
    return [*generator.sample(row.wrong, kept), *row.negative[:noise]]


_TESTS = (
    _Test("noise", "rgb_zh_refine_first150.jsonl", (0.0, 0.2, 0.4, 0.6, 0.8, 1.0), _noisy),
    _Test("integration", "rgb_zh_int_first50.jsonl", (0.0, 0.2, 0.4), _integration),
    _Test("counterfactual", "rgb_zh_fact.jsonl", (0.0,), _counterfactual),
)
# Not among the shared data; run where somebody has put it there.
_OPTIONAL = frozenset({"counterfactual"})
