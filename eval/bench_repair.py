"""How well scrambled newspaper pages are mended: ``python -m eval.bench_repair [--dev]``.

Joins, captions and repeats against the truth of ``eval.scramble``, with
bootstrap intervals over pages, and what is done to articles that nothing ails.
The threshold was chosen on part_4_3 of the news set; the report is of part_5
and of captions worded otherwise.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from eval.fit_continuation import FILES
from eval.scramble import Page, astray, load_articles, scramble, whole, with_lines
from huiwen.settings import Settings
from huiwen.types import Document, ParagraphKind
from ingest.continuation import folded
from ingest.parse import parse

_PAGES = 400
_RESAMPLES = 1000
# The weighing of evidence is fitted on this part, the threshold was chosen on the next.
FITTED = "part_2_3"
_DEVELOPED = "part_4_3"
# Reprints share runs of so many characters; each so-manyth run of a training text is kept.
_RUN, _EVERY, _COMMON = 20, 4, 0.05
_MEASURES = ("joins", "captions", "repeats")
_LABELS = {"joins": "接续", "captions": "图注", "repeats": "重复"}
_TABLE = Path(__file__).parent.parent / "docs" / "repair.md"


@dataclass(frozen=True, slots=True)
class Tally:
    """Right ones, those claimed, and those there are."""

    right: int
    claimed: int
    true: int


def pages(
    folder: Path,
    part: str,
    count: int,
    *,
    held: bool,
    fresh: bool = False,
    stray: bool = False,
    seed: int = 7,
) -> Iterator[Page]:
    """Scrambled pages of two or three articles each from the files of one part.

    ``fresh`` leaves out reprints of what the network was trained on; ``stray``
    adds whole lines without a full stop and loses halves of sentences.
    """
    found = _articles(folder, part)
    articles = _fresh(folder, found) if fresh else found
    rng = random.Random(seed)  # noqa: S311
    others = random.Random(seed)  # noqa: S311
    for _ in range(count):
        chosen = rng.sample(articles, rng.choice((3, 3, 4)))
        page = scramble(chosen, rng, held=held)
        yield astray(page, chosen[-1], others, held=held) if stray else page


def _articles(folder: Path, part: str) -> list[list[str]]:
    return [a for path in sorted(folder.glob(f"{part}*.txt")) for a in load_articles(path)]


def _fresh(folder: Path, articles: Sequence[list[str]]) -> list[list[str]]:
    """Articles that have hardly a run of characters in common with the training texts."""
    seen: set[str] = set()
    for name in (*FILES, FITTED):
        for line in (folder / f"{name}.txt").read_text("utf-8").splitlines():
            seen.update(_runs(folded(line))[::_EVERY])
    kept = []
    for article in articles:
        runs = _runs(folded("".join(article)))
        if sum(run in seen for run in runs) * _EVERY <= _COMMON * len(runs):
            kept.append(article)
    return kept


def _runs(text: str) -> list[str]:
    return [text[at : at + _RUN] for at in range(len(text) - _RUN + 1)]


def harm(folder: Path, part: str, *, stray: bool = False, held: bool = False) -> tuple[int, int]:
    """Joins made and repeats dropped in whole articles, two a file.

    With ``stray`` there are whole lines without a full stop between the paragraphs.
    """
    rng, others = random.Random(7), random.Random(7)  # noqa: S311
    articles = _articles(folder, part)
    joined = dropped = 0
    for _ in range(_PAGES):
        pieces = whole(rng.sample(articles, 2), rng)
        if stray:
            pieces = with_lines(pieces, others.choice(articles), others, held=held)
        text = "\n\n".join(piece.text for piece in pieces)
        report = parse("文章.txt", text.encode()).report
        joined += report.rejoined
        dropped += report.repeated
    return joined, dropped


def judge(page: Page, document: Document) -> dict[str, Tally]:
    """Compare what repair made of a page with the truth."""
    starts: dict[int, int] = {}
    position = 0
    for number, piece in enumerate(page.pieces):
        starts[position] = number
        position += len(piece.text) + 2
    groups = [
        [starts[span.start] for span in p.spans if span.start in starts]
        for p in document.paragraphs
    ]
    kept = {number for group in groups for number in group}
    captions = {
        number
        for group, p in zip(groups, document.paragraphs, strict=True)
        if p.kind is ParagraphKind.CAPTION
        for number in group
    }
    true_captions = {n for n, piece in enumerate(page.pieces) if piece.role == "caption"}
    return {
        "joins": _joins(page, groups),
        "captions": Tally(len(captions & true_captions), len(captions), len(true_captions)),
        "repeats": _repeats(page, kept),
    }


def _joins(page: Page, groups: Sequence[Sequence[int]]) -> Tally:
    claimed = [pair for group in groups for pair in pairwise(group)]
    found = set()
    for before, after in claimed:
        first, second = page.pieces[before], page.pieces[after]
        cut = (first.article, first.end)
        if cut == (second.article, second.start) and cut in page.cuts:
            found.add((before, after))
    cuts = {(page.pieces[a].article, page.pieces[a].end) for a, _ in found}
    # A boundary found in both copies of a repeat is one; a wrong one counts each time.
    return Tally(len(cuts), len(cuts) + len(claimed) - len(found), len(page.cuts))


def _repeats(page: Page, kept: set[int]) -> Tally:
    originals = {piece.number: n for n, piece in enumerate(page.pieces) if piece.number >= 0}
    dropped = set(range(len(page.pieces))) - kept
    right = true = 0
    for number, piece in enumerate(page.pieces):
        if not piece.copy:
            continue
        true += 1
        original = originals[piece.of]
        alone = len({original, number} & dropped) == 1
        right += alone and (piece.copy != "broken" or number in dropped)
    return Tally(right, len(dropped), true)


def rates(tallies: Sequence[Tally]) -> tuple[float, float]:
    """Precision and recall of all pages together."""
    right = sum(t.right for t in tallies)
    claimed, true = sum(t.claimed for t in tallies), sum(t.true for t in tallies)
    return right / claimed if claimed else 1.0, right / true if true else 1.0


def interval(tallies: Sequence[Tally], which: int) -> tuple[float, float]:
    """95% bootstrap interval over pages of precision (0) or recall (1)."""
    table = np.array([(t.right, (t.claimed, t.true)[which]) for t in tallies])
    picks = np.random.default_rng(0).integers(0, len(table), (_RESAMPLES, len(table)))
    sums = table[picks].sum(axis=1)
    low, high = np.quantile(sums[:, 0] / np.maximum(sums[:, 1], 1), (0.025, 0.975))
    return float(low), float(high)


def measure(
    folder: Path, part: str, *, held: bool, fresh: bool = False, stray: bool = False
) -> tuple[list[str], dict[str, list[Tally]]]:
    """Rows of the table for one part, and the tallies they come from."""
    tallies: dict[str, list[Tally]] = {name: [] for name in _MEASURES}
    characters, seconds = 0, 0.0
    for page in pages(folder, part, _PAGES, held=held, fresh=fresh, stray=stray):
        data = page.text.encode()
        began = time.perf_counter()
        document = parse("版面.txt", data)
        seconds += time.perf_counter() - began
        characters += len(page.text)
        for name, tally in judge(page, document).items():
            tallies[name].append(tally)
    label = part + ("，去掉转载" if fresh else "") + ("，另有杂行" if stray else "")
    rows = [_row(label, name, tallies[name]) for name in _MEASURES]
    if fresh:
        return rows, tallies
    joined, dropped = harm(folder, part, stray=stray, held=held)
    speed = f"| {part} | 速度 | {characters // 800} 页 | {characters / 800 / seconds:.0f} 页/秒 | |"
    rows += [] if stray else [speed]
    rows.append(f"| {label} | 未打乱的 {_PAGES} 个文件 | | 误接 {joined} 处 | 误删 {dropped} 段 |")
    return rows, tallies


def _row(label: str, name: str, tallies: Sequence[Tally]) -> str:
    precision, recall = rates(tallies)
    low, high = interval(tallies, 0)
    low_r, high_r = interval(tallies, 1)
    return (
        f"| {label} | {_LABELS[name]} | {sum(t.true for t in tallies)} "
        f"| {precision:.3f} [{low:.3f}, {high:.3f}] | {recall:.3f} [{low_r:.3f}, {high_r:.3f}] |"
    )


def main(arguments: Sequence[str]) -> None:
    """Measure; without ``--dev`` on unseen articles, writing the table to docs/repair.md."""
    folder = Settings().data / "datasets" / "news"
    if not folder.is_dir():
        sys.exit(f"没有找到新闻数据 {folder}；请用 HUIWEN_DATA 指明公开数据的目录。")
    head = [
        "| 数据 | 项目 | 数目 | 准确率 [95% 区间] | 召回率 [95% 区间] |",
        "|---|---|---|---|---|",
    ]
    parts = [(_DEVELOPED, False)] + ([] if "--dev" in arguments else [("part_5", True)])
    rows = [
        row
        for part, held in parts
        for stray in (False, True)
        for row in measure(folder, part, held=held, stray=stray)[0]
    ]
    if "--dev" not in arguments:
        rows += measure(folder, "part_5", held=True, fresh=True)[0]
    sys.stdout.write("\n".join(head + rows) + "\n")
    if "--dev" not in arguments:
        text = _TABLE.read_text("utf-8") if _TABLE.exists() else ""
        opening, _, rest = text.partition(head[0])
        closing = "".join(rest.partition("\n\n")[1:])
        _TABLE.write_text(opening + "\n".join(head + rows) + (closing or "\n"), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
