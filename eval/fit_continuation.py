"""Train the network of ``ingest.continuation``: ``python -m eval.fit_continuation [FILE]``.

Articles are cut at random places inside sentences; the network learns to tell
the true rest among the rests of all cuts of a batch, several of which come
from the same article, and among beginnings of whole sentences. A second course
learns to look at pairs closely, where only two articles vie, as on a page. Uses
all of the news set but part_2_3 (weights of ``ingest.join``), part_4_3
(thresholds) and part_5 (the report). One thread; the number of steps, not the
clock, ends it, so that a seed gives the same weights on the same machine.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from safetensors.numpy import save_file
from torch import nn
from torch.nn import functional

from eval.scramble import may_cut
from huiwen.settings import Settings
from ingest import continuation as reader
from ingest.continuation import Ids
from ingest.sentence import sentences

Pairs = tuple[torch.Tensor, torch.Tensor]
FILES = ("part_2_1", "part_2_2", "part_3_1", "part_3_2", "part_3_3", "part_4_1", "part_4_2")
_SEED = 0
_VOCABULARY, _EMBEDDED, _HIDDEN, _SHARED, _TOPICS, _COUNTED = 5500, 128, 192, 192, 64, 24
# Layers that see a pair; articles that vie with each other in the second course.
_VIEW, _JUDGED, _ON_PAGE = 192, 32, 2
_STRETCH = 900
_TABLE_BITS = 20
# Rarer runs are left out, so that the table is half empty and its cells are seldom shared.
_LEAST = {1: 1, 2: 3, 3: 4, 4: 5}
# A text is told a reprint by its runs of so many characters, each so-manyth of them kept.
_SHINGLE, _SHINGLE_STEP, _REPRINTED = 16, 4, 0.3
# No cut leaves less on either side.
_EDGE = 12


@dataclass(frozen=True, slots=True)
class Course:
    """Some steps, and what a batch is made of.

    From each of ``articles`` come so many ``cuts`` and ``beginnings`` of
    sentences within ``_STRETCH`` characters. ``closely`` weighs how the pairs of a
    page are told against how all of a batch are.
    """

    steps: int
    rate: float
    articles: int
    cuts: int
    beginnings: int
    warm: float = 0.03
    closely: float = 0.0


_COURSES = (
    Course(3000, 2e-3, 48, 6, 4),
    Course(2500, 1.5e-3, 48, 6, 4, warm=0.05, closely=2 / 0.3),
)


@dataclass(frozen=True, slots=True)
class Batch:
    """Ends and starts of one length, whether each boundary is a cut, and on which page it is."""

    before: Ids
    after: Ids
    cut: npt.NDArray[np.bool_]
    page: Ids


@dataclass(frozen=True, slots=True)
class Article:
    """A text as ids, where its sentences may be cut and where they begin."""

    ids: Ids
    cuts: Ids
    beginnings: Ids


class Side(nn.Module):
    """Sums up one side of the cut; see ``Continuation._sum_up``."""

    def __init__(self) -> None:
        super().__init__()
        self.gru = nn.GRU(_EMBEDDED, _HIDDEN, batch_first=True)
        self.local = nn.Linear(reader.IN_PLACE * _EMBEDDED, _HIDDEN)
        self.topic = nn.Linear(_EMBEDDED, _TOPICS)
        self.mid = nn.Linear(2 * _HIDDEN + _TOPICS, _HIDDEN)
        self.cross = nn.Linear(2 * _HIDDEN + _TOPICS, _VIEW)
        self.out = nn.Linear(_HIDDEN, _SHARED)
        self.alone = nn.Linear(_HIDDEN, 2)

    def forward(
        self, embedded: torch.Tensor, known: torch.Tensor, drop: nn.Dropout
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Vector for the product, what the side says alone (bias, inside a sentence), its view."""
        near = drop(embedded[:, -reader.READ :])
        state = self.gru(near)[0][:, -1]
        place = functional.relu(self.local(near[:, -reader.IN_PLACE :].flatten(1)))
        mean = embedded.sum(1) / known.sum(1, keepdim=True).clamp(min=1)
        topic = functional.relu(self.topic(mean))
        told = drop(torch.cat([state, place, topic], 1))
        summary = functional.relu(self.mid(told))
        return self.out(summary), self.alone(summary), self.cross(told)


class Network(nn.Module):
    """What ``ingest.continuation`` computes, with dropout."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.emb = nn.Embedding(size, _EMBEDDED, padding_idx=0)
        nn.init.normal_(self.emb.weight, std=0.3)
        with torch.no_grad():
            self.emb.weight[0] = 0
        self.f, self.b = Side(), Side()
        self.c1, self.c2 = nn.Linear(len(reader.RUNS), _COUNTED), nn.Linear(_COUNTED, 1)
        self.p1 = nn.Linear(len(reader.RUNS), _VIEW, bias=False)
        self.p2, self.p3 = nn.Linear(_VIEW, _JUDGED), nn.Linear(_JUDGED, 1)
        self.drop = nn.Dropout(0.1)

    def forward(
        self, before: torch.Tensor, after: torch.Tensor, seen: torch.Tensor, closely: Pairs
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Scores of all pairs, log odds that a start is inside a sentence, and what is added
        to the scores of the pairs (ends, starts) that are looked at ``closely``."""
        ahead, _, view = self.f(self.emb(before), before > 0, self.drop)
        behind, alone, view_after = self.b(self.emb(after), after > 0, self.drop)
        runs = self.c2(functional.relu(self.c1(seen)))[..., 0]
        end, start = closely
        joint = functional.relu(view[end] + view_after[start] + self.p1(seen[end, start]))
        close = self.p3(functional.relu(self.p2(self.drop(joint))))[:, 0]
        return ahead @ behind.T / reader.SCALE + runs + alone[:, 0], alone[:, 1], close


def load_texts(folder: Path) -> list[str]:
    """Whole texts, folded; one most of which stood in an earlier one is a reprint and goes."""
    kept: list[str] = []
    seen: set[str] = set()
    reprinted = _REPRINTED / _SHINGLE_STEP
    for name in FILES:
        for line in (folder / f"{name}.txt").read_text("utf-8").splitlines():
            text = reader.folded(line.split("正文：", 1)[-1])
            shingles = [text[at : at + _SHINGLE] for at in range(len(text) - _SHINGLE + 1)]
            if len(text) < 60 or sum(s in seen for s in shingles) > reprinted * len(shingles):
                continue
            kept.append(text)
            seen.update(shingles[::_SHINGLE_STEP])
    return kept


def article(text: str, ids: dict[str, int]) -> Article:
    """Read one text."""
    return Article(
        np.array([ids.get(char, 1) for char in text]),
        np.array([at for at in range(_EDGE, len(text) - _EDGE) if may_cut(text, at)], int),
        np.array([span.start for span in sentences(text) if span.start >= _EDGE], int),
    )


def count_table(articles: Sequence[Article]) -> npt.NDArray[np.float32]:
    """Log of one plus how often runs of one to four known characters occur, by hash."""
    gap = np.zeros(4, np.int64)
    flat = np.concatenate([part for a in articles for part in (a.ids, gap)])
    table = np.zeros(2**_TABLE_BITS, np.int32)
    for length, least in _LEAST.items():
        run = [flat[at : len(flat) - length + 1 + at] for at in range(length)]
        known = np.all([ids >= reader.FIRST_ID for ids in run], axis=0)
        run = [ids[known] for ids in run]
        key = run[0]
        for ids in run[1:]:
            key = key * 8192 + ids
        _, first, often = np.unique(key, return_index=True, return_counts=True)
        kept = often >= least
        at = reader.cells([ids[first[kept]] for ids in run], _TABLE_BITS)
        np.maximum.at(table, at, often[kept].astype(np.int32))
    return np.log1p(table).astype(np.float32)


def _sides(found: Article, at: int, rng: np.random.Generator) -> tuple[Ids, Ids]:
    """Both sides of a cut, as long as blocks of a page happen to be."""
    low, high = at - int(rng.integers(20, reader.TOPIC)), at + int(rng.integers(12, reader.TOPIC))
    sentence = np.searchsorted(found.beginnings, at)
    if rng.random() < 0.3 and sentence and at - found.beginnings[sentence - 1] >= 12:
        low = max(low, int(found.beginnings[sentence - 1]))
    sentence = np.searchsorted(found.beginnings, at + 6)
    if rng.random() < 0.3 and sentence < len(found.beginnings):
        high = min(high, int(found.beginnings[sentence]))
    before, after = np.zeros((2, reader.TOPIC), np.int64)
    left, right = found.ids[max(0, low) : at], found.ids[at:high]
    before[reader.TOPIC - len(left) :] = left
    after[reader.TOPIC - len(right) :] = right[::-1]
    return before, after


def batches(
    articles: Sequence[Article], course: Course, rng: np.random.Generator, least: int = 30
) -> Iterator[Batch]:
    """Boundaries, cuts or ends of sentences, of some articles each.

    Articles with fewer than ``least`` places to cut are left out.
    """
    usable = [a for a in articles if len(a.cuts) >= least]
    share = np.array([min(len(a.ids), 3000) for a in usable], float)
    while True:
        rows = []
        chosen = rng.choice(len(usable), course.articles, p=share / share.sum())
        for rank, found in enumerate(usable[number] for number in chosen):
            low = int(rng.integers(0, max(1, len(found.ids) - _STRETCH)))
            for places, count, inside in (
                (found.cuts, course.cuts, True),
                (found.beginnings, course.beginnings, False),
            ):
                near = places[(places >= low) & (places < low + _STRETCH)]
                rows += [
                    (*_sides(found, at, rng), inside, rank // _ON_PAGE)
                    for at in rng.permutation(near)[:count]
                ]
        before, after, cut, page = zip(*rows, strict=True)
        yield Batch(np.stack(before), np.stack(after), np.array(cut), np.array(page))


def _seen(before: Ids, after: Ids, logs: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Logarithms of counts of all pairs, less what each true pair itself added to them."""
    seen = np.stack(reader.counts(before, after, logs), -1).astype(np.float32)
    own = np.arange(len(before))[:, None]
    crossing = [at for at, (left, right) in enumerate(reader.RUNS) if left and right]
    others = np.maximum(np.expm1(seen[own, own, crossing]) - 1, 0)
    seen[own, own, crossing] = np.log1p(others)
    return seen


def train(articles: Sequence[Article], size: int, logs: npt.NDArray[np.float32]) -> Network:
    """Train a new network."""
    torch.set_num_threads(1)
    torch.manual_seed(_SEED)
    network = Network(size)
    for number, course in enumerate(_COURSES):
        rng = np.random.default_rng(_SEED + 100 * number)
        run(network, course, batches(articles, course, rng), logs)
    return network


def run(
    network: Network, course: Course, source: Iterator[Batch], logs: npt.NDArray[np.float32]
) -> None:
    """Train through a course, the rate rising and falling once."""
    optimiser = torch.optim.AdamW(network.parameters(), lr=course.rate, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser,
        course.rate,
        total_steps=course.steps,
        pct_start=course.warm,
        cycle_momentum=False,
    )
    began, losses = time.monotonic(), []
    for step in range(1, course.steps + 1):
        found = loss(network, next(source), logs, course.closely)
        optimiser.zero_grad()
        found.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        losses.append(found.item())
        if step % 50 == 0:
            passed = time.monotonic() - began
            sys.stdout.write(
                f"{step} of {course.steps}, {passed:.0f} s, {np.mean(losses[-50:]):.3f}\n"
            )
            sys.stdout.flush()


def loss(
    network: Network, batch: Batch, logs: npt.NDArray[np.float32], closely: float
) -> torch.Tensor:
    """Cross-entropy of finding the rest of each end, the end of each rest, and what is a rest;
    of the first two again among the pairs of a page, ``closely`` times as heavy."""
    cut, page = torch.from_numpy(batch.cut), torch.from_numpy(batch.page)
    seen = torch.from_numpy(_seen(batch.before, batch.after, logs))
    end, start = torch.nonzero((page[:, None] == page) & cut[:, None], as_tuple=True)
    if not closely:
        end = start = end[:0]
    before, after = torch.from_numpy(batch.before), torch.from_numpy(batch.after)
    scores, begun, close = network(before, after, seen, (end, start))
    aim = torch.arange(len(cut))
    square = scores[cut][:, cut]
    found = (
        functional.cross_entropy(scores[cut], aim[cut])
        + 0.5 * functional.cross_entropy(square.T, torch.arange(len(square)))
        + functional.binary_cross_entropy_with_logits(begun, cut.float())
    )
    if closely:
        joint, rest = scores[end, start] + close, cut[start]
        found = found + closely * (
            _among(joint, end, end == start)
            + 0.5 * _among(joint[rest], start[rest], (end == start)[rest])
        )
    return found


def _among(scores: torch.Tensor, group: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """Cross-entropy of the right pair of each group."""
    most = scores.detach().max()
    sums = torch.zeros(int(group.max()) + 1).index_add(0, group, torch.exp(scores - most))
    return (torch.log(sums[group[right]]) + most - scores[right]).mean()


def tensors(network: Network, logs: npt.NDArray[np.float32]) -> dict[str, npt.NDArray[np.generic]]:
    """Weights for the package: matrices as bytes with a scale a row, counts as logarithms."""
    whole: dict[str, npt.NDArray[np.generic]] = {}
    for name, value in network.state_dict().items():
        array = value.numpy()
        if array.ndim == 2 and array.size > 4096:
            scale = np.maximum(np.abs(array).max(1), 1e-8) / 127
            whole[name] = np.round(array / scale[:, None]).astype(np.int8)
            whole[f"{name}.scale"] = scale.astype(np.float32)
        else:
            whole[name] = array.astype(np.float32)
    whole["counts"] = np.round(logs * reader.COUNT_STEP).astype(np.uint8)
    return whole


def main(target: Path) -> None:
    """Train and write the weights."""
    folder = Settings().data / "datasets" / "news"
    texts = load_texts(folder)
    often = Counter(char for text in texts for char in text)
    characters = "".join(char for char, n in often.most_common(_VOCABULARY) if n >= 3)
    ids = {char: at + reader.FIRST_ID for at, char in enumerate(characters)}
    articles = [article(text, ids) for text in texts]
    logs = count_table(articles)
    network = train(articles, len(ids) + reader.FIRST_ID, logs)
    save_file(tensors(network, logs), target, {"characters": characters})


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else reader.WEIGHTS)
