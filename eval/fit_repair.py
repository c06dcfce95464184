"""Fit the weights of ``ingest.join`` on scrambled pages: ``python -m eval.fit_repair``.

Uses part_2 of the news set and the captions that are there to develop on, with
another seed than the benchmark. Needs scikit-learn.
"""

from __future__ import annotations

import sys

import numpy as np
from sklearn.linear_model import LogisticRegression

from eval.bench_repair import pages
from eval.scramble import Page
from huiwen.settings import Settings
from ingest.caption import mark_captions
from ingest.evidence import NAMES
from ingest.join import candidates
from ingest.readers.plain import plain_blocks
from ingest.repeat import find_repeats

_PAGES = 1500


def rows(page: Page) -> list[tuple[tuple[float, ...], bool]]:
    """Features of every candidate of a page and whether it is right."""
    marked = mark_captions(plain_blocks(page.text))
    repeats = find_repeats(marked)
    kept = [(b, p) for at, (b, p) in enumerate(zip(marked, page.pieces, strict=True))
            if at not in repeats]  # fmt: skip
    found = candidates([block for block, _ in kept])
    pieces = [piece for _, piece in kept]
    return [
        (
            c.features,
            (pieces[c.at].article, pieces[c.at].end)
            == (pieces[c.target].article, pieces[c.target].start)
            and (pieces[c.at].article, pieces[c.at].end) in page.cuts,
        )
        for c in found
    ]


def main() -> None:
    """Print the weights, one a line."""
    folder = Settings().data / "datasets" / "news"
    table = [
        row for page in pages(folder, "part_2", _PAGES, held=False, seed=1) for row in rows(page)
    ]
    model = LogisticRegression(C=1.0, fit_intercept=False, max_iter=2000)
    model.fit(np.array([row[0] for row in table]), np.array([row[1] for row in table]))
    for name, weight in zip(NAMES, model.coef_[0], strict=True):
        sys.stdout.write(f"    {weight:.2f},  # {name}\n")


if __name__ == "__main__":
    main()
