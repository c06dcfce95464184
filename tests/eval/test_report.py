import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from eval.charts import latency_strips, recall_line, seconds
from eval.gold import GoldQuestion
from eval.metrics import scores
from eval.report import outcome, render_report, write_report
from eval.run import Run
from eval.runner import run_suite
from huiwen.errors import InputError
from huiwen.types import AnswerEvent, AnswerStatus
from tests.eval.fakes import Scripted, answered, evidence, refused, row, run, statement

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&"


class Page(HTMLParser):
    """What a browser would make of the report, and whether its tags are balanced."""

    VOID = frozenset({"meta"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.feed(html)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def suite(*events: list[AnswerEvent], question: str = "问") -> Run:
    gold = [
        GoldQuestion(f"q{index}", f"{question}{index}", "number", (("36微克",),), ("浓度为36微克",))
        for index in range(len(events))
    ]
    script = dict(zip((one.question for one in gold), events, strict=True))
    return run_suite(gold, Scripted(script))


SHOWN = evidence("无关。", "平均浓度为36微克。")
RIGHT = answered(SHOWN, statement("36微克", 2))
WRONG = answered(SHOWN, statement("35微克", 1))


def test_hostile_text_stays_text() -> None:
    shown = evidence(HOSTILE)
    hostile = suite(
        answered(shown, statement(HOSTILE, 1)), refused(shown, HOSTILE), question=HOSTILE
    )
    page = Page(render_report(hostile, hostile))
    assert page.text.count(HOSTILE) >= 8
    assert not {"script", "img"} & set(page.tags)
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert page.open == []


def test_nothing_loads_from_outside() -> None:
    html = render_report(suite(RIGHT, WRONG), suite(WRONG, RIGHT))
    page = Page(html)
    assert not {"link", "script", "img", "iframe", "object", "a"} & set(page.tags)
    assert not {"src", "href", "xlink:href"} & {name for name, _ in page.attributes}
    assert not re.search(r"https?:|url\(|@import", html)
    assert "default-src 'none'" in html


def test_failures_come_with_expectation_answer_and_evidence() -> None:
    text = Page(render_report(suite(RIGHT, WRONG, refused(SHOWN)))).text
    failed = text[text.index("没有做对的题（2）") : text.index("全部题目")]
    assert "问0" not in failed
    for expected in ("问1", "35微克[1]", "36微克", "平均浓度为36微克。", "第 2 个片段", "误拒"):
        assert expected in failed
    assert "与上次比较" not in text


def test_the_summary_shows_the_figures() -> None:
    text = Page(render_report(suite(RIGHT, WRONG, RIGHT, refused()))).text
    assert "50.0%" in text  # accuracy
    assert "2 / 4 题" in text
    assert "1 / 4 题" in text  # over-refusals


def test_comparison_lists_what_changed() -> None:
    text = Page(render_report(suite(RIGHT, WRONG, RIGHT), suite(WRONG, RIGHT, RIGHT))).text
    section = text[text.index("与上次比较") : text.index("没有做对的题")]
    assert "上次错、本次对（1）" in section
    assert "上次对、本次错（1）" in section
    assert section.index("问0") < section.index("上次对、本次错") < section.index("问1")


def test_a_run_of_errors_and_a_run_of_refusals_render() -> None:
    error = run(row(status=None, text=""))
    page = Page(render_report(error, run(row("other"))))
    assert "1 题出错" in page.text
    assert Page(render_report(run(row(answerable=False, status=AnswerStatus.REFUSED)))).open == []


@pytest.mark.parametrize(
    ("status", "answerable", "correct", "expected"),
    [
        (AnswerStatus.ANSWERED, True, True, "right"),
        (AnswerStatus.ANSWERED, True, False, "wrong"),
        (AnswerStatus.REFUSED, True, False, "over"),
        (AnswerStatus.REFUSED, False, False, "refused"),
        (AnswerStatus.EXTRACTIVE, False, False, "invented"),
        (None, False, False, "error"),
    ],
)
def test_outcomes(
    status: AnswerStatus | None, answerable: bool, correct: bool, expected: str
) -> None:
    assert outcome(row(status=status, answerable=answerable, correct=correct)) == expected


def test_plots_stand_inside_their_frames() -> None:
    curve = recall_line(scores([row(ranks=(1,)), row(ranks=(None,)), row(ranks=(4,))]))
    assert [point.value for point in curve.points] == pytest.approx([1 / 3, 1 / 3, 2 / 3, 2 / 3])
    assert all(0 <= point.high <= point.y <= point.low <= 240 for point in curve.points)
    strips = latency_strips([row(total_s=0.02), row(total_s=3.0), row(total_s=0.0)])
    assert strips is not None
    assert all(0 < x < 420 for strip in strips.strips for x, _ in strip.dots)
    assert latency_strips([row()]) is None
    assert recall_line(scores([row()])).points == ()


@pytest.mark.parametrize(
    ("value", "expected"),
    [(None, "—"), (0.00002, "20 µs"), (0.0123, "12.3 ms"), (2.5, "2.5 s"), (1200.0, "1200 s")],
)
def test_times_read_well(value: float | None, expected: str) -> None:
    assert seconds(value) == expected


def test_the_report_is_written(tmp_path: Path) -> None:
    path = write_report(suite(RIGHT), tmp_path / "new" / "report.html")
    assert path.read_text(encoding="utf-8").startswith("<!doctype html>")
    with pytest.raises(InputError, match="无法写入"):
        write_report(suite(RIGHT), tmp_path)


def test_failures_stand_under_their_cause() -> None:
    long = answered(SHOWN, statement("查了许多资料以后可以看到，去年全年的平均浓度为36微克", 2))
    told = suite(RIGHT, WRONG, refused(SHOWN), long)
    rows = (*told.rows[:3], replace(told.rows[3], references=("36微克",)))
    text = Page(render_report(replace(told, rows=rows))).text
    failed = text[text.index("没有做对的题（2）") : text.index("全部题目")]
    assert failed.index("检索到了却拒答（1）") < failed.index("检索到了但不在首位（1）")
    assert "含答案但多出许多话（1，列出前" in failed


def test_parts_of_a_suite_have_a_table() -> None:
    told = suite(RIGHT, WRONG)
    assert "按部分" not in render_report(told)
    rows = (replace(told.rows[0], part="noise-0.4"), replace(told.rows[1], part="noise-1"))
    text = Page(render_report(replace(told, rows=rows))).text
    assert "噪声 0.4" in text[text.index("按部分") : text.index("按题型")]
