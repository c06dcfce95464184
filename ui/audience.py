"""Who is to see a document, as the library tab offers and reads it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from huiwen.groups import checked_groups
from huiwen.types import DocumentInfo, Groups
from server.caller import Caller

EVERYBODY = "所有人"


def offered(documents: Iterable[DocumentInfo], caller: Caller) -> list[str]:
    """Whom the caller may give a document to: everybody, and the groups he is in.

    An administrator is offered the groups of all ``documents`` as well.
    """
    names = set(caller.groups)
    if caller.sees is None:
        names.update(name for info in documents for name in info.groups)
    return [EVERYBODY, *sorted(names)]


def picked(names: Sequence[str] | None) -> Groups:
    """The groups chosen, none for everybody, None where nothing was chosen.

    Raises InputError for an unusable name.
    """
    if not names:
        return None
    return frozenset() if EVERYBODY in names else checked_groups(names)


def shown(groups: Sequence[str]) -> str:
    """The groups of a document in words."""
    return "、".join(groups) or EVERYBODY
