"""The bench on a pool of four passages, and the fit on choices with a known answer."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from eval import bench_retrieval
from eval.bench_retrieval import Line, Table, measure, report, stages, verdict
from eval.datasets import Collection, Topic
from eval.datasets.collection import lone_passage
from eval.fit_rerank import Choice, choices, fit
from eval.ranking import MEASURES, Mean
from eval.stages import Pool
from eval.vectors import VectorCache
from index.features import NAMES
from tests.fakes import HashEmbedder

TEXTS = (
    "海湾监测共有12个站位。",
    "全市防汛会议由市长主持。",
    "新建学校8所，新增学位9600个。",
    "垃圾分类覆盖120个小区。",
)
ASKED = (("海湾监测有多少个站位？", 0), ("谁主持防汛会议？", 1), ("新增多少学位？", 2))


@pytest.fixture
def pool(tmp_path: Path) -> Pool:
    passages = tuple(lone_passage(text) for text in TEXTS)
    topics = tuple(Topic(q, q, frozenset((at,))) for q, at in ASKED)
    return Pool(Collection("tiny", passages, topics), VectorCache(tmp_path, HashEmbedder()))


def test_every_stage_is_measured(pool: Pool) -> None:
    lines = list(measure(pool, stages(pool, None, "builtin")))
    labels = [line.stage for line in lines]
    assert len(set(labels)) == len(labels) == 5 + len(NAMES)
    whole = dict(zip(MEASURES, lines[4].means, strict=True))
    assert whole["hit@1"].value == whole["mrr"].value == 1.0


def test_another_reranker_gets_a_line_of_its_own(pool: Pool) -> None:
    class Worst:
        depth = 4

        def scores(self, query: object, candidates: list[object]) -> list[float]:
            return [float(at) for at in range(len(candidates))]

    lines = list(measure(pool, stages(pool, Worst(), "某模型")))  # type: ignore[arg-type]
    assert "某模型" in lines[-1].stage
    assert lines[-1].means[0].value < lines[4].means[0].value


def test_the_report_names_sets_and_ratio() -> None:
    def line(stage: str, value: float) -> Line:
        return Line(stage, (Mean(value, value - 0.1, value + 0.1),) * len(MEASURES), 1.5)

    table = Table(
        "tiny", 1000, 20,
        (line("仅向量", 0.7), line("仅词面（BM25）", 0.8), line("＋重排（builtin）", 0.9)),
    )  # fmt: skip
    assert "0.50 倍" in verdict(table)
    text = report([table], "命令", "模型/384")
    assert "## tiny：1,000 段，20 问" in text
    assert "0.800 [0.700, 0.900]" in text


def test_absent_sets_are_skipped_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HUIWEN_DATA", str(tmp_path))
    monkeypatch.setattr(bench_retrieval, "load_embedder", lambda settings: HashEmbedder())
    target = tmp_path / "report.md"
    bench_retrieval.main(
        ["--set", "drcd", "--cache", str(tmp_path / "cache"), "--report", str(target)]
    )
    assert "drcd" in capsys.readouterr().err
    assert "## drcd" not in target.read_text("utf-8")


def test_the_fit_finds_what_tells(pool: Pool) -> None:
    chance = np.random.default_rng(1)
    rows = []
    for _ in range(200):
        table = chance.normal(size=(6, 3))
        # Only the second number says anything, and a larger one is better.
        rows.append(Choice(table, np.arange(6) == np.argmax(table[:, 1]), 1.0))
    weights = fit(rows)
    assert weights[1] > 5 * max(abs(weights[0]), abs(weights[2]))
    assert all(len(choice.relevant) > 1 for choice in choices(pool, 1.0))


def test_the_table_of_weights_says_how_it_was_made() -> None:
    table = json.loads(Path("index/rerank.json").read_text("utf-8"))
    assert set(table["weights"]) == set(NAMES)
    assert table["command"].startswith("python -m eval.fit_rerank ")
    for held_out in ("drcd", "news"):
        assert held_out not in table["command"]
