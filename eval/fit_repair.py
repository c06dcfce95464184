"""Fit how ``ingest.join`` weighs evidence: ``python -m eval.fit_repair``.

Uses pages of part_2_3 of the news set, which the network of
``ingest.continuation`` has not seen, with the captions that are there to
develop on, whole lines without a full stop, and halves of sentences without
the other. The weights are fitted through the one-to-one shares that they lead
to, so that a share is the chance that a join is right.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file
from torch.nn import functional

from eval.bench_repair import FITTED, pages
from eval.scramble import Page
from huiwen.settings import Settings
from ingest.caption import mark_captions
from ingest.join import NAMES, ROUNDS, WEIGHTS, Candidate, candidates
from ingest.readers.plain import plain_blocks
from ingest.repair import other_copies
from ingest.repeat import find_repeats

_PAGES = 4000
_STEPS = 400
_HIDDEN = 32
_DECAY = 0.3
_RATE = 0.01
# A feature that hardly ever varies is not blown up to the size of the others.
_LEAST_SPREAD = 0.05


@dataclass(frozen=True, slots=True)
class Table:
    """All candidates of many pages, ends and starts numbered throughout."""

    features: torch.Tensor
    ends: torch.Tensor
    starts: torch.Tensor
    right: torch.Tensor


def judged(page: Page) -> list[tuple[Candidate, bool]]:
    """Every candidate of a page and whether it is right."""
    marked = mark_captions(plain_blocks(page.text))
    repeats = other_copies(marked, set(find_repeats(marked)))
    kept = [at for at in range(len(marked)) if at not in repeats]
    pieces = [page.pieces[at] for at in kept]
    result = []
    for found in candidates([marked[at] for at in kept]):
        end, start = pieces[found.at], pieces[found.target]
        cut = (end.article, end.end)
        result.append((found, cut == (start.article, start.start) and cut in page.cuts))
    return result


def tabulate(sources: Iterable[Page]) -> Table:
    """Candidates of pages as tensors."""
    rows, ends, starts, right = [], [], [], []
    first = 0
    for page in sources:
        for found, correct in judged(page):
            rows.append(found.features)
            ends.append(first + found.at)
            starts.append(first + found.target)
            right.append(correct)
        first += len(page.pieces)
    return Table(torch.tensor(rows), torch.tensor(ends), torch.tensor(starts), torch.tensor(right))


class Model(torch.nn.Module):
    """As ``ingest.join.Weighing``, to be fitted."""

    def __init__(self, table: Table) -> None:
        super().__init__()
        self.mean = table.features.mean(0)
        self.scale = table.features.std(0).clamp(min=_LEAST_SPREAD)
        size = table.features.shape[1]
        self.linear = torch.nn.Linear(size, 1, bias=False)
        self.hidden = torch.nn.Linear(size, _HIDDEN)
        self.output = torch.nn.Linear(_HIDDEN, 1, bias=False)
        torch.nn.init.zeros_(self.output.weight)
        self.no_rest = torch.nn.Parameter(torch.tensor([-2.0]))

    def forward(self, table: Table) -> torch.Tensor:
        """Shares of all candidates, as ``ingest.join.shares`` of them."""
        rows = (table.features - self.mean) / self.scale
        values = self.linear(rows) + self.output(torch.tanh(self.hidden(rows)))
        odds = torch.exp(values[:, 0].clamp(max=25))
        size = int(max(table.ends.max(), table.starts.max())) + 1
        by_end, by_start = torch.ones(size), torch.ones(size)
        for _ in range(ROUNDS):
            sums = torch.zeros(size).index_add(0, table.ends, odds * by_start[table.starts])
            by_end = 1 / (self.no_rest.exp() + sums)
            sums = torch.zeros(size).index_add(0, table.starts, odds * by_end[table.ends])
            by_start = 1 / (1 + sums)
        return torch.as_tensor(odds * by_end[table.ends] * by_start[table.starts])


def fit(table: Table) -> Model:
    """Fit by cross-entropy of the shares."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    model = Model(table)
    optimiser = torch.optim.AdamW(model.parameters(), lr=_RATE, weight_decay=_DECAY)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, _STEPS)
    right = table.right.float()
    for _ in range(_STEPS):
        shares = model(table).clamp(1e-6, 1 - 1e-6)
        loss = functional.binary_cross_entropy(shares, right, reduction="sum") / right.sum()
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
    sys.stdout.write(f"{len(right)} candidates, {int(right.sum())} right, loss {loss.item():.3f}\n")
    return model


def save(model: Model, target: Path) -> None:
    """Write what ``ingest.join.weighing`` reads."""
    tensors = {
        "mean": model.mean,
        "scale": model.scale,
        "linear": model.linear.weight[0],
        "hidden": model.hidden.weight,
        "hidden_bias": model.hidden.bias,
        "output": model.output.weight[0],
        "no_rest": model.no_rest,
    }
    save_file({name: t.detach().numpy().astype(np.float32) for name, t in tensors.items()}, target)


def main() -> None:
    """Fit, write the weights, and print the linear ones, largest first."""
    folder = Settings().data / "datasets" / "news"
    model = fit(tabulate(pages(folder, FITTED, _PAGES, held=False, stray=True, seed=1)))
    save(model, WEIGHTS)
    linear = model.linear.weight[0].tolist()
    for weight, name in sorted(zip(linear, NAMES, strict=True), key=lambda pair: -abs(pair[0])):
        sys.stdout.write(f"{weight:6.2f}  {name}\n")


if __name__ == "__main__":
    main()
