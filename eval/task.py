"""What is asked in a run, and by which rule an answer to it is right."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from eval.gold import GoldQuestion
from eval.matching import has_all, strip_marks
from huiwen.types import Passage
from ingest.normalise import fold

Groups = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Task:
    """A gold question as a suite asks it.

    ``part`` names the part of the suite it counts in, ``check`` the rule of
    CHECKS its answer is judged by. ``references`` are the answers EM and F1
    are measured against, empty where they do not apply. ``given`` are the
    passages to answer from; ``None`` where they are to be retrieved.
    """

    gold: GoldQuestion
    part: str = ""
    check: str = "alias"
    references: tuple[str, ...] = ()
    given: tuple[Passage, ...] | None = None


def _folded(groups: Groups, text: str) -> bool:
    return has_all([[fold(alias) for alias in group] for group in groups], fold(text))


def _contained(groups: Groups, text: str) -> bool:
    said = re.sub(r"\s", "", strip_marks(text)).lower()
    return all(any(alias.lower() in said for alias in group) for group in groups)


# "alias" guards numbers (8 is not in 48); "folded" does so and reads traditional
# characters as simplified; "contained" is RGB's: plain substrings, case aside.
CHECKS: dict[str, Callable[[Groups, str], bool]] = {
    "alias": has_all,
    "folded": _folded,
    "contained": _contained,
}
