"""The library tab: upload with progress, a report per file, the list, deletion."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from html import escape
from pathlib import Path

import gradio as gr

from huiwen.errors import HuiwenError, NotFoundError
from huiwen.types import DocumentInfo
from index.jobs import Job, Jobs, JobState
from index.library import Library
from ingest.source import upload_source
from server.caller import Caller, Scope
from ui.caller import asking

_CHANGES = {"added": "已收录", "replaced": "已替换旧版", "unchanged": "没有变化"}
_NOTHING = '<div class="hw-status">还没有选择文件。</div>'
_POLL_S = 0.2


def submit(jobs: Jobs, paths: list[str], caller: Caller) -> list[str]:
    """Queue uploaded files; the ids of their jobs."""
    queued = []
    for path in map(Path, paths):
        try:
            queued.append(_submitted(jobs, path, caller))
        finally:
            # Every user of the page may read Gradio's upload folder by path.
            path.unlink(missing_ok=True)
    return queued


def _submitted(jobs: Jobs, path: Path, caller: Caller) -> str:
    source = upload_source(path.name)
    return jobs.submit(source, path.read_bytes(), caller.identity, caller.sharing()).id


def reports(library: Library, jobs: Sequence[Job]) -> str:
    """How far each job is and what it found, as HTML."""
    return f'<ul class="hw-report">{"".join(_row(library, job) for job in jobs)}</ul>'


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


def table(documents: list[DocumentInfo]) -> str:
    """The documents as an HTML table."""
    if not documents:
        return '<div class="hw-status">资料库还是空的。</div>'
    rows = "".join(
        f'<tr title="{escape(info.report.summary)}"><td>{escape(info.name)}</td>'
        f"<td>{escape(info.title)}</td><td>{escape(info.metadata.date)}</td>"
        f"<td>{info.report.paragraphs}</td><td>{info.report.passages}</td>"
        f"<td>{info.characters}</td><td>{_local(info.added_at)}</td>"
        f'<td><a href="/source/{info.id}" target="_blank" rel="noopener">查看</a></td></tr>'
        for info in documents
    )
    head = "".join(
        f"<th>{name}</th>"
        for name in ("文件", "标题", "日期", "段落", "片段", "字数", "收录时间", "")
    )
    return f'<table class="hw-table"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'


def documents_tab(library: Library, jobs: Jobs, page: gr.Blocks) -> None:
    """Build the tab inside the present Blocks; ``page`` refreshes it on load."""
    with gr.Row():
        with gr.Column(scale=2, min_width=280):
            files = gr.File(
                label="选择文件（可多选）",
                file_count="multiple",
                elem_id="upload",
                height=150,
            )
            with gr.Row():
                add = gr.Button("收录", variant="primary", elem_id="add", min_width=80)
                cancel = gr.Button("取消收录", elem_id="cancel", min_width=80)
            queued = gr.State(())
            report = gr.HTML(_NOTHING, elem_id="report")
            chosen = gr.Dropdown(label="要删除的文件", choices=[], elem_id="chosen")
            delete = gr.Button("删除…", elem_id="delete")
            confirm = gr.Button("确认删除", variant="stop", visible=False, elem_id="confirm")
        with gr.Column(scale=5, min_width=260):
            listing = gr.HTML(elem_id="library")

    def refresh(request: gr.Request) -> tuple[str, dict[str, object], dict[str, object]]:
        documents = library.documents(asking(request, Scope.ASK).sees)
        choices = [(info.name, info.id) for info in documents]
        return table(documents), gr.update(choices=choices, value=None), gr.update(visible=False)

    def adding(paths: list[str] | None, request: gr.Request) -> tuple[tuple[str, ...], None]:
        return tuple(submit(jobs, paths or [], asking(request, Scope.UPLOAD))), None

    def following(queued: tuple[str, ...], request: gr.Request) -> Iterator[str]:
        """The reports until all jobs are over."""
        owner = asking(request, Scope.UPLOAD).owns
        while True:
            now = [jobs.get(identity, owner) for identity in queued]
            yield reports(library, now) if now else _NOTHING
            if all(job.over for job in now):
                return
            time.sleep(_POLL_S)

    def cancelling(queued: tuple[str, ...], request: gr.Request) -> None:
        owner = asking(request, Scope.UPLOAD).owns
        for identity in queued:
            jobs.cancel(identity, owner)

    def removing(identity: str | None, request: gr.Request) -> str:
        sees = asking(request, Scope.UPLOAD).sees
        if not identity:
            return '<div class="hw-problem">请先选择要删除的文件。</div>'
        try:
            name = library.info(identity, sees).name
            library.delete(identity, sees)
        except HuiwenError as error:
            return f'<div class="hw-problem">{escape(str(error))}</div>'
        return f'<div class="hw-status">已删除“{escape(name)}”。</div>'

    shown = [listing, chosen, confirm]
    page.load(refresh, None, shown, api_visibility="private", show_progress="hidden")
    quiet = {"api_visibility": "private", "show_progress": "hidden"}
    add.click(adding, files, [queued, files], api_visibility="private").then(
        following, queued, report, **quiet
    ).then(refresh, None, shown, **quiet)
    cancel.click(cancelling, queued, None, **quiet)
    delete.click(
        lambda identity: gr.update(visible=bool(identity)),
        chosen,
        confirm,
        api_visibility="private",
        show_progress="hidden",
    )
    confirm.click(removing, chosen, report, api_visibility="private").then(
        refresh, None, shown, api_visibility="private", show_progress="hidden"
    )


def _local(moment: str) -> str:
    """An ISO 8601 moment on the server's own clock."""
    return datetime.fromisoformat(moment).astimezone().strftime("%Y-%m-%d %H:%M")
