"""The command line. The only module that knows all packages."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from getpass import getuser
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.logging import RichHandler
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

from answer.engine import Answerer
from answer.generator import Generator, load_generator
from eval.cli import eval_app
from huiwen.bundle_cli import bundle
from huiwen.errors import HuiwenError, InputError, ModelError
from huiwen.mcp_cli import mcp
from huiwen.models.cli import models_app
from huiwen.settings import Settings, load_settings
from huiwen.types import AnswerReady, EvidenceFound, Filters, TextDelta
from index.backup import back_up
from index.backup import restore as restored
from index.embedder import load_embedder
from index.intake import take_in, vanished
from index.jobs import Jobs
from index.library import Change, Library, Outcome
from ingest.source import files_in
from server.audit import NAME as AUDIT
from server.audit import Audit
from server.audit_cli import audit_app
from server.cli import groups, keys_app
from server.doctor_cli import doctor
from server.origin import Origin, begin
from server.preflight import check_start
from server.recorder import Recorder
from server.watch import WatchedAnswerer

log = logging.getLogger(__name__)
out = Console()
err = Console(stderr=True)
app = typer.Typer(
    help="会问：依据本单位会议资料、注明出处的问答服务。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(models_app, name="models")
feedback_app = typer.Typer(help="读者对回答的评价。", no_args_is_help=True)
app.add_typer(feedback_app, name="feedback")
app.add_typer(keys_app, name="keys")
app.command()(groups)
app.command(name="mcp")(mcp)
app.add_typer(audit_app, name="audit")
app.command()(bundle)
app.command()(doctor)
app.add_typer(eval_app, name="eval")

Paths = Annotated[list[Path], typer.Argument(help="文件或文件夹")]


def main() -> None:
    """Run the command line; errors meant for the user end it with a message and status 1."""
    logging.basicConfig(
        level=logging.WARNING,
        format="%(message)s",
        handlers=[RichHandler(console=err, show_path=False, markup=False)],
    )
    try:
        app()
    except HuiwenError as error:
        err.print(f"[bold red]{escape(error.title)}[/]：{escape(str(error))}", soft_wrap=True)
        raise SystemExit(1) from None


@app.command()
def ingest(paths: Paths) -> None:
    """收录文件；没有变化的跳过，改过的替换。一个文件有问题不影响其余。"""
    settings = load_settings()
    with _library(settings) as library:
        if _ingest(library, list(files_in(paths)), settings):
            raise typer.Exit(1)


@app.command()
def sync(
    folder: Annotated[
        Path, typer.Argument(help="文件夹", exists=True, file_okay=False, dir_okay=True)
    ],
    watch: Annotated[bool, typer.Option(help="一直守着，文件有变化就同步；按 Ctrl+C 停止")] = False,
) -> None:
    """使资料库与文件夹一致：新的收录，改过的替换，已不在的删除。"""
    settings = load_settings()
    with _library(settings) as library:
        failed = _sync(library, folder, settings)
        if not watch:
            raise typer.Exit(1 if failed else 0)
        _watch(library, folder, settings)


@app.command(name="list")
def listing() -> None:
    """列出资料库里的文件。"""
    table = Table("编号", "文件", "标题", "段落", "片段", "字数", "收录时间", "给谁看")
    with _library(load_settings()) as library:
        for info in library.documents():
            table.add_row(
                info.id,
                escape(info.name),
                escape(info.title),
                str(info.report.paragraphs),
                str(info.report.passages),
                str(info.characters),
                info.added_at,
                escape("、".join(info.groups) or "所有人"),
            )
    out.print(table)


@app.command()
def delete(identity: Annotated[str, typer.Argument(help="文件编号，见 huiwen list")]) -> None:
    """删除一个文件，此后不再出现在任何回答里。"""
    with _library(load_settings()) as library:
        name = library.info(identity).name
        library.delete(identity)
    out.print(f"已删除“{escape(name)}”。")


@app.command()
def reindex() -> None:
    """换过向量模型之后，为全部片段重新计算向量。"""
    with _library(load_settings()) as library, _progress() as progress:
        task = progress.add_task("计算向量", total=None)
        count = library.reindex(
            lambda done, total: progress.update(task, completed=done, total=total)
        )
    out.print(f"已重建 {count} 个片段的向量。")


@app.command()
def backup(
    target: Annotated[Path, typer.Argument(help="备份到的文件夹；已有的话在其中新建一个")],
) -> None:
    """备份资料库，服务不必停；备份经过校验。"""
    made = back_up(load_settings(), target)
    out.print(
        f"已备份 {made.documents} 个文件、{made.passages} 个片段：{escape(str(made.folder))}",
        soft_wrap=True,
    )


@app.command()
def restore(
    source: Annotated[Path, typer.Argument(help="huiwen backup 所建的文件夹")],
    force: Annotated[bool, typer.Option("--force", help="替换已有的资料库")] = False,
) -> None:
    """从备份恢复资料库；先停止服务。"""
    put_back = restored(load_settings(), source, force=force)
    counts = f"{put_back.documents} 个文件、{put_back.passages} 个片段"
    out.print(f"已恢复 {put_back.made_at} 的备份：{counts}。")


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="要问的问题")],
    collection: Annotated[str, typer.Option(help="只在这个资料集（文件夹）里找")] = "",
    item: Annotated[str, typer.Option(help="只在议题含有此语的段落里找")] = "",
    decisions: Annotated[
        bool, typer.Option("--decisions", help="只在会议议定、决定、要求的事里找")
    ] = False,
) -> None:
    """在终端里提问。"""
    settings = load_settings()
    begin(Origin(who=getuser(), route="huiwen ask"))
    with _library(settings) as library, Audit(settings.store / AUDIT, settings.audit_days) as audit:
        answerer = WatchedAnswerer(library, _generator(settings), settings, [Recorder(audit)])
        filters = Filters(collection=collection, item=item, decisions=decisions)
        for event in answerer.ask(question, filters):
            match event:
                case EvidenceFound(evidence):
                    for found in evidence:
                        where = escape(f"[{found.number}] {found.passage.context}")
                        out.print(f"[dim]{where}[/]\n    {escape(found.quote_text)}")
                case TextDelta(text):
                    err.print(text, end="", style="dim", markup=False, highlight=False)
                case AnswerReady(answer):
                    err.print()
                    out.print(f"\n{escape(answer.text)}", style="bold", highlight=False)
                    if answer.statements and answer.reason:
                        out.print(escape(answer.reason), style="yellow")


@app.command()
def serve(
    samples: Annotated[
        list[Path] | None, typer.Option(help="启动前先收录的文件或文件夹，可多次给出")
    ] = None,
    example: Annotated[
        list[str] | None, typer.Option(help="页面上可以直接点的问题，可多次给出")
    ] = None,
    runs: Annotated[Path, typer.Option(help="评测页展示这个文件夹里的结果")] = Path("runs"),
) -> None:
    """启动问答页面与接口。"""
    from eval.stored import StoredRuns
    from server.listen import require_safe
    from ui.service import serve as serving

    settings = load_settings()
    require_safe(settings)

    def ready(answerer: Answerer) -> None:
        out.print(
            f"会问已就绪：[bold]http://{settings.host}:{settings.port}[/]（模型 {answerer.model}，"
            f"{len(library.documents())} 个文件；按 Ctrl+C 停止）"
        )

    for finding in check_start(settings):
        log.warning("%s：%s。%s", finding.subject, finding.message, finding.remedy)
    with out.status("载入向量模型…"):
        library = _library(settings)
    with library, Jobs(library, settings) as jobs:
        if samples:
            _ingest(library, list(files_in(samples)), settings)
        with out.status("载入语言模型…"):
            generator = _generator(settings)
        serving(library, jobs, generator, settings, example or [], ready, StoredRuns(runs))


@feedback_app.command(name="export")
def export_feedback(
    target: Annotated[Path, typer.Argument(help="写到这个文件（JSONL），补全之后可供 huiwen eval")],
) -> None:
    """把读者的评价写成标准问答的草稿，每行一题。"""
    from server.feedback import gold_drafts
    from server.history import History

    settings = load_settings()
    with _library(settings) as library, closing(History(settings)) as history:
        lines = list(gold_drafts(history, library))
    try:
        target.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    except OSError as error:
        raise InputError(f"{target} 无法写入：{error.strerror}。请换一个可写的位置。") from error
    out.print(f"已写出 {len(lines)} 条评价：{escape(str(target))}", soft_wrap=True)


def _library(settings: Settings) -> Library:
    return Library(settings, load_embedder(settings))


def _generator(settings: Settings) -> Generator | None:
    """The language model; without one the service still shows passages, and says so."""
    try:
        return load_generator(settings)
    except ModelError as error:
        log.warning("%s 现在只列出原文。", error)
        return None


def _sync(library: Library, folder: Path, settings: Settings) -> int:
    """Make the library's part that came from ``folder`` equal to it; returns failures."""
    failed = _ingest(library, list(files_in([folder])), settings)
    for info in vanished(library, folder):
        library.delete(info.id)
        err.print(f"[yellow]−[/] {escape(info.name)}：文件已不在，从资料库删除", soft_wrap=True)
    return failed


def _watch(library: Library, folder: Path, settings: Settings) -> None:
    """Sync at every change until interrupted or terminated; what is under way is finished."""
    from watchfiles import watch

    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    err.print(f"正在守着 {escape(str(folder))}…", soft_wrap=True)
    began = False
    for changes in watch(folder, stop_event=stop, rust_timeout=500, yield_on_timeout=True):
        # What came between the first round and the beginning of the watch nobody tells.
        if began and not changes:
            continue
        began = True
        _sync(library, folder, settings)


def _ingest(library: Library, files: list[Path], settings: Settings) -> int:
    """Add files with progress and a report for each; returns how many could not be."""
    failed = 0
    with _progress() as progress:
        whole = progress.add_task("收录", total=len(files))
        parts: dict[Path, TaskID] = {}

        def embedding(path: Path, done: int, total: int) -> None:
            if path not in parts:
                parts[path] = progress.add_task(path.name, total=total)
            progress.update(parts[path], completed=done, total=total)

        for taken in take_in(library, files, settings, embedding):
            if taken.outcome is None:
                failed += 1
                progress.console.print(f"[red]✗[/] {escape(str(taken.error))}", soft_wrap=True)
            else:
                progress.console.print(_report(taken.path.name, taken.outcome), soft_wrap=True)
            if taken.path in parts:
                progress.remove_task(parts.pop(taken.path))
            progress.advance(whole)
    return failed


def _report(name: str, outcome: Outcome) -> str:
    report = outcome.info.report
    lines = [f"[green]✓[/] {escape(name)}：{_CHANGES[outcome.change.value]}，{report.summary}"]
    if outcome.change is not Change.UNCHANGED:
        lines += [f"    [yellow]![/] {escape(warning)}" for warning in report.warnings]
    return "\n".join(lines)


_CHANGES = {"added": "新收录", "replaced": "已替换旧版", "unchanged": "没有变化"}


@contextmanager
def _progress() -> Iterator[Progress]:
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=err,
    ) as progress:
        yield progress


if __name__ == "__main__":
    main()
