"""A file of gold questions, asked of the office's own library."""

from __future__ import annotations

from pathlib import Path

from eval.gold import load_gold
from eval.suites.suite import Choice, Suite, limited
from eval.task import Task
from huiwen.errors import InputError


def gold_suite(path: Path, choice: Choice) -> Suite:
    """The confirmed questions of a file, with ``choice.unconfirmed`` all of them.

    Raises as ``load_gold`` does, and InputError where nothing is confirmed.
    """
    questions = load_gold(path)
    asked = [question for question in questions if question.confirmed or choice.unconfirmed]
    if not asked:
        raise InputError(
            f"题集 {path} 里的 {len(questions)} 题都还没有确认。请运行 huiwen eval confirm {path} "
            "逐题确认，或加 --unconfirmed 照样评测。"
        )
    tasks = [Task(question) for question in asked[: choice.count]]
    return Suite(path.stem, limited(tasks, choice.limit), gold=path)
