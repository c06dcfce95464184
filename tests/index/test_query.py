"""What a question names is found, promotes, and never excludes."""

from __future__ import annotations

import pytest

from huiwen.types import Filters, Metadata
from index.area import areas
from index.features import Candidate
from index.query import Known, Query, understand
from index.rerank import FeatureReranker
from index.synonyms import Synonym
from tests.index.passages import passage

KNOWN = Known.of(
    [
        ("a", "关于加强海湾监测工作的通知", Metadata(number="海环发〔2024〕5号")),
        ("b", "全市防汛会议纪要", Metadata()),
    ],
    ["李海明", "王松"],
    [Synonym("监测站", "海洋环境监测中心站")],
    ["滨海市海州区水务局局长", "市财政局副局长", ""],
)


def test_traditional_characters_and_words_are_folded() -> None:
    query = understand("會議決定了什麼？")
    assert query.text == "会议决定了什么?"
    assert "会议" in query.words
    assert not query.narrowings


def test_the_other_name_is_searched_too_behind_the_own_words() -> None:
    query = understand("监测站有几个人", KNOWN)
    assert query.names == (("监测站", "海洋环境监测中心站"),)
    assert (
        query.words[: len(understand("监测站有几个人").words)] == understand("监测站有几个人").words
    )
    assert "海洋环境" in query.words or "海洋" in query.words


def test_speakers_and_documents_are_found() -> None:
    query = understand("李海明在《关于加强海湾监测工作的通知》里怎么说", KNOWN)
    assert query.speakers == {"李海明"}
    assert query.documents == {"a"}
    assert query.narrowings == (Filters(document_id="a"), Filters(speaker="李海明"))


@pytest.mark.parametrize("written", ["海环发〔2024〕5号", "海环发[2024]5号", "海环发（2024）5号"])
def test_a_document_is_found_by_its_number(written: str) -> None:
    found = understand(f"{written}文件要求什么", KNOWN).documents
    assert found == ({"a"} if "（" not in written else set())


@pytest.mark.parametrize(
    ("question", "since", "until"),
    [
        ("2024年3月5日的会议", "2024-03-05", "2024-03-05"),
        ("二〇二四年三月五日的会议", "2024-03-05", "2024-03-05"),
        ("2024年2月的会议", "2024-02-01", "2024-02-29"),
        ("2024年2月份的会议", "2024-02-01", "2024-02-29"),
        ("2024-03-05的会议", "2024-03-05", "2024-03-05"),
        ("2024年2月30日的会议", "", ""),
        ("2024年13月的会议", "", ""),
        ("2024年的会议", "", ""),
        ("2024年3月和2024年5月的会议", "", ""),
    ],
)
def test_the_only_month_or_day_named(question: str, since: str, until: str) -> None:
    query = understand(question)
    assert (query.since, query.until) == (since, until)


def test_matches_are_counted() -> None:
    query = Query(
        "", "", (), speakers=frozenset({"王松"}), documents=frozenset({"a"}),
        since="2024-03-01", until="2024-03-31",
    )  # fmt: skip
    assert query.matches(passage("x")) == 0
    assert query.matches(passage("x", document_id="a")) == 1
    assert query.matches(passage("x", document_id="a", speaker="王松", date="2024-03-05")) == 3
    assert query.matches(passage("x", date="2024-04-01")) == 0


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("滨海市海州区水务局局长", ("滨海市", "海州区")),
        ("云澜省文化和旅游厅", ("云澜省",)),
        ("延边朝鲜族自治州林业局", ("延边朝鲜族自治州",)),
        ("市住房城乡建设局", ()),
        ("全省水利工作会议", ()),
        ("开发区管委会", ()),
        ("", ()),
    ],
)
def test_areas_that_a_name_begins_with(text: str, found: tuple[str, ...]) -> None:
    assert areas(text) == found


def test_an_area_the_library_knows_promotes_where_it_is_told_of() -> None:
    query = understand("滨海漏损率是多少？", KNOWN)
    assert query.areas == {"滨海"}
    assert query.matches(passage("滨海市的漏损率为9%。")) == 1
    assert query.matches(passage("漏损率为9%。")) == 0
    assert not understand("青禾漏损率是多少？", KNOWN).areas


def test_of_two_like_passages_that_of_the_named_area_comes_first() -> None:
    query = understand("海州区的管网漏损率是多少？", KNOWN)
    there = passage("全区管网漏损率为9%。", office="滨海市海州区水务局局长", speaker="李海明")
    other = passage("全区管网漏损率为12%。", office="滨海市云浦区水务局局长")
    scores = FeatureReranker().scores(
        query, [Candidate(other, 0.86, 5.0), Candidate(there, 0.85, 5.0)]
    )
    assert scores[1] > scores[0]
    assert query.matches(there) > query.matches(other)
