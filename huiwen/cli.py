"""The command line. The only module that knows all packages."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
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
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

from answer.engine import Answerer
from answer.generator import Generator, load_generator
from huiwen.errors import HuiwenError, ModelError
from huiwen.models.cli import models_app
from huiwen.settings import Settings, load_settings
from huiwen.types import AnswerReady, EvidenceFound, TextDelta
from index.embedder import load_embedder
from index.library import Library
from ingest.source import files_in

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

Paths = Annotated[list[Path], typer.Argument(help="文件或文件夹（TXT、MD）")]


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
        if _ingest(library, paths):
            raise typer.Exit(1)


@app.command(name="list")
def listing() -> None:
    """列出资料库里的文件。"""
    table = Table("编号", "文件", "标题", "段落", "片段", "字数", "收录时间")
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
def ask(question: Annotated[str, typer.Argument(help="要问的问题")]) -> None:
    """在终端里提问。"""
    settings = load_settings()
    with _library(settings) as library:
        answerer = Answerer(library, _generator(settings), settings)
        for event in answerer.ask(question):
            match event:
                case EvidenceFound(evidence):
                    for item in evidence:
                        where = escape(f"[{item.number}] {item.passage.context}")
                        out.print(f"[dim]{where}[/]\n    {escape(item.quote_text)}")
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
) -> None:
    """启动问答页面与接口。"""
    import uvicorn

    from server.app import create_app
    from ui.mount import mount

    settings = load_settings()
    with out.status("载入向量模型…"):
        library = _library(settings)
    with library:
        if samples:
            _ingest(library, samples)
        with out.status("载入语言模型…"):
            generator = _generator(settings)
        answerer = Answerer(library, generator, settings)
        api = create_app(library, answerer, settings)
        server = mount(api, library, answerer, settings, example or [])
        out.print(
            f"会问已就绪：[bold]http://{settings.host}:{settings.port}[/]（模型 {answerer.model}，"
            f"{len(library.documents())} 个文件；按 Ctrl+C 停止）"
        )
        uvicorn.run(server, host=settings.host, port=settings.port, log_level="warning")


@app.command(name="eval")
def evaluate(
    gold: Annotated[Path, typer.Argument(help="标准问答文件（JSONL）")],
    runs: Annotated[Path, typer.Option(help="保存结果的文件夹")] = Path("runs"),
    compare: Annotated[Path | None, typer.Option(help="与较早一次的结果（JSON）对比")] = None,
    minimum: Annotated[
        list[str] | None, typer.Option("--min", help="指标下限，如 accuracy=0.9，可多次给出")
    ] = None,
) -> None:
    """用标准问答评测当前资料库，写出 JSON 与 HTML 报告。"""
    from eval.command import differences, figures
    from eval.command import evaluate as run

    settings = load_settings()
    with _library(settings) as library:
        answerer = Answerer(library, _generator(settings), settings)
        with _progress() as progress:
            task = progress.add_task("评测", total=None)
            found = run(
                gold,
                answerer,
                settings,
                runs=runs,
                earlier=compare,
                minimum=minimum or [],
                progress=lambda done, total: progress.update(task, completed=done, total=total),
            )
    out.print(figures(found.run))
    if found.earlier:
        out.print(differences(found.earlier, found.run))
    out.print(f"结果：{found.json}\n报告：{found.html}", soft_wrap=True)
    for failure in found.failures:
        err.print(f"[red]✗[/] {escape(failure)}", soft_wrap=True)
    if found.failures:
        raise typer.Exit(2)


def _library(settings: Settings) -> Library:
    return Library(settings, load_embedder(settings))


def _generator(settings: Settings) -> Generator | None:
    """The language model; without one the service still shows passages, and says so."""
    try:
        return load_generator(settings)
    except ModelError as error:
        log.warning("%s 现在只列出原文。", error)
        return None


def _ingest(library: Library, paths: list[Path]) -> int:
    """Add files one by one with progress; returns how many could not be."""
    failed = 0
    files = list(files_in(paths))
    with _progress() as progress:
        whole = progress.add_task("收录", total=len(files))
        for file in files:
            part = progress.add_task(file.name, total=None)
            try:
                outcome = library.add(
                    file.resolve().as_posix(),
                    file.read_bytes(),
                    lambda done, total, part=part: progress.update(  # type: ignore[misc]
                        part, completed=done, total=total
                    ),
                )
            except (HuiwenError, OSError) as error:
                failed += 1
                progress.console.print(f"[red]✗[/] {escape(str(error))}", soft_wrap=True)
            else:
                report = outcome.info.report
                progress.console.print(
                    f"[green]✓[/] {escape(file.name)}：{_CHANGES[outcome.change.value]}，"
                    f"{report.paragraphs} 段，接回断段 {report.rejoined} 处，"
                    f"去重 {report.repeated} 段，{report.passages} 个片段"
                )
            progress.remove_task(part)
            progress.advance(whole)
    return failed


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
