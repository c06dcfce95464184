import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from eval.datasets import CMRC
from eval.suites import SUITES, Choice
from eval.suites import command as command_module
from eval.suites.command import answerers, evaluate_suite
from eval.suites.rgb import PASSAGES
from eval.suites.suite import draw
from eval.task import CHECKS
from huiwen.errors import InputError
from huiwen.settings import Settings
from huiwen.types import AnswerReady, AnswerStatus
from tests.fakes import HashEmbedder, ScriptedGenerator


@pytest.fixture(autouse=True)
def caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command_module, "DEFAULT_CACHE", tmp_path / "vectors")
    monkeypatch.setattr(command_module, "FOLDER", tmp_path / "stores")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data" / "datasets"
    folder.mkdir(parents=True)
    contexts = [
        f"第{n}号水库建于19{n}年。它的坝高是{n}米，由王{n}设计。库区种有{n}种树。"
        for n in range(50, 70)
    ]
    paragraphs = [
        {
            "context": text,
            "qas": [
                {
                    "id": f"{n}-{at}",
                    "question": f"第{n}号水库{asked}？",
                    "answers": [{"text": answer, "answer_start": text.index(answer)}],
                }
                for at, (asked, answer) in enumerate(
                    [("建于哪一年", f"19{n}年"), ("坝高是多少", f"{n}米")]
                )
            ],
        }
        for n, text in enumerate(contexts, start=50)
    ]
    content = json.dumps({"data": [{"paragraphs": paragraphs}]}, ensure_ascii=False)
    (tmp_path / "data" / CMRC).write_text(content, "utf-8")
    noise = {
        "id": 3,
        "query": "甲县通车里程",
        "answer": [["120公里", "一百二十公里"]],
        "positive": [f"甲县通车里程为120公里，报道{n}。" for n in range(4)],
        "negative": [f"乙县种植果树{n}万亩。" for n in range(12)],
    }
    both = {
        "id": 3,
        "query": "甲县和乙县通车里程",
        "answer": ["120公里", "80公里"],
        "positive": [["甲县120公里。", "甲县有120公里。"], ["乙县80公里。"]],
        "negative": [f"丙县果树{n}万亩。" for n in range(12)],
    }
    for name, row in (("refine_first150", noise), ("int_first50", both)):
        (folder / f"rgb_zh_{name}.jsonl").write_text(json.dumps(row, ensure_ascii=False), "utf-8")
    return tmp_path / "data"


@pytest.fixture
def settings(data: Path, tmp_path: Path) -> Settings:
    return Settings(store=tmp_path / "store", data=data, llm_backend="none")


def test_samples_share_no_text_and_grow(data: Path) -> None:
    tasks = {
        sample: SUITES["cmrc"]("cmrc", data, Choice(sample)).tasks
        for sample in ("dev", "test", "all")
    }
    texts = {name: {task.gold.quotes for task in found} for name, found in tasks.items()}
    assert not texts["dev"] & texts["test"]
    assert texts["dev"] | texts["test"] == texts["all"]
    fewer = SUITES["cmrc"]("cmrc", data, Choice("dev", count=5)).tasks
    assert fewer == tasks["dev"][:5]


def test_draw_is_seeded() -> None:
    groups = [[n] for n in range(30)]
    assert draw(groups, "dev", 10) == draw(groups, "dev", 10)
    assert draw(groups, "all", None) != list(range(30))


def test_the_evidence_is_the_sentence_of_the_answer(data: Path) -> None:
    suite = SUITES["cmrc"]("cmrc", data, Choice("all"))
    assert len(suite.texts) == 20
    heights = [task for task in suite.tasks if "坝高" in task.gold.question]
    assert all(task.gold.quotes[0].startswith("它的坝高") for task in heights)
    assert {task.gold.type for task in suite.tasks} == {"when", "number"}


def test_rgb_gives_the_share_of_noise(data: Path) -> None:
    suite = SUITES["rgb"]("rgb", data, Choice())
    told = {task.part: sum("120公里" in p.text for p in task.given or ()) for task in suite.tasks}
    assert told == {
        "noise-0": 4,  # there are no more than four
        "noise-0.2": 4,
        "noise-0.4": 3,
        "noise-0.6": 2,
        "noise-0.8": 1,
        "noise-1": 0,
        "integration-0": 2,
        "integration-0.2": 2,
        "integration-0.4": 2,
    }
    assert all(len(task.given or ()) == PASSAGES for task in suite.tasks)
    assert [t.part for t in suite.tasks if not t.gold.answerable] == ["noise-1"]
    chosen = SUITES["rgb"]("rgb", data, Choice(noise=(0.4, 1.0)))
    assert {task.part for task in chosen.tasks} == {"noise-0.4", "noise-1", "integration-0.4"}
    with pytest.raises(InputError, match=r"0\.8"):
        SUITES["rgb"]("rgb", data, Choice(noise=(0.5,)))


def test_counterfactual_passages_hold_the_false_answer(data: Path) -> None:
    row = {
        "id": 1,
        "query": "甲县通车里程",
        "answer": "120公里",
        "positive": ["甲县120公里。"],
        "positive_wrong": ["甲县999公里。", "甲县通车999公里。"],
        "negative": ["乙县。"],
    }
    path = data / "datasets" / "rgb_zh_fact.jsonl"
    path.write_text(json.dumps(row, ensure_ascii=False), "utf-8")
    (task,) = [
        task
        for task in SUITES["rgb"]("rgb", data, Choice()).tasks
        if task.part.startswith("counterfactual")
    ]
    assert {p.text for p in task.given or ()} == {"甲县999公里。", "甲县通车999公里。"}
    assert task.gold.answers == (("120公里",),)


def test_checks() -> None:
    assert CHECKS["contained"]([["120 公里", "wto"]], "加入 WTO[1]") is True
    assert CHECKS["contained"]([["8"]], "48")
    assert not CHECKS["contained"]([["甲"], ["乙"]], "甲")
    assert CHECKS["folded"]([["歐洲"]], "在欧洲[1]")
    assert not CHECKS["folded"]([["8"]], "48")


def test_given_passages_are_answered_from_by_the_product(data: Path, settings: Settings) -> None:
    suite = SUITES["rgb"]("rgb", data, Choice(noise=(0.4,)))
    task = next(task for task in suite.tasks if task.part == "noise-0.4")
    generator = ScriptedGenerator("甲县通车里程为120公里[1]。")
    with answerers(suite, HashEmbedder(), generator, settings) as answerer_of:
        *_, last = answerer_of(task).ask(task.gold.question)
    assert isinstance(last, AnswerReady)
    assert last.answer.status is AnswerStatus.ANSWERED
    assert {e.passage.text for e in last.answer.evidence} == {p.text for p in task.given or ()}
    assert "120公里" in last.answer.evidence[0].passage.text


def test_a_suite_is_run_stored_and_held_to_limits(settings: Settings, tmp_path: Path) -> None:
    def run(*minimum: str) -> Iterator[object]:
        embedder = HashEmbedder()
        found = evaluate_suite(
            "cmrc",
            Choice(limit=6),
            embedder,
            None,
            settings,
            runs=tmp_path / "runs",
            minimum=minimum,
        )
        yield found.failures
        yield embedder.embedded
        yield [row.references for row in found.run.rows]
        yield found.json.name

    failures, embedded, references, name = run("f1=0.99")
    assert len(failures) == 1  # type: ignore[arg-type]
    assert embedded
    assert len(references) == 6  # type: ignore[arg-type]
    assert "cmrc-dev-6" in str(name)
    failures, embedded, _, _ = run("recall@5=0.5")
    assert not failures
    assert not embedded, "the library was there already"
    assert not list((tmp_path / "runs" / "unfinished").iterdir())
