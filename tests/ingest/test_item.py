"""Items of minutes and what was decided: found in marked minutes, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from eval.bench_items import MEASURES, marked, measure, rates
from huiwen.settings import Settings
from huiwen.types import Document, Filters, Paragraph
from index.library import Library
from ingest.chunk import chunk
from ingest.parse import parse
from tests.conftest import ROOT
from tests.fakes import HashEmbedder

MINUTES = ROOT / "tests" / "data" / "minutes"


def read(*paragraphs: str) -> Document:
    return parse("纪要.txt", "\n\n".join(paragraphs).encode())


def find(document: Document, words: str) -> Paragraph:
    return next(p for p in document.paragraphs if words in p.text)


# A file of unseen2 has no items at all where its title is joined to the text by mistake.
@pytest.mark.parametrize(
    ("folder", "least"), [("fitted", 0.95), ("held_out", 0.95), ("unseen", 0.95), ("unseen2", 0.65)]
)
def test_marked_minutes(folder: str, least: float) -> None:
    counts, differences = measure(sorted((MINUTES / folder).iterdir()))
    assert not [line for line in differences if "lost:" in line]
    assert min(counts[f"{name}/true"] for name in MEASURES) >= 3
    for name in MEASURES:
        precision, recall = rates(counts, name)
        assert precision >= 0.95, name
        assert recall >= least, name


@pytest.mark.parametrize(
    "name", ["fitted/讲话稿.txt", "fitted/通知.txt", "held_out/新闻.txt", "held_out/管理办法.txt"]
)
def test_what_is_no_minutes_has_no_items(name: str) -> None:
    text = marked((MINUTES / name).read_text("utf-8")).text
    document = parse(Path(name).name, text.encode())
    assert not [p.text for p in document.paragraphs if p.item or p.decision]


def test_a_decision_of_a_news_report_is_one_without_an_item() -> None:
    document = read("市政府召开常务会议", "会议决定，自即日起全市禁止燃放烟花爆竹。")
    assert find(document, "禁止").decision
    assert not find(document, "禁止").item


@pytest.mark.parametrize(
    ("sentence", "decides"),
    [
        ("会议议定，由市财政局安排经费三百万元。", True),
        ("经研究，会议一致同意该方案。", True),
        ("会议审议并原则通过了规划，由市文旅局印发。", True),
        ("会议听取了汇报，要求年底前完成整改。", True),
        ("市水利局作了说明。会议决定下月开工。", True),
        ("会议指出，去年工作成效明显。", False),
        ("会议强调，责任重于泰山。", False),
        ("会议决定的事项由办公室督办落实。", False),
        ("按照上次会议议定事项落实情况看，进展良好。", False),
    ],
)
def test_only_what_binds_is_a_decision(sentence: str, decides: bool) -> None:
    document = read("全市水利会议纪要", "一、关于水库加固", sentence, "二、关于排涝", "略。")
    assert find(document, sentence[:8]).decision is decides


MESSY = (
    "某局局长办公会会议纪要",
    "2025年3月5日，局长召开办公会。经研究，议定如下事项：",
    "１．采购除雪车两台，由装备科办理。",
    "２．设立应急仓库，选址另行研究。",
    "仓库由后勤科管理。",
    "参加人员：装备科、后勤科",
)


def test_a_numbered_decision_is_cited_by_its_number() -> None:
    document = read(*MESSY)
    assert find(document, "除雪车").item == "议定事项 1"
    assert find(document, "应急仓库").item == find(document, "后勤科管理").item == "议定事项 2"
    people = find(document, "参加人员")
    assert (people.item, people.decision) == ("", False)
    (passage,) = [p for p in chunk(document, 320) if "除雪车" in p.text]
    assert (passage.item, passage.decision) == ("议定事项 1", True)
    assert passage.context.endswith("议定事项 1")


def test_all_of_a_section_of_decisions_is_decided() -> None:
    document = read(
        "防汛会议纪要",
        "一、总体情况",
        "全县已备编织袋十二万条。",
        "二、会议议定事项",
        "会议议定，汛期实行24小时值班。",
        "乡镇主要负责人要在岗带班，值班电话保持畅通。",
        "会议指出，时间已经不多了。",
        "物资由县应急管理局调拨。",
        "三、会议要求",
        "大家要齐心协力。",
    )
    decided = [p.text[:4] for p in document.paragraphs if p.decision]
    assert decided == ["会议议定", "乡镇主要", "物资由县"]


def test_numbered_statements_of_the_meeting_are_its_items() -> None:
    document = read(
        "某县水利工作会议纪要",
        "2025年3月5日，县长主持召开水利工作会议。现将会议议定事项纪要如下：",
        "一、会议听取了水利局关于水库加固情况的汇报。",
        "二、会议指出，今年汛期来得早，形势不容乐观。",
        "三、会议决定，设立水库加固专项资金九百万元。",
        "资金由县财政局统筹安排，专款专用。",
        "参会人员：水利局、财政局",
    )
    assert [(p.item[:8], p.decision) for p in document.paragraphs[2:]] == [
        ("一、会议听取了水", False),
        ("二、会议指出", False),
        ("三、会议决定", True),
        ("三、会议决定", True),
        ("", False),
    ]


def test_search_is_narrowed_to_an_item_and_to_decisions(settings: Settings) -> None:
    source = marked((MINUTES / "fitted" / "常务会议.txt").read_text("utf-8")).text
    with Library(settings, HashEmbedder()) as library:
        library.add("常务会议.txt", source.encode())
        found = library.search("资金安排", 20, Filters(item="民生实事"))
        assert {hit.passage.item.partition(" › ")[0] for hit in found} == {
            "二、研究2025年民生实事项目安排"
        }
        decided = library.search("资金安排", 20, Filters(item="民生实事", decisions=True))
        assert 0 < len(decided) < len(found)
        assert all(hit.passage.decision for hit in decided)
        (second,) = library.search("资金安排", 20, Filters(item="议定事项 2"))
        assert "1.9亿元" in second.passage.text
        assert not library.search("资金安排", 20, Filters(item="没有的议题"))
        stored = library.document(second.passage.document_id).paragraphs
        assert [p for p in stored if p.item.endswith("议定事项 2") and p.decision]
