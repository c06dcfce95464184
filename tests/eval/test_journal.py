from pathlib import Path

import pytest

from eval.gold import GoldQuestion
from eval.journal import Journal, journal_key
from eval.runner import run_tasks
from eval.task import Task
from huiwen.errors import StoreError
from tests.eval.fakes import Scripted, answered, evidence, refused, statement

TASKS = [Task(GoldQuestion(f"q{i}", f"问{i}", answers=(("答",),)), part="甲") for i in range(3)]
FINE = answered(evidence("答"), statement("答", 1))


def test_a_run_cut_off_goes_on_where_it_was(tmp_path: Path) -> None:
    path = tmp_path / "runs" / "a.jsonl"
    broken = Scripted({"问0": FINE, "问1": FINE, "问2": [StoreError("断电")]})
    with pytest.raises(StoreError):
        run_tasks(TASKS, lambda _: broken, journal=Journal(path))
    journal = Journal(path)
    assert len(journal) == 2
    run = run_tasks(TASKS, lambda _: Scripted({"问2": refused()}), journal=journal)
    assert [row.right for row in run.rows] == [True, True, False]
    assert {row.part for row in run.rows} == {"甲"}
    journal.forget(run.rows[:1])
    assert len(Journal(path)) == 2, "a smaller run leaves the rest"
    journal.forget(run.rows)
    assert not path.exists()


def test_a_line_cut_short_is_asked_again(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    journal = Journal(path)
    run_tasks(TASKS, lambda _: Scripted({f"问{i}": FINE for i in range(3)}), journal=journal)
    whole = path.read_bytes()
    for cut in (whole[:-1], whole[:-30], whole + b'{"id'):
        path.write_bytes(cut)
        kept = Journal(path)
        assert len(kept) == cut.count(b"\n")
        run_tasks(TASKS, lambda _: Scripted({"问2": FINE}), journal=kept)
        assert len(Journal(path)) == 3


def test_a_question_asked_otherwise_is_asked_again(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "a.jsonl")
    run_tasks(TASKS[:1], lambda _: Scripted({"问0": FINE}), journal=journal)
    assert journal.find(TASKS[0])
    assert journal.find(Task(GoldQuestion("q0", "另问", answers=(("答",),)))) is None


def test_keys_tell_runs_apart() -> None:
    assert journal_key({"llm": "a"}) == journal_key({"llm": "a"})
    assert journal_key({"llm": "a"}) != journal_key({"llm": "b"})
