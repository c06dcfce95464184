import json
from pathlib import Path

import pytest

from eval.gold import GoldQuestion, load_gold
from eval.matching import has_quote
from huiwen.errors import InputError, NotFoundError
from huiwen.settings import load_settings

GOOD = {"id": "a", "question": "问", "answers": [["答"]]}


def write(path: Path, *rows: object) -> Path:
    lines = (row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows)
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_reads_rows_past_a_byte_order_mark_and_blank_lines(tmp_path: Path) -> None:
    row = {
        "id": "b",
        "question": "多少？",
        "type": "number",
        "answers": [["8个", "8"], ["银奖"]],
        "evidence": [{"quote": "8个县", "page": 3}],
        "split": "dev",
    }
    path = write(tmp_path / "gold.jsonl", "\ufeff" + json.dumps(GOOD), "", "  ", row)
    assert load_gold(path) == (
        GoldQuestion("a", "问", "fact", (("答",),), ()),
        GoldQuestion("b", "多少？", "number", (("8个", "8"), ("银奖",)), ("8个县",)),
    )


def test_windows_line_ends_are_fine(tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_bytes(json.dumps(GOOD).encode() + b"\r\n\r\n")
    assert [question.id for question in load_gold(path)] == ["a"]


@pytest.mark.parametrize(
    ("row", "answerable"),
    [
        (GoldQuestion("a", "问", "fact", (("答",),)), True),
        (GoldQuestion("a", "问", "fact", ()), False),
        (GoldQuestion("a", "问", "unanswerable", ()), False),
        (GoldQuestion("a", "问", "false-premise", (("没有",),)), False),
    ],
)
def test_what_must_be_refused(row: GoldQuestion, answerable: bool) -> None:
    assert row.answerable is answerable


@pytest.mark.parametrize(
    ("bad", "named"),
    [
        ("{'id': 1}", "JSON"),
        ("[1]", "对象"),
        ({"question": "问", "answers": []}, "id"),
        ({**GOOD, "id": 7}, "id"),
        ({**GOOD, "id": "c", "question": " "}, "question"),
        ({**GOOD, "id": "c", "type": None}, "type"),
        ({"id": "c", "question": "问"}, "answers"),
        ({**GOOD, "id": "c", "answers": "答"}, "answers"),
        ({**GOOD, "id": "c", "answers": ["答"]}, "answers"),
        ({**GOOD, "id": "c", "answers": [[]]}, "answers"),
        ({**GOOD, "id": "c", "answers": [[3]]}, "answers"),
        ({**GOOD, "id": "c", "answers": [["\u200b"]]}, "没有内容"),
        ({**GOOD, "id": "c", "evidence": {"quote": "文"}}, "evidence"),
        ({**GOOD, "id": "c", "evidence": ["文"]}, "evidence"),
        ({**GOOD, "id": "c", "evidence": [{"quote": ""}]}, "quote"),
        (GOOD, "重复"),
    ],
)
def test_a_bad_row_is_named_with_file_and_line(tmp_path: Path, bad: object, named: str) -> None:
    path = write(tmp_path / "gold.jsonl", GOOD, "", bad)
    with pytest.raises(InputError) as caught:
        load_gold(path)
    assert "gold.jsonl" in str(caught.value)
    assert "第 3 行" in str(caught.value)
    assert named in str(caught.value)


def test_files_that_are_no_gold(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="不存在"):
        load_gold(tmp_path / "none.jsonl")
    with pytest.raises(InputError, match="没有题目"):
        load_gold(write(tmp_path / "empty.jsonl", "", ""))
    with pytest.raises(InputError, match="无法读取"):
        load_gold(tmp_path)
    path = tmp_path / "gbk.jsonl"
    path.write_bytes('{"id": "会议"}'.encode("gb18030"))
    with pytest.raises(InputError, match="UTF-8"):
        load_gold(path)


def test_the_shared_gold_loads_and_quotes_its_document() -> None:
    data = load_settings().data
    path = data / "gold" / "seed_dev.jsonl"
    if not path.is_file():
        pytest.skip(f"no {path}")
    gold = load_gold(path)
    document = next((data / "seed").glob("*.txt")).read_text(encoding="utf-8")
    assert any(not question.answerable for question in gold)
    for question in gold:
        assert question.answerable is bool(question.quotes)
        assert all(has_quote(quote, document) for quote in question.quotes)
