"""Evaluation runs that are kept, for portals and for the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Protocol

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from huiwen.errors import NotFoundError
from server.caller import Admin
from server.schemas import Problem


class StoredRun(Protocol):
    """What is shown of a run; ``figures`` are rates in ``[0, 1]``, by name."""

    @property
    def name(self) -> str: ...
    @property
    def started_at(self) -> str: ...
    @property
    def suite(self) -> str: ...
    @property
    def questions(self) -> int: ...
    @property
    def model(self) -> str: ...
    @property
    def figures(self) -> Mapping[str, float | None]: ...
    @property
    def seconds(self) -> float | None: ...


class Runs(Protocol):
    """Where runs are kept."""

    def all(self) -> Sequence[StoredRun]:
        """The latest first."""

    def report(self, name: str) -> str:
        """An HTML page; raises NotFoundError."""


class RunOut(BaseModel):
    """An evaluation run."""

    name: str = Field(examples=["20261125-143156-drcd-test-300"])
    started_at: str
    suite: str = Field(description="题集")
    questions: int
    model: str
    figures: dict[str, float | None] = Field(
        description="各项指标，0 到 1；没有适用的题为空", examples=[{"答案正确率": 0.95}]
    )
    seconds: float | None = Field(description="完整回答用时的中位数，秒")
    report: str = Field(description="报告的地址", examples=["/evaluation/20261125-143156-…"])


def evaluations_router(runs: Runs) -> APIRouter:
    """Runs and their figures; they tell of documents, so the administrator alone sees them."""
    router = APIRouter(prefix="/api/evaluations", tags=["评测"])

    @router.get("", summary="评测结果，新的在前")
    def listing(_: Admin) -> list[RunOut]:
        return [_out(run) for run in runs.all()]

    @router.get(
        "/{name}",
        summary="一次评测的指标",
        responses={404: {"model": Problem}, 422: {"model": Problem}},
    )
    def one(_: Admin, name: Annotated[str, Path(max_length=200)]) -> RunOut:
        for run in runs.all():
            if run.name == name:
                return _out(run)
        raise NotFoundError(f"没有名为 {name} 的评测结果；它可能已被删除。")

    return router


def _out(run: StoredRun) -> RunOut:
    return RunOut(
        name=run.name,
        started_at=run.started_at,
        suite=run.suite,
        questions=run.questions,
        model=run.model,
        figures=dict(run.figures),
        seconds=run.seconds,
        report=f"/evaluation/{run.name}",
    )
