"""Lists in pages: a limit, a cursor, and a Link to the next page (RFC 8288)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar

from fastapi import Query, Request, Response

_ItemT = TypeVar("_ItemT")
Cursor = Annotated[
    str,
    Query(
        pattern=r"^[0-9a-f]{16}$|^$",
        description="上一页最后一项的编号；取自响应头 Link 里 rel=next 的地址",
    ),
]
LINK = {
    "Link": {"description": "下一页的地址，rel=next；没有即已到末尾", "schema": {"type": "string"}}
}


def link_next(request: Request, response: Response, last: str) -> None:
    """Tell the address of what comes after the item ``last``."""
    url = request.url.include_query_params(cursor=last)
    response.headers["Link"] = f'<{url.path}?{url.query}>; rel="next"'


def page_of(
    items: Sequence[_ItemT],
    identity: Callable[[_ItemT], str],
    limit: int | None,
    cursor: str,
) -> tuple[Sequence[_ItemT], bool]:
    """Up to ``limit`` items after the one that ``cursor`` names, and whether more follow.

    An item that has gone meanwhile leaves the place it had unknown: then
    nothing follows, rather than something twice.
    """
    if cursor:
        at = next((n for n, item in enumerate(items) if identity(item) == cursor), len(items))
        items = items[at + 1 :]
    if limit is None or len(items) <= limit:
        return items, False
    return items[:limit], True
