"""What a library's own names do for a question, through the whole search."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from huiwen.settings import Settings
from huiwen.types import Filters
from index.library import Library
from tests.fakes import HashEmbedder

NAMING = "甲市会议纪要\n\n会议明确，由海洋环境观测预报中心（以下简称预报台）承担值守。\n"
LONG = "乙市会议纪要\n\n海洋环境观测预报中心新增编制十二名，其中高级职称四名。\n"
PLAN = "关于防汛值守的通知\n\n各单位应当落实值守，值班电话二十四小时畅通。\n"
OTHER = "关于节假日安排的通知\n\n各单位应当落实值守，值班电话二十四小时畅通，值守到位。\n"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    settings = Settings(store=tmp_path_factory.mktemp("names") / "store")
    with Library(settings, HashEmbedder()) as library:
        for name, text in (("a", NAMING), ("b", LONG), ("c", PLAN), ("d", OTHER)):
            library.add(f"{name}.txt", text.encode())
        yield library


def first(library: Library, question: str) -> str:
    return library.search(question, 5)[0].passage.text


def test_an_abbreviation_finds_what_only_has_the_full_name(library: Library) -> None:
    assert "编制" in first(library, "预报台新增编制多少名？")


@pytest.mark.parametrize("title", ["关于防汛值守的通知", "关于节假日安排的通知"])
def test_a_document_asked_for_by_title_comes_first(library: Library, title: str) -> None:
    hit = library.search(f"《{title}》对值班电话有什么要求？", 5)[0]
    assert hit.passage.title == title


def test_what_is_named_excludes_nothing(library: Library) -> None:
    hits = library.search("《关于防汛值守的通知》里海洋环境观测预报中心新增编制多少名？", 5)
    assert any("编制" in hit.passage.text for hit in hits)


def test_names_of_a_new_document_are_known_at_once(library: Library) -> None:
    text = "丙市会议纪要\n\n由丙市湾区建设指挥部（以下简称湾指）牵头。\n"
    library.add("e.txt", text.encode())
    expand = library._names().thesaurus.expand
    assert list(expand("湾指的职责")) == [("湾指", "丙市湾区建设指挥部")]
    library.delete(next(info.id for info in library.documents() if info.name == "e.txt"))
    assert list(library._names().thesaurus.expand("湾指的职责")) == []


def test_filters_still_hold(library: Library) -> None:
    only = next(info.id for info in library.documents() if info.title == "关于节假日安排的通知")
    hits = library.search("《关于防汛值守的通知》的要求", 5, Filters(document_id=only))
    assert {hit.passage.document_id for hit in hits} == {only}
