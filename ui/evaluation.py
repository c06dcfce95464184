"""The evaluation tab: how the stored runs went over time, and the report of each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from html import escape
from typing import Annotated

import gradio as gr
from fastapi import APIRouter, Path
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, select_autoescape

from huiwen.errors import HuiwenError
from server.caller import Admin, Scope, caller_of
from server.evaluations import Runs, StoredRun

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 760, 250, 48, 16, 14, 34
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "X-Content-Type-Options": "nosniff",
}
_FRAME = (
    '<iframe id="report-frame" name="report-frame" title="评测报告" src="/evaluation/{}"></iframe>'
)
_NONE = (
    '<p class="hw-status">还没有评测结果。在服务器上运行 <code>huiwen eval 题集.jsonl</code> '
    "之后，这里会画出每次的指标；读者的评价可用 <code>huiwen feedback export</code> 写成题集。</p>"
)
_NOT_SHOWN = '<p class="hw-status">评测结果含有资料的内容，只给管理员看。</p>'
_TEMPLATES = Environment(
    loader=PackageLoader("ui"), autoescape=select_autoescape(default=True), trim_blocks=True
)


def evaluation_router(runs: Runs) -> APIRouter:
    """The page of each report."""
    router = APIRouter(include_in_schema=False)

    @router.get("/evaluation/{name}")
    def report(_: Admin, name: Annotated[str, Path(max_length=200)]) -> HTMLResponse:
        try:
            return HTMLResponse(runs.report(name), headers=_HEADERS)
        except HuiwenError as error:
            page = _TEMPLATES.get_template("problem.html").render(error=error, title=error.title)
            return HTMLResponse(page, error.status, _HEADERS)

    return router


def evaluation_tab(runs: Runs, page: gr.Blocks) -> None:
    """Build the tab inside the present Blocks; ``page`` fills it on load."""
    with gr.Column(elem_classes=["hw-page", "hw-stack"]):
        suite = gr.Dropdown(label="题集", choices=[], elem_id="suite")
        plot = gr.HTML(_NONE, elem_id="trend", apply_default_css=False)
        listing = gr.HTML(elem_id="runs", apply_default_css=False)
        frame = gr.HTML(elem_id="hw-report", apply_default_css=False)

    def show(chosen: str | None, request: gr.Request) -> tuple[object, str, str, str]:
        if not caller_of(request.request).may(Scope.ADMIN):
            return gr.update(choices=[], value=None), _NOT_SHOWN, "", ""
        every = runs.all()
        suites = list(dict.fromkeys(run.suite for run in every))
        chosen = chosen if chosen in suites else next(iter(suites), None)
        shown = [run for run in every if run.suite == chosen]
        first = _FRAME.format(escape(shown[0].name)) if shown else ""
        choices = gr.update(choices=suites, value=chosen)
        return choices, trend(shown[::-1]) if shown else _NONE, table(shown), first

    quiet = {"api_visibility": "private", "show_progress": "hidden"}
    shown = [suite, plot, listing, frame]
    page.load(show, suite, shown, **quiet)
    suite.input(show, suite, shown, **quiet)


def trend(runs: Sequence[StoredRun]) -> str:
    """Each figure over the runs, the oldest first, as SVG."""
    names = list(runs[0].figures)
    step = (WIDTH - LEFT - RIGHT) / max(1, len(runs) - 1)

    def at(number: int, value: float) -> tuple[float, float]:
        x = LEFT + (number * step if len(runs) > 1 else (WIDTH - LEFT - RIGHT) / 2)
        return x, TOP + (1 - value) * (HEIGHT - TOP - BOTTOM)

    curves = [
        (
            name,
            [
                (*at(number, value), value, _day(run))
                for number, run in enumerate(runs)
                if (value := run.figures.get(name)) is not None
            ],
        )
        for name in names
    ]
    every = max(1, len(runs) // 6)
    days = [(at(n, 0)[0], _day(run)) for n, run in enumerate(runs) if n % every == 0]
    grid = [(at(0, value)[1], f"{value:.0%}") for value in (0, 0.25, 0.5, 0.75, 1)]
    return _TEMPLATES.get_template("trend.html").render(
        curves=curves, days=days, grid=grid, width=WIDTH, height=HEIGHT, left=LEFT, right=RIGHT
    )


def table(runs: Sequence[StoredRun]) -> str:
    """The runs as an HTML table, each with a link to its report."""
    if not runs:
        return ""
    names = list(runs[0].figures)
    head = "".join(
        f'<th scope="col">{escape(name)}</th>'
        for name in ("时间", "题数", "模型", *names, "回答用时 p50", "")
    )
    rows = "".join(
        f"<tr><td>{_day(run)}</td><td>{run.questions}</td><td>{escape(run.model)}</td>"
        + "".join(f"<td>{_rate(run.figures.get(name))}</td>" for name in names)
        + f"<td>{'—' if run.seconds is None else f'{run.seconds:.1f} 秒'}</td>"
        + f'<td><a href="/evaluation/{escape(run.name)}" target="report-frame" '
        f'aria-label="{_day(run)} 的报告">报告</a></td></tr>'
        for run in runs
    )
    return f'<table class="hw-table"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'


def _rate(value: float | None) -> str:
    return "—" if value is None else f"{value:.1%}"


def _day(run: StoredRun) -> str:
    return f"{datetime.fromisoformat(run.started_at):%Y-%m-%d %H:%M}"
