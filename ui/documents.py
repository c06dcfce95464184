"""The library tab: upload with progress, a report per file, the list, deletion."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from huiwen.errors import HuiwenError, NotFoundError
from huiwen.types import Groups
from index.jobs import Job, Jobs, JobState
from index.library import Library
from ingest.source import upload_source
from server.audit import Audit
from server.caller import Caller, Scope, caller_of
from server.deeds import record
from server.origin import Origin
from ui.audience import offered, picked
from ui.audience import shown as audience_of
from ui.caller import asking, told
from ui.shelf import ORDERS, collections, shelf, summary, table

_CHANGES = {"added": "已收录", "replaced": "已替换旧版", "unchanged": "没有变化"}
_NOTHING = '<p class="hw-status">同名文件会被替换；没有变化的跳过。</p>'
_POLL_S = 0.2
_QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}


def submit(
    jobs: Jobs, paths: list[str], caller: Caller, collection: str = "", groups: Groups = None
) -> list[str]:
    """Queue uploaded files for these groups to see; the ids of their jobs."""
    queued = []
    for path in map(Path, paths):
        try:
            queued.append(_submitted(jobs, path, caller, collection, groups))
        finally:
            # Every user of the page may read Gradio's upload folder by path.
            path.unlink(missing_ok=True)
    return queued


def _submitted(jobs: Jobs, path: Path, caller: Caller, collection: str, groups: Groups) -> str:
    source = upload_source(path.name, collection)
    return jobs.submit(source, path.read_bytes(), caller.identity, caller.sharing(groups)).id


def reports(library: Library, jobs: Sequence[Job]) -> str:
    """How far each job is and what it found, as HTML."""
    over = sum(job.over for job in jobs)
    head = f'<p class="hw-count" role="status">已处理 {over} / {len(jobs)} 个文件</p>'
    return f'{head}<ul class="hw-report">{"".join(_row(library, job) for job in jobs)}</ul>'


def _row(library: Library, job: Job) -> str:
    name = f"<b>{escape(job.name)}</b>"
    match job.state:
        case JobState.QUEUED:
            return f"<li>{name}：排队中</li>"
        case JobState.RUNNING:
            bar = f'<progress value="{job.done}" max="{job.total}"></progress>' if job.total else ""
            doing = f"计算向量 {job.done}/{job.total}" if job.total else "解析中"
            return f"<li>{name}：{doing} {bar}</li>"
        case JobState.CANCELLED:
            return f"<li>{name}：已取消</li>"
        case JobState.FAILED:
            return f'<li class="hw-problem">{escape(job.problem)}</li>'
    try:
        report = library.info(job.document_id).report
    except NotFoundError:  # deleted meanwhile
        return f"<li>{name}：{_CHANGES[job.change]}</li>"
    warnings = "".join(f'<div class="hw-warning">{escape(text)}</div>' for text in report.warnings)
    return f"<li>{name}：{_CHANGES[job.change]}，{report.summary}{warnings}</li>"


def documents_tab(
    library: Library, jobs: Jobs, page: gr.Blocks, audit: Audit | None, *, shared: bool
) -> None:
    """Build the tab inside the present Blocks; ``page`` refreshes it on load.

    ``shared`` says that callers are told apart, so that it matters who sees a
    document. What is changed is put down in ``audit``.
    """
    queued, at = gr.State(()), gr.State(1)
    with gr.Row(elem_classes="hw-page"):
        with gr.Column(scale=2, min_width=280, elem_classes="hw-stack"):
            files = gr.File(
                label="选择文件（可多选）", file_count="multiple", elem_id="upload", height=150
            )
            collection = gr.Dropdown(
                label="资料集",
                info="可选已有的，也可写新的；不填就不归入",
                choices=[],
                value="",
                allow_custom_value=True,
                elem_id="collection",
            )
            audience = gr.Dropdown(
                label="给谁看",
                info="不选：新文件按默认的范围，替换旧文件的不变",
                choices=[],
                multiselect=True,
                allow_custom_value=True,
                visible=False,
                elem_id="audience",
            )
            with gr.Row():
                add = gr.Button("收录", variant="primary", elem_id="add", min_width=80)
                cancel = gr.Button("取消收录", elem_id="cancel", min_width=80)
            report = gr.HTML(_NOTHING, elem_id="report", apply_default_css=False)
            with gr.Accordion("删除文件", open=False, elem_id="hw-delete"):
                chosen = gr.Dropdown(
                    label="要删除的文件（右侧列出的）", choices=[], elem_id="chosen"
                )
                delete = gr.Button("删除…", elem_id="delete")
                confirm = gr.Button("确认删除", variant="stop", visible=False, elem_id="confirm")
            with gr.Accordion("改变给谁看", open=False, visible=False, elem_id="hw-share") as share:
                given = gr.Dropdown(label="文件（右侧列出的）", choices=[], elem_id="given")
                viewers = gr.Dropdown(
                    label="给这些组看",
                    choices=[],
                    multiselect=True,
                    allow_custom_value=True,
                    elem_id="viewers",
                )
                give = gr.Button("保存", elem_id="give")
        with gr.Column(scale=5, min_width=260, elem_classes="hw-stack"):
            with gr.Row(elem_id="hw-shelf"):
                query = gr.Textbox(
                    value="",
                    label="查找文件",
                    placeholder="文件名、标题、会议、日期、发文字号",
                    elem_id="find-document",
                    scale=4,
                    min_width=200,
                )
                order = gr.Dropdown(
                    list(ORDERS), value=next(iter(ORDERS)), label="排序", scale=1, min_width=150
                )
            listing = gr.HTML(elem_id="library", apply_default_css=False)
            with gr.Row(elem_id="hw-pages"):
                back = gr.Button("上一页", elem_id="back", min_width=80, scale=0)
                count = gr.HTML(elem_id="count", apply_default_css=False)
                forth = gr.Button("下一页", elem_id="forth", min_width=80, scale=0)

    def turn_to(query: str, order: str, number: int, request: gr.Request) -> tuple[Any, ...]:
        documents = library.documents(asking(request, Scope.ASK).sees)
        now = shelf(documents, query, order, number)
        choices = [(info.name, info.id) for info in now.documents]
        return (
            now.page,
            table(now),
            summary(now),
            gr.update(choices=choices, value=None),
            gr.update(choices=choices, value=None),
            gr.update(visible=False),
            gr.update(interactive=now.page > 1),
            gr.update(interactive=now.page < now.pages),
        )

    def finding(query: str, order: str, request: gr.Request) -> tuple[Any, ...]:
        return turn_to(query, order, 1, request)

    def turning_back(query: str, order: str, at: int, request: gr.Request) -> tuple[Any, ...]:
        return turn_to(query, order, at - 1, request)

    def turning(query: str, order: str, at: int, request: gr.Request) -> tuple[Any, ...]:
        return turn_to(query, order, at + 1, request)

    def offering(request: gr.Request) -> tuple[Any, ...]:
        caller = caller_of(request.request)
        choices = offered(library.documents(caller.sees), caller) if shared else []
        may = shared and caller.may(Scope.UPLOAD)
        return (
            gr.update(choices=collections(library.documents(caller.sees))),
            gr.update(choices=choices, visible=may and len(choices) > 1),
            gr.update(choices=choices),
            gr.update(visible=shared and caller.may(Scope.ADMIN)),
        )

    def noting(request: gr.Request, caller: Caller, deed: str, **noted: str) -> None:
        """Put down what was done, before whoever did it sees that it was."""
        if audit:
            address = request.client.host if request.client else ""
            with told():
                record(audit, Origin(who=caller.name, address=address, noted=noted), deed, 200)

    def adding(
        paths: list[str] | None,
        collection: str | None,
        audience: list[str] | None,
        request: gr.Request,
    ) -> tuple[tuple[str, ...], None]:
        caller = asking(request, Scope.UPLOAD)
        names = "、".join(Path(path).name for path in paths or [])
        with told():
            queued = submit(jobs, paths or [], caller, collection or "", picked(audience))
        if queued:
            groups = ",".join(audience or ())
            noting(
                request,
                caller,
                "页面 收录",
                source=names,
                collection=collection or "",
                groups=groups,
            )
        return tuple(queued), None

    def giving(identity: str | None, viewers: list[str] | None, request: gr.Request) -> str:
        caller = asking(request, Scope.ADMIN)
        groups = None
        with told():
            groups = picked(viewers)
        if not identity or groups is None:
            return '<p class="hw-problem">请选择文件，并选择给哪些组看（或“所有人”）。</p>'
        with told():
            info = library.set_groups(identity, groups)
        noting(request, caller, "页面 改变给谁看", source=info.source, groups=",".join(info.groups))
        said = f"“{info.name}”现在给{audience_of(info.groups)}看。"
        return f'<p class="hw-status">{escape(said)}</p>'

    def unfinished(request: gr.Request) -> tuple[str, ...]:
        caller = caller_of(request.request)
        if not caller.may(Scope.UPLOAD):
            return ()
        found = jobs.all(1000, caller.owns)
        return tuple(job.id for job in reversed(found) if not job.over)

    def following(queued: tuple[str, ...], request: gr.Request) -> Iterator[str]:
        """The reports until all jobs are over."""
        if not queued:
            yield _NOTHING
            return
        owner = asking(request, Scope.UPLOAD).owns
        while True:
            now = [jobs.get(identity, owner) for identity in queued]
            yield reports(library, now)
            if all(job.over for job in now):
                return
            time.sleep(_POLL_S)

    def cancelling(queued: tuple[str, ...], request: gr.Request) -> None:
        owner = asking(request, Scope.UPLOAD).owns
        for identity in queued:
            jobs.cancel(identity, owner)

    def removing(identity: str | None, request: gr.Request) -> str:
        caller = asking(request, Scope.UPLOAD)
        if not identity:
            return '<p class="hw-problem">请先选择要删除的文件。</p>'
        try:
            info = library.info(identity, caller.sees)
            library.delete(identity, caller.sees)
        except HuiwenError as error:
            return f'<p class="hw-problem">{escape(str(error))}</p>'
        noting(request, caller, "页面 删除", source=info.source)
        return f'<p class="hw-status">已删除“{escape(info.name)}”。</p>'

    place = [query, order, at]
    shown = [at, listing, count, chosen, given, confirm, back, forth]
    offers = [collection, audience, viewers, share]
    page.load(offering, None, offers, **_QUIET)
    page.load(turn_to, place, shown, **_QUIET)
    page.load(unfinished, None, queued, **_QUIET).then(following, queued, report, **_QUIET).then(
        turn_to, place, shown, **_QUIET
    )
    gr.on([query.change, order.change], finding, place[:2], shown, **_QUIET)
    back.click(turning_back, place, shown, **_QUIET)
    forth.click(turning, place, shown, **_QUIET)
    add.click(
        adding, [files, collection, audience], [queued, files], api_visibility="private"
    ).then(following, queued, report, **_QUIET).then(turn_to, place, shown, **_QUIET).then(
        offering, None, offers, **_QUIET
    )
    cancel.click(cancelling, queued, None, **_QUIET)
    delete.click(lambda i: gr.update(visible=bool(i)), chosen, confirm, **_QUIET)
    give.click(giving, [given, viewers], report, api_visibility="private").then(
        turn_to, place, shown, **_QUIET
    ).then(offering, None, offers, **_QUIET)
    confirm.click(removing, chosen, report, api_visibility="private").then(
        turn_to, place, shown, **_QUIET
    )
