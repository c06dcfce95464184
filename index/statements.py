"""What is asked of the catalogue, put together once."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import ColumnElement, Select, bindparam, func, literal, select

from huiwen.types import Filters
from index.sharing import visible_to
from index.tables import DOCUMENTS, GONE, META, PARAGRAPHS, PASSAGES

Text = str | ColumnElement[str]
# Where a text stands in a column, from 1; 0 where it does not.
Place = Callable[[ColumnElement[str], Text], ColumnElement[int]]
_A, _D, _P = PARAGRAPHS.c, DOCUMENTS.c, PASSAGES.c
PASSAGE = select(
    _P.number, _P.id, _P.document_id, _D.name, _D.title, _P.headings, _P.text, _P.pieces,
    _P.speaker, _P.office, _P.date, _P.page, _P.item, _P.decision,
).join_from(PASSAGES, DOCUMENTS)  # fmt: skip
THESE = PASSAGE.where(_P.number.in_(bindparam("numbers", expanding=True)))
DOCUMENT = select(
    _D.id, _D.source, _D.name, _D.sha256, _D.format, _D.encoding, _D.text, _D.title,
    _D.report, _D.metadata,
).where(_D.id == bindparam("id"))  # fmt: skip
PARAGRAPHS_OF = (
    select(
        _A.id, _A.text, _A.spans, _A.kind, _A.headings, _A.boxes, _A.speaker, _A.office,
        _A.quality, _A.item, _A.decision,
    )
    .where(_A.document_id == bindparam("id"))
    .order_by(_A.ordinal)
)  # fmt: skip
# Asked for with every search: not put together anew each time.
META_VALUE = select(META.c.value).where(META.c.key == bindparam("name"))
INFO = select(
    _D.id, _D.source, _D.name, _D.title, _D.sha256, _D.format, _D.encoding,
    func.length(_D.text), _D.added_at, _D.report, _D.metadata,
)  # fmt: skip
GONE_SINCE = select(GONE.c.number).where(GONE.c.generation > bindparam("since"))
BORN_SINCE = (
    select(_P.number, _P.vector, _P.words)
    .where(_P.born > bindparam("since"))
    .order_by(_P.born, _P.number)
)


def narrowed(filters: Filters, place: Place) -> Select[tuple[int]]:
    """Numbers of the passages that the filters let through."""
    chosen = select(_P.number).where(*visible_to(filters.groups, _P.document_id))
    if filters.document_id:
        chosen = chosen.where(_P.document_id == filters.document_id)
    if filters.collection:
        # The source of a document ends with its folder and its name.
        kept = select(_D.id).where(
            place(_D.source, literal(f"/{filters.collection}/") + _D.name) > 0
        )
        chosen = chosen.where(_P.document_id.in_(kept))
    if filters.speaker:
        chosen = chosen.where(_P.speaker == filters.speaker)
    if filters.since:
        chosen = chosen.where(_P.date >= filters.since)
    if filters.until:
        chosen = chosen.where(_P.date != "", _P.date <= filters.until)
    if filters.item:
        chosen = chosen.where(place(_P.item, filters.item) > 0)
    if filters.decisions:
        chosen = chosen.where(_P.decision)
    return chosen
