"""The source viewer: a document with the cited sentence highlighted in its context."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, PackageLoader, select_autoescape

from huiwen.errors import HuiwenError, NotFoundError
from huiwen.types import Box, Document, Groups, Paragraph, Passage, Span
from index.library import Library
from ingest.page_image import RENDERED
from server import etag
from server.caller import Asker

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
# A passage's id changes with its text, and pages are drawn anew for each. Whoever
# logs in next at the same browser is shown nothing of it.
_CACHED = {"Cache-Control": "private, max-age=600", "Vary": "Authorization, Cookie"}
_TEMPLATES = Environment(
    loader=PackageLoader("ui"), autoescape=select_autoescape(default=True), trim_blocks=True
)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Text of a paragraph with one look: cited, in the passage around, or neither."""

    text: str
    passage: bool
    cited: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """A paragraph as the page shows it; ``page`` is set where a page begins, else 0.

    ``decision`` names what the meeting decided (``议定事项 2``), empty for all else.
    ``pictured`` are the pages whose picture belongs under it: those it is cited from.
    """

    kind: str
    page: int
    speaker: str
    decision: str
    repaired: bool
    pictured: tuple[int, ...]
    stretches: tuple[Stretch, ...]


def source_router(library: Library) -> APIRouter:
    """Pages that show where an answer comes from."""
    router = APIRouter(include_in_schema=False)

    @router.get("/source/")
    def welcome() -> HTMLResponse:
        return _page("welcome.html", 200)

    @router.get("/source/{identity}")
    def source(
        caller: Asker,
        identity: Annotated[str, Path(max_length=64)],
        passage: Annotated[str, Query(max_length=64)] = "",
        start: Annotated[int, Query(ge=0)] = 0,
        end: Annotated[int, Query(ge=0)] = 0,
    ) -> HTMLResponse:
        try:
            document = library.document(identity, caller.sees)
            cited = library.passage(passage, caller.sees) if passage else None
            if cited and cited.document_id != identity:
                raise NotFoundError("这段原文不属于这个文件；请重新提问。")
        except HuiwenError as error:
            return _page("problem.html", error.status, error=error, title=error.title)
        return _page(
            "source.html",
            200,
            document=document,
            cited=cited,
            pictures=document.format in RENDERED,
            paragraphs=list(show(document, cited, Span(start, end))),
        )

    @router.get("/source/{identity}/page/{number}.png")
    def picture(
        request: Request,
        caller: Asker,
        identity: Annotated[str, Path(max_length=64)],
        number: Annotated[int, Path(ge=1)],
        passage: Annotated[str, Query(max_length=64)] = "",
    ) -> Response:
        try:
            sees = caller.sees
            tag = etag.tag_of(library.info(identity, sees).sha256, str(number), passage)
            if same := etag.unchanged(request, tag):
                return same
            boxes = _cited_boxes(library, identity, passage, sees) if passage else ()
            png = library.page_image(identity, number, boxes, sees)
        except HuiwenError as error:
            return _page("problem.html", error.status, error=error, title=error.title)
        return Response(png, media_type="image/png", headers={**_HEADERS, **_CACHED, "ETag": tag})

    return router


def _cited_boxes(library: Library, identity: str, passage: str, sees: Groups) -> tuple[Box, ...]:
    """Where the paragraphs of a passage stand on their pages."""
    pieces = {piece.paragraph_id for piece in library.passage(passage, sees).pieces}
    paragraphs = library.document(identity, sees).paragraphs
    return tuple(box for p in paragraphs if p.id in pieces for box in p.boxes)


def show(document: Document, passage: Passage | None, quote: Span) -> list[Shown]:
    """The paragraphs of a document, the passage and the quote in it marked.

    ``quote`` is a range of the passage's text.
    """
    around: dict[str, list[Span]] = {}
    cited: dict[str, list[Span]] = {}
    if passage:
        for identity, span in passage.locate(0, len(passage.text)):
            around.setdefault(identity, []).append(span)
        for identity, span in passage.locate(quote.start, quote.end):
            cited.setdefault(identity, []).append(span)
    shown = []
    page, speaker, decided = 0, "", ""
    for paragraph in document.paragraphs:
        first = next((box.page for box in paragraph.boxes), page)
        who = f"{paragraph.office}{paragraph.speaker}"
        decision = decision_of(paragraph.item) if paragraph.decision else ""
        shown.append(
            Shown(
                paragraph.kind.value,
                first if first != page else 0,
                who if who != speaker else "",
                decision if decision != decided else "",
                paragraph.quality < 1,
                _pages(paragraph) if paragraph.id in cited else (),
                _stretches(paragraph, around.get(paragraph.id, []), cited.get(paragraph.id, [])),
            )
        )
        page, speaker, decided = first, who, decision
    return shown


def decision_of(item: str) -> str:
    """How a decision is named: by its number where its item has one."""
    last = item.rpartition(" › ")[2]
    return last if last.startswith("议定事项 ") else "议定事项"


def _pages(paragraph: Paragraph) -> tuple[int, ...]:
    return tuple(sorted({box.page for box in paragraph.boxes}))


def _stretches(paragraph: Paragraph, around: list[Span], cited: list[Span]) -> tuple[Stretch, ...]:
    cuts = {0, len(paragraph.text)}
    for span in (*around, *cited):
        cuts |= {span.start, span.end}
    edges = sorted(cuts)
    return tuple(
        Stretch(paragraph.text[a:b], _within(a, around), _within(a, cited))
        for a, b in pairwise(edges)
    )


def _within(at: int, spans: list[Span]) -> bool:
    return any(span.start <= at < span.end for span in spans)


def _page(template: str, status: int, **values: object) -> HTMLResponse:
    return HTMLResponse(_TEMPLATES.get_template(template).render(**values), status, _HEADERS)
