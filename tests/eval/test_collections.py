"""Each set as a pool of passages: who is relevant, what is asked, what absent files say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.datasets import SETS, load_news, load_rgb
from eval.datasets.news import document_of
from eval.datasets.reading import Reading, ReadingQuestion, as_collection, cut_collection
from huiwen.errors import InputError, NotFoundError


def lines(path: Path, *rows: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf-8")


def test_reading_has_one_relevant_passage() -> None:
    reading = Reading(("甲文。", "乙文。"), (ReadingQuestion("q", "问？", ("乙",), 1),), ("题", ""))
    plain, titled = (as_collection("x", reading, titled=on) for on in (False, True))
    assert plain.topics[0].relevant == {1}
    assert [p.context for p in plain.passages] == ["", ""]
    assert [p.context for p in titled.passages] == ["题", ""]


def test_cut_contexts_are_relevant_where_the_answer_is() -> None:
    long = "".join(f"这是第{at}句，说的是一些事情和另一些事情。" for at in range(40))
    held = long.replace("第30句", "第三十句答案")
    questions = (
        ReadingQuestion("a", "？", ("第三十句答案",), 0),
        ReadingQuestion("b", "？", ("横跨两段的答案",), 0),
    )
    cut = cut_collection("x", Reading((held,), questions, ("",)))
    assert len(cut.passages) > 2
    (only,) = cut.topics[0].relevant
    assert "第三十句答案" in cut.passages[only].text
    assert cut.topics[1].relevant == set(range(len(cut.passages)))


def rgb(query: str, positive: object, negative: list[str]) -> dict[str, object]:
    return {"id": 0, "query": query, "answer": ["甲"], "positive": positive, "negative": negative}


def test_rgb_is_one_pool(tmp_path: Path) -> None:
    folder = tmp_path / "datasets"
    lines(folder / "rgb_zh_refine_first150.jsonl", rgb("甲？", ["一\u2028", "二"], ["三"]))
    lines(folder / "rgb_zh_int_first50.jsonl", rgb("乙？", [["三"], ["四", "一"]], [" "]))
    pool = load_rgb(tmp_path)
    texts = [passage.text for passage in pool.passages]
    assert texts == ["一", "二", "三", "四"]
    assert [{texts[at] for at in topic.relevant} for topic in pool.topics] == [
        {"一", "二"},
        {"三", "四", "一"},
    ]


ARTICLE = "2023-08-01 10:00，正文：甲市昨日通报，{}今年管网改造共完成一百二十公里，总投资三亿元。"


def news(data: Path, *articles: str) -> None:
    lines(
        data / "datasets" / "news_qa_dev.jsonl",
        {"id": "n", "question": "多少？", "answers": [["120公里", "百二"]],
         "article_starts": "2023-08-01 10:00，正文：甲市昨"},
    )  # fmt: skip
    folder = data / "datasets" / "news"
    folder.mkdir()
    (folder / "part_1.txt").write_text("\n".join(articles), "utf-8")


def test_news_answers_stand_in_the_article_and_its_copies(tmp_path: Path) -> None:
    first = ARTICLE.format("")
    copy = "08-02，正文：" + first.split("正文：")[1].replace("昨日", "近日")
    other = "2023-08-01 11:00，正文：乙市管网改造一百二十公里。"
    news(tmp_path, first, other, copy, first)
    pool = load_news(tmp_path)
    assert len(pool.passages) == 3
    assert pool.topics[0].relevant == {0, 2}
    assert pool.passages[0].date == "2023-08-01"
    assert "正文" not in pool.passages[2].text


def test_a_head_is_not_searched() -> None:
    document = document_of("2023-08-01 10:00，正文：甲市通报。")
    assert (document.text, document.metadata.date) == ("甲市通报。", "2023-08-01")
    assert document_of("没有报头的文章。").text == "没有报头的文章。"


def test_a_question_without_its_article(tmp_path: Path) -> None:
    news(tmp_path, "2023-08-01 10:00，正文：丙市通报。")
    with pytest.raises(InputError):
        load_news(tmp_path)


@pytest.mark.parametrize("name", sorted(SETS))
def test_absent_data_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(NotFoundError, match="HUIWEN_DATA"):
        SETS[name](tmp_path)


@pytest.mark.parametrize(
    ("name", "passages", "topics"),
    [("cmrc", 256, 1002), ("drcd", 1000, 3524), ("rgb", 5657, 200), ("news", 63439, 48)],
)
def test_the_shared_data(shared: Path, name: str, passages: int, topics: int) -> None:
    pool = SETS[name](shared)
    assert (len(pool.passages), len(pool.topics)) == (passages, topics)
    assert all(topic.relevant for topic in pool.topics)
    assert len({passage.id for passage in pool.passages}) > 0.99 * passages
