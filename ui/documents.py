"""The library tab: upload with progress, a report per file, the list, deletion."""

from __future__ import annotations

from datetime import datetime
from html import escape
from pathlib import Path

import gradio as gr

from huiwen.errors import HuiwenError
from huiwen.types import DocumentInfo
from index.library import Change, Library, Outcome
from ingest.source import upload_source

_CHANGES = {
    Change.ADDED: "已收录",
    Change.REPLACED: "已替换旧版",
    Change.UNCHANGED: "没有变化",
}
_NOTHING = '<div class="hw-status">还没有选择文件。</div>'


def add_files(library: Library, paths: list[str], progress: gr.Progress) -> str:
    """Add uploaded files, one bad one not stopping the others; the reports as HTML."""
    rows = []
    for at, path in enumerate(map(Path, paths)):
        name = path.name
        progress((at, len(paths)), desc=f"读取 {name}")

        def report(done: int, total: int, at: int = at, name: str = name) -> None:
            progress((at + done / total, len(paths)), desc=f"{name}：计算向量 {done}/{total}")

        try:
            rows.append(_added(library.add(upload_source(name), path.read_bytes(), report)))
        except HuiwenError as error:
            rows.append(f'<li class="hw-problem">{escape(str(error))}</li>')
        finally:
            # Every user of the page may read Gradio's upload folder by path.
            path.unlink(missing_ok=True)
    return f'<ul class="hw-report">{"".join(rows)}</ul>'


def table(documents: list[DocumentInfo]) -> str:
    """The documents as an HTML table."""
    if not documents:
        return '<div class="hw-status">资料库还是空的。</div>'
    rows = "".join(
        f"<tr><td>{escape(info.name)}</td><td>{escape(info.title)}</td>"
        f"<td>{info.report.paragraphs}</td><td>{info.report.passages}</td>"
        f"<td>{info.characters}</td><td>{_local(info.added_at)}</td>"
        f'<td><a href="/source/{info.id}" target="_blank" rel="noopener">查看</a></td></tr>'
        for info in documents
    )
    head = "".join(
        f"<th>{name}</th>" for name in ("文件", "标题", "段落", "片段", "字数", "收录时间", "")
    )
    return f'<table class="hw-table"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'


def documents_tab(library: Library, page: gr.Blocks) -> None:
    """Build the tab inside the present Blocks; ``page`` refreshes it on load."""
    with gr.Row():
        with gr.Column(scale=2, min_width=280):
            files = gr.File(
                label="选择文件（TXT、MD，可多选）",
                file_count="multiple",
                elem_id="upload",
                height=150,
            )
            add = gr.Button("收录", variant="primary", elem_id="add")
            report = gr.HTML(_NOTHING, elem_id="report")
            chosen = gr.Dropdown(label="要删除的文件", choices=[], elem_id="chosen")
            delete = gr.Button("删除…", elem_id="delete")
            confirm = gr.Button("确认删除", variant="stop", visible=False, elem_id="confirm")
        with gr.Column(scale=5, min_width=260):
            listing = gr.HTML(elem_id="library")

    def refresh() -> tuple[str, dict[str, object], dict[str, object]]:
        documents = library.documents()
        choices = [(info.name, info.id) for info in documents]
        return table(documents), gr.update(choices=choices, value=None), gr.update(visible=False)

    def adding(paths: list[str] | None, progress: gr.Progress = gr.Progress()) -> tuple[str, None]:  # noqa: B008 - how Gradio hands it in
        return (add_files(library, paths, progress) if paths else _NOTHING), None

    def removing(identity: str | None) -> str:
        if not identity:
            return '<div class="hw-problem">请先选择要删除的文件。</div>'
        try:
            name = library.info(identity).name
            library.delete(identity)
        except HuiwenError as error:
            return f'<div class="hw-problem">{escape(str(error))}</div>'
        return f'<div class="hw-status">已删除“{escape(name)}”。</div>'

    shown = [listing, chosen, confirm]
    page.load(refresh, None, shown, api_visibility="private", show_progress="hidden")
    add.click(adding, files, [report, files], api_visibility="private").then(
        refresh, None, shown, api_visibility="private", show_progress="hidden"
    )
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


def _added(outcome: Outcome) -> str:
    info, report = outcome.info, outcome.info.report
    facts = [f"{report.paragraphs} 段", f"{report.passages} 个片段"]
    if report.rejoined:
        facts.append(f"接回断段 {report.rejoined} 处")
    if report.repeated:
        facts.append(f"去重 {report.repeated} 段")
    if report.captions:
        facts.append(f"图注 {report.captions} 处")
    warnings = "".join(f"<div>{escape(warning)}</div>" for warning in report.warnings)
    return (
        f"<li><b>{escape(info.name)}</b>：{_CHANGES[outcome.change]}，{'，'.join(facts)}"
        f"{warnings}</li>"
    )
