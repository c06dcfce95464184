import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

import eval.suites.answerers as answerers_module
from answer.engine import Answerer
from eval import cli as eval_cli
from eval.datasets import CMRC
from eval.run import load_run
from eval.suites import SUITES, Choice
from eval.suites.answerers import answerers
from eval.suites.rgb import PASSAGES
from eval.suites.suite import draw
from eval.task import CHECKS
from huiwen import cli
from huiwen.errors import InputError, StoreError
from huiwen.settings import Settings
from huiwen.types import AnswerEvent, AnswerReady, AnswerStatus
from index.library import Library
from tests.fakes import HashEmbedder, ScriptedGenerator


@pytest.fixture(autouse=True)
def caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answerers_module, "DEFAULT_CACHE", tmp_path / "vectors")
    monkeypatch.setattr(answerers_module, "FOLDER", tmp_path / "stores")


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
    only = SUITES["rgb"]("rgb", data, Choice(part="noise-0.4"))
    assert {task.part for task in only.tasks} == {"noise-0.4"}
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


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(cli.app, ["eval", *arguments])


@pytest.fixture
def embedder(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> HashEmbedder:
    made = HashEmbedder()
    monkeypatch.setattr(eval_cli, "load_settings", lambda: settings)
    monkeypatch.setattr("index.embedder.load_embedder", lambda _: made)
    return made


def in_order(runs: Path) -> list[Path]:
    return sorted(runs.glob("*.json"), key=lambda path: path.stat().st_mtime_ns)


def test_a_suite_is_run_stored_and_held_to_limits(embedder: HashEmbedder, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    options = ("--suite", "cmrc", "--limit", "6", "--runs", str(runs))
    missed = invoke(*options, "--min", "f1=0.99")
    assert missed.exit_code == 1, missed.output
    assert "未达到" in missed.output
    assert embedder.embedded
    embedder.embedded = 0
    kept = invoke(*options, "--min", "recall@5=0.5", "--max", "errors=0", "--compare", "last")
    assert kept.exit_code == 0, kept.output
    assert "6 道相同的题" in kept.output
    assert not embedder.embedded, "the library was there already"
    assert not list((runs / "unfinished").iterdir())
    before, after = in_order(runs)
    html = tmp_path / "both.html"
    told = invoke("compare", str(before), str(after), "--html", str(html))
    assert "由错变对" in told.output
    assert "与上次比较" in html.read_text("utf-8")
    listed = invoke("failures", str(after), "--cause", "extra_words").output
    assert "含答案但多出许多话" in listed
    assert "依据[1]（含标准依据）：" in listed
    assert "extra_words" in str(invoke("failures", str(after), "--cause", "x").exception)
    assert before.name in invoke("runs", "--runs", str(runs)).output


def test_a_suite_cut_off_goes_on(
    embedder: HashEmbedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    real = Answerer.ask

    def ask(self: Answerer, question: str, *rest: Any) -> Iterator[AnswerEvent]:
        if len(asked) == 4:
            raise StoreError("断电")
        asked.append(question)
        return real(self, question, *rest)

    options = ("--suite", "rgb", "--noise", "0.4", "--runs", str(tmp_path / "runs"))
    monkeypatch.setattr(Answerer, "ask", ask)
    assert isinstance(invoke("--suite", "cmrc", *options[4:]).exception, StoreError)
    asked.clear()
    monkeypatch.setattr(Answerer, "ask", real)
    (journal,) = (tmp_path / "runs" / "unfinished").iterdir()
    assert len(journal.read_text("utf-8").splitlines()) == 3  # and the warm-up
    assert invoke("--suite", "cmrc", *options[4:]).exit_code == 0
    assert invoke(*options).exit_code == 0


GOLD = [
    {"id": "a", "question": "第50号水库坝高是多少？", "answers": [["50米"]]},
    {"id": "b", "question": "第51号水库坝高是多少？", "answers": [["51米"]], "confirmed": False},
]


def test_gold_is_asked_of_the_offices_library(
    embedder: HashEmbedder, settings: Settings, tmp_path: Path
) -> None:
    with Library(settings, embedder) as library:
        library.add("水库.txt", "第50号水库坝高是50米。\n\n第51号水库坝高是51米。".encode())
    gold = tmp_path / "gold.jsonl"
    gold.write_text("\n".join(json.dumps(row) for row in GOLD), "utf-8")
    runs = ("--runs", str(tmp_path / "runs"))
    assert invoke(str(gold), *runs, "--min", "accuracy=1").exit_code == 0
    assert invoke(str(gold), *runs, "--unconfirmed").exit_code == 0
    first, second = map(load_run, in_order(tmp_path / "runs"))
    assert [row.id for row in first.rows] == ["a"]
    assert [row.id for row in second.rows] == ["a", "b"]
    gold.write_text(json.dumps(GOLD[1]), "utf-8")
    refused = invoke(str(gold), *runs)
    assert isinstance(refused.exception, InputError)
    assert "eval confirm" in str(refused.exception)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ([], "两者取一"),
        (["gold.jsonl", "--suite", "rgb"], "两者取一"),
        (["--suite", "squad"], "drcd"),
        (["--suite", "rgb", "--sample", "train"], "dev"),
    ],
)
def test_what_cannot_be_run_is_told(embedder: HashEmbedder, options: list[str], told: str) -> None:
    assert told in str(invoke("run", *options).exception)
