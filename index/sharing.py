"""Who may see a document: the groups it carries against those of who asks."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Select, delete, insert, select

from huiwen.errors import ForbiddenError
from huiwen.types import Groups
from index.tables import DOCUMENT_GROUPS, DOCUMENTS

_G = DOCUMENT_GROUPS.c


def visible_to(groups: Groups, document_id: ColumnElement[str]) -> list[ColumnElement[bool]]:
    """Conditions that hold for the documents which somebody in these groups may see."""
    if groups is None:
        return []
    return [document_id.not_in(_hidden(groups))]


def hides(db: Connection, groups: frozenset[str]) -> bool:
    """Whether there is any document that somebody in these groups may not see."""
    return db.execute(_hidden(groups).limit(1)).first() is not None


def carried_by(db: Connection, document_id: str) -> Groups:
    """The groups that a document carries, None for an unknown one."""
    if db.scalar(select(DOCUMENTS.c.id).where(DOCUMENTS.c.id == document_id)) is None:
        return None
    return frozenset(db.scalars(select(_G.name).where(_G.document_id == document_id)))


def all_groups(db: Connection) -> dict[str, tuple[str, ...]]:
    """The groups, in order, of every document that carries some, by its id."""
    found: dict[str, tuple[str, ...]] = {}
    for identity, name in db.execute(select(_G.document_id, _G.name).order_by(_G.name)):
        found[identity] = (*found.get(identity, ()), name)
    return found


def share(db: Connection, document_id: str, groups: Iterable[str]) -> None:
    """Have a document carry these groups and no others."""
    db.execute(delete(DOCUMENT_GROUPS).where(_G.document_id == document_id))
    rows = [{"document_id": document_id, "name": name} for name in sorted(groups)]
    if rows:
        db.execute(insert(DOCUMENT_GROUPS), rows)


def _hidden(groups: frozenset[str]) -> Select[tuple[str]]:
    shown = select(_G.document_id).where(_G.name.in_(sorted(groups)))
    return select(_G.document_id).where(_G.document_id.not_in(shown))


@dataclass(frozen=True, slots=True)
class Sharing:
    """How a file is taken in: for whom, and by whom.

    ``groups`` are those it is to carry; None leaves them as they are, and gives
    a new file those ``of_new``. ``sees`` are the groups of who brings it, None for
    somebody who may see and decide everything.
    """

    groups: Groups = None
    sees: Groups = None
    of_new: frozenset[str] = frozenset()

    def settled(self, present: Groups) -> frozenset[str]:
        """The groups it comes to carry; ``present`` are those it has, None for a new file.

        Raises ForbiddenError where who brings it may not decide so.
        """
        if self.sees is not None:
            if present and not present & self.sees:
                raise ForbiddenError(
                    "同名的文件已由别的组收录，您不能替换它；请改名后再上传，或请管理员处理。"
                )
            if self.groups is not None and present not in (None, self.groups):
                raise ForbiddenError("改变已有文件的可见范围须由管理员办理；请不要指定组再上传。")
            if self.groups and not self.groups <= self.sees:
                strange = "、".join(sorted(self.groups - self.sees))
                raise ForbiddenError(f"您不在这些组里：{strange}；只能选自己所在的组。")
        if self.groups is not None:
            return self.groups
        return self.of_new if present is None else present

    def to_json(self) -> str:
        parts = _listed(self.groups), _listed(self.sees), sorted(self.of_new)
        return json.dumps(parts, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Sharing:
        groups, sees, of_new = json.loads(text)
        return cls(_set(groups), _set(sees), frozenset(of_new))


def _listed(groups: Groups) -> list[str] | None:
    return None if groups is None else sorted(groups)


def _set(names: list[str] | None) -> Groups:
    return None if names is None else frozenset(names)
