"""Names of access groups as users write them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from huiwen.errors import InputError

_MOST, _NAME_CHARS = 50, 50
_UNUSABLE = re.compile(r"[\x00-\x1f\x7f,，;；*]")
EVERYBODY = "*"


def listed(text: str) -> list[str]:
    """The names in a text with commas between them, Chinese or not."""
    parts = (part.strip() for part in re.split(r"[,，;；]", text))
    return [part for part in parts if part]


def checked_groups(names: Iterable[str]) -> frozenset[str]:
    """Groups with these names; raises InputError for more than 50 or an unusable name."""
    found = frozenset(name.strip() for name in names)
    for name in found:
        if not name or len(name) > _NAME_CHARS or _UNUSABLE.search(name):
            raise InputError(
                f"组名“{name[:_NAME_CHARS]}”不能用；"
                f"组名须有 1 到 {_NAME_CHARS} 字，不含逗号、分号、星号。"
            )
    if len(found) > _MOST:
        raise InputError(f"有 {len(found)} 个组，超过上限 {_MOST} 个；请合并一些组。")
    return found


def who_may_see(text: str) -> frozenset[str]:
    """The groups in a text, none for ``*`` or an empty one, which is everybody.

    Raises InputError as ``checked_groups``.
    """
    return frozenset() if text.strip() == EVERYBODY else checked_groups(listed(text))
