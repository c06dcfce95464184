import dataclasses
import json
from pathlib import Path

import pytest

from eval.gold import GoldQuestion
from eval.run import Run, latest_run, load_run, save_run
from eval.runner import run_suite
from huiwen.errors import InputError, NotFoundError
from huiwen.settings import Settings
from tests.eval.fakes import Scripted, answered, evidence, refused, row, run, statement


def full() -> Run:
    gold = [
        GoldQuestion("q1", "几个？", "number", (("8个", "8"),), ("8个县",)),
        GoldQuestion("u1", "哪里？", "unanswerable"),
    ]
    said = statement("8个[县]", 1, unsupported=["9"])
    script = {"几个？": answered(evidence("有8个县。"), said), "哪里？": refused()}
    return run_suite(gold, Scripted(script), settings=Settings())


def test_a_stored_run_comes_back_equal(tmp_path: Path) -> None:
    before = full()
    path = save_run(before, tmp_path / "runs")
    assert load_run(path) == before
    assert json.loads(path.read_text(encoding="utf-8"))["schema"] == 1
    assert [child.name for child in path.parent.iterdir()] == [path.name]


def test_names_tell_the_time_and_never_overwrite(tmp_path: Path) -> None:
    one = run(row())
    assert save_run(one, tmp_path).name == "20261124-150000-gold.json"
    assert save_run(one, tmp_path).name == "20261124-150000-gold-2.json"


def test_the_latest_run_started_last(tmp_path: Path) -> None:
    assert latest_run(tmp_path / "none") is None
    assert latest_run(tmp_path) is None
    late = save_run(run(row(), started_at="2026-12-01T00:00:00+08:00"), tmp_path)
    save_run(run(row()), tmp_path)
    assert latest_run(tmp_path) == late


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b"\xff\xfe", b'{"schema": 1}', b"[" * 100000]
)
def test_what_is_no_run_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "run.json"
    path.write_bytes(content)
    with pytest.raises(InputError, match="不是评测结果"):
        load_run(path)


def test_another_schema_is_refused_by_number(tmp_path: Path) -> None:
    path = save_run(dataclasses.replace(run(row()), schema=2), tmp_path)
    with pytest.raises(InputError, match="格式版本是 2"):
        load_run(path)


def test_paths_that_cannot_be_used(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="不存在"):
        load_run(tmp_path / "none.json")
    with pytest.raises(InputError, match="无法读取"):
        load_run(tmp_path)
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(InputError, match="无法写入"):
        save_run(run(row()), file)
