"""Catalogues made by earlier versions, brought to the present layout where they stand."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection

from index.tables import DOCUMENT_GROUPS


def _with_groups(db: Connection) -> None:
    """Documents may carry access groups; those that are there are for everybody."""
    DOCUMENT_GROUPS.create(db, checkfirst=True)


# From a version to the next one. A step runs in one transaction with the new number.
STEPS: dict[str, tuple[str, Callable[[Connection], None]]] = {"3": ("4", _with_groups)}


def migrate(db: Connection, version: str) -> str:
    """Apply every step there is from ``version``; returns the version reached."""
    while version in STEPS:
        version, step = STEPS[version]
        step(db)
    return version
