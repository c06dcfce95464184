"""Names to choose filters from, as somebody types."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict

from index.library import Library
from ingest.source import collection_of
from server.caller import Asker
from server.schemas import Problem

_SHOWN = 30


class NameOut(BaseModel):
    """A document that can be chosen."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    name: str
    title: str


class SuggestionsOut(BaseModel):
    """What the filters can be set to."""

    documents: list[NameOut]
    speakers: list[str]
    collections: list[str]


def suggestions_router(library: Library) -> APIRouter:
    """The route that fills the filters' lists."""
    router = APIRouter(tags=["问答"])

    @router.get(
        "/api/suggestions",
        summary="筛选时可选的文件、发言人与资料集",
        responses={422: {"model": Problem}},
    )
    def suggest(
        caller: Asker,
        q: Annotated[str, Query(max_length=200, description="名称里有此语的")] = "",
    ) -> SuggestionsOut:
        wanted = q.strip().casefold()
        seen = library.documents(caller.sees)
        documents = [
            NameOut.model_validate(info)
            for info in seen
            if wanted in info.name.casefold() or wanted in info.title.casefold()
        ]
        speakers = [name for name in library.speakers(caller.sees) if wanted in name.casefold()]
        folders = {collection_of(info.source) for info in seen} - {""}
        collections = sorted(name for name in folders if wanted in name.casefold())
        return SuggestionsOut(
            documents=documents[:_SHOWN],
            speakers=speakers[:_SHOWN],
            collections=collections[:_SHOWN],
        )

    return router
