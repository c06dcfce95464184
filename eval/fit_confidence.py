"""Fit the judgement of ``answer.confidence``: ``python -m eval.fit_confidence``.

The built-in model answers questions of the dev halves of CMRC and DRCD, and
every second one again with the question's own text taken away; and the
questions of ``samples/offices``, a third of which ask beside what the papers
tell. What it answers then, and what it answers wrongly, counts as not right.
Some 25 minutes on two cores; what was answered is kept, so that a run goes on
where one was cut off.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from functools import partial
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from rich.progress import track
from sklearn.linear_model import LogisticRegression

import answer
from answer.check import check_draft
from answer.confidence import NEARNESS, READ, doubt, nearness
from answer.evidence import select_evidence
from answer.generator import Generator, Piece, load_generator
from answer.language import in_simplified
from answer.named import speaking_of
from answer.prompt import FIRST_LOOK, PROMPT_VERSION, build_prompt
from answer.reader import text_of
from answer.snippet import Alike, select_snippets
from answer.verdict import verdict
from eval.datasets import SETS
from eval.exactness import f1
from eval.gold import GoldQuestion, load_gold
from eval.journal import journal_key
from eval.matching import has_all
from eval.stages import Pool
from eval.suites import SUITES, Choice
from eval.suites.store import library_settings
from eval.vectors import DEFAULT_CACHE, VectorCache
from huiwen.errors import ModelError
from huiwen.settings import Settings, load_settings
from huiwen.types import Hit
from index.embedder import load_embedder
from index.library import Library
from index.rerank import FeatureReranker

_SUITES = ("cmrc", "drcd")
_OFFICES = Path(__file__).parent.parent / "samples" / "offices"
# Counted as right from this much in common with a reference answer.
_RIGHT = 0.5
Row = dict[str, float | bool]


class _Kept:
    """Rows by name in a file of JSON lines, added to as they come; a torn one is asked anew."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._rows: dict[str, Row] = {}
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
        whole = [line for line in lines if line.endswith(b"\n")]
        self._rows.update(json.loads(line) for line in whole)
        path.write_bytes(b"".join(whole))

    def row(self, name: str, make: Callable[[], Row]) -> Row:
        """The row kept under ``name``, made and kept where there is none."""
        if name not in self._rows:
            self._rows[name] = make()
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps([name, self._rows[name]]) + "\n")
        return self._rows[name]


def look(
    question: str,
    hits: list[Hit],
    right: Callable[[str], bool],
    model: Generator,
    tokens: int,
    alike: Alike | None = None,
) -> Row:
    """The features of one answer, whether it stood the check and whether it is right."""
    question = in_simplified(question)
    evidence = speaking_of(question, select_evidence(question, hits))
    snippets = select_snippets(question, evidence, FIRST_LOOK, alike)
    pieces = list(model.stream(build_prompt(question, snippets), max_tokens=tokens))
    statements = check_draft(question, "".join(pieces), evidence)
    said = text_of(statements)
    likely = [one for piece in pieces if isinstance(piece, Piece) for one in piece.logprobs]
    if not likely:
        raise ModelError("这个模型不给出每个字的把握，无法拟合；请用 llama.cpp 运行的模型。")
    row: Row = dict(zip(NEARNESS, nearness(question, evidence, snippets), strict=True))
    said_of_it = verdict(model, question, statements, evidence) if statements else 0.0
    row.update({"verdict": said_of_it, "least": doubt(likely)})
    return {**row, "stands": bool(statements), "right": bool(said) and right(said)}


def answers(name: str, count: int, settings: Settings, model: Generator, kept: _Kept) -> list[Row]:
    """The rows of ``count`` questions of a suite, with and without their own text."""
    pool = Pool(
        SETS[f"{name}-cut"](settings.data), VectorCache(DEFAULT_CACHE, load_embedder(settings))
    )
    passages = pool.collection.passages
    places = {topic.id: at for at, topic in enumerate(pool.collection.topics)}
    rows = []
    tasks = SUITES[name](name, settings.data, Choice("dev", count)).tasks
    for number, task in enumerate(track(tasks, description=name)):
        at = places[task.gold.id.removeprefix(f"{name}-")]
        topic = pool.collection.topics[at]
        order = pool.reranked(pool.found(at), FeatureReranker())
        own = {passages[place].document_id for place in topic.relevant}
        others = [place for place in order if passages[place].document_id not in own]
        wanted = [(task.gold.id, order, task.references)]
        if number % 2 == 0:
            wanted.append((f"{task.gold.id}/away", others, ()))
        for identity, found, references in wanted:
            hits = [Hit(passages[place], 0.0) for place in found[: settings.evidence]]
            right = partial(_has_much_of, references)
            tokens = settings.llm_max_tokens
            make = partial(look, topic.question, hits, right, model, tokens)
            rows.append(kept.row(identity, make))
    return rows


def _has_much_of(references: tuple[str, ...], said: str) -> bool:
    said = in_simplified(said)
    return bool(references) and f1(map(in_simplified, references), said) >= _RIGHT


def asked_of_offices(settings: Settings, model: Generator, kept: _Kept) -> list[Row]:
    """The rows of the questions of all sample offices, asked of their papers."""
    rows = []
    embedder = load_embedder(settings)
    for office in sorted(path for path in _OFFICES.iterdir() if path.is_dir()):
        with (
            TemporaryDirectory() as place,
            Library(library_settings(settings, Path(place)), embedder) as library,
        ):
            for path in sorted((office / "documents").iterdir()):
                library.add(path.name, path.read_bytes())
            for gold in track(load_gold(office / "gold.jsonl"), description=office.name):
                hits = library.search(gold.question, settings.evidence)
                right = partial(_answers, gold)
                tokens, alike = settings.llm_max_tokens, library.likeness
                make = partial(look, gold.question, hits, right, model, tokens, alike)
                rows.append(kept.row(f"{office.name}-{gold.id}", make))
    return rows


def _answers(gold: GoldQuestion, said: str) -> bool:
    return gold.answerable and has_all(gold.answers, said)


def fit(kinds: list[list[Row]], names: tuple[str, ...]) -> dict[str, float]:
    """Weights by name and bias of the probability that a row is right; all kinds weigh alike."""
    rows = [row for kind in kinds for row in kind]
    weigh = [len(rows) / len(kinds) / len(kind) for kind in kinds for _ in kind]
    values = np.array([[row[name] for name in names] for row in rows])
    model = LogisticRegression().fit(values, [row["right"] for row in rows], sample_weight=weigh)
    weights = {name: round(float(w), 3) for name, w in zip(names, model.coef_[0], strict=True)}
    return {**weights, "bias": round(float(model.intercept_[0]), 3)}


def report(rows: list[Row], names: tuple[str, ...], fitted: dict[str, float]) -> Iterator[str]:
    """How many are at least so likely, and how many of those are right."""
    weights = np.array([fitted[name] for name in names])
    values = np.array([[row[name] for name in names] for row in rows])
    likely = 1 / (1 + np.exp(-(values @ weights + fitted["bias"])))
    right = np.array([row["right"] for row in rows])
    for least in (0.0, 0.1, 0.25, 0.4, 0.6, 0.8):
        taken = likely >= least
        yield f"  >= {least:.2f}: {taken.sum()} of {len(rows)}, right {right[taken].mean():.3f}"


def main() -> None:
    parser = argparse.ArgumentParser(description="拟合回答的把握")
    parser.add_argument("--count", type=int, default=30, help="每个公开题集问多少题")
    count = parser.parse_args().count
    settings = load_settings()
    model = load_generator(settings)
    if model is None:
        raise ModelError("没有启用语言模型，无法拟合。请去掉 llm_backend=none。")
    papers = b"".join(path.read_bytes() for path in sorted(_OFFICES.rglob("*.*")))
    told = {"model": model.name, "prompt": PROMPT_VERSION, "papers": sha256(papers).hexdigest()}
    key = journal_key(told)
    kept = _Kept(DEFAULT_CACHE / f"confidence-{key}.jsonl")
    public = [row for name in _SUITES for row in answers(name, count, settings, model, kept)]
    kinds = [public, asked_of_offices(settings, model, kept)]
    stand = [[row for row in kind if row["stands"]] for kind in kinds]
    # How near passages are tells nothing of near misses: only public questions are.
    fitted = {"read": fit(stand, READ), "unread": fit([public], NEARNESS)}
    place = Path(answer.__file__).parent / "confidence.json"
    place.write_text(json.dumps(fitted, indent=2) + "\n", encoding="utf-8")
    lines = [
        "read, public:", *report(stand[0], READ, fitted["read"]),
        "read, offices:", *report(stand[1], READ, fitted["read"]),
        "unread:", *report(public, NEARNESS, fitted["unread"]),
        f"{place}: {fitted}",
    ]  # fmt: skip
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
