"""The commands of ``huiwen eval``; what they need is imported when one is run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Bar
from typer.core import TyperGroup

from huiwen.errors import InputError, NotFoundError
from huiwen.settings import Settings, load_settings

if TYPE_CHECKING:
    from eval.command import Evaluation
    from eval.runner import Progress

out = Console()
err = Console(stderr=True)
MISSED = 1  # the exit status of a run that misses a limit
Runs = Annotated[Path, typer.Option(help="保存结果的文件夹")]
_RUNS = Path("runs")
_LAST = "last"


class _Group(TyperGroup):
    """Without the name of a command it is ``run``: ``huiwen eval gold.jsonl`` still works."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        if args and args[0] not in self.commands and args[0] not in ("--help", "-h"):
            args = ["run", *args]
        return super().parse_args(ctx, args)


eval_app = typer.Typer(
    cls=_Group,
    no_args_is_help=True,
    help="评测：题集、公开基准、对比、门槛，从文件起草题目（见 docs/evaluation.md）。",
)


@eval_app.command("run")
def run_command(
    gold: Annotated[Path | None, typer.Argument(help="标准问答文件（JSONL）")] = None,
    suite: Annotated[str, typer.Option(help="公开基准：drcd、cmrc、rgb")] = "",
    sample: Annotated[
        str,
        typer.Option(help="dev、test（互不相交的两半）或 all；drcd、cmrc 默认 dev，rgb 默认 all"),
    ] = "",
    count: Annotated[int | None, typer.Option(min=1, help="抽多少题；drcd、cmrc 默认 300")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="每一部分只问前几题")] = None,
    noise: Annotated[
        list[float] | None, typer.Option(help="rgb 的噪声比例，如 0.4，可多次给出；默认全部")
    ] = None,
    part: Annotated[
        str, typer.Option(help="rgb 只测名称以此开头的部分，如 noise、integration-0.2")
    ] = "",
    llm_backend: Annotated[str, typer.Option(help="换一个 llm_backend，如 none（只列原文）")] = "",
    runs: Runs = _RUNS,
    compare: Annotated[
        str, typer.Option(help="与较早一次的结果（JSON）对比；last 为同一题集的上一次")
    ] = "",
    minimum: Annotated[
        list[str] | None,
        typer.Option(
            "--min",
            "--max",
            help="门槛，如 accuracy=0.9、over_refusal=0.1，可多次给出；未达到时状态为 1",
        ),
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="不接着上次中断的，从头问起")] = False,
    unconfirmed: Annotated[
        bool, typer.Option("--unconfirmed", help="没有经人确认的题也问")
    ] = False,
) -> None:
    """运行标准问答（资料库为当前资料库）或公开基准，写出 JSON 与 HTML 报告。"""
    from answer.generator import load_generator
    from eval.command import evaluate
    from eval.run import latest_run
    from eval.suites import SAMPLES, SUITES, Choice, gold_suite
    from eval.suites.answerers import answerers
    from index.embedder import load_embedder

    settings = _settings(llm_backend)
    if (gold is None) == (not suite):
        raise InputError("请给出一个标准问答文件，或用 --suite 选一个公开基准，两者取一。")
    if suite and suite not in SUITES:
        raise InputError(f"没有名为 {suite!r} 的公开基准。可选的有：{'、'.join(SUITES)}。")
    if sample and sample not in SAMPLES:
        raise InputError(f"没有名为 {sample!r} 的抽样。可选的有：{'、'.join(SAMPLES)}。")
    choice = Choice(sample, count, limit, tuple(noise or ()), part, unconfirmed)
    chosen = SUITES[suite](suite, settings.data, choice) if suite else gold_suite(gold, choice)  # type: ignore[arg-type]
    earlier = (
        latest_run(runs, chosen.label) if compare == _LAST else Path(compare) if compare else None
    )
    embedder, generator = load_embedder(settings), load_generator(settings)
    with answerers(chosen, embedder, generator, settings) as answerer_of, _progress() as progress:
        found = evaluate(
            chosen,
            answerer_of,
            settings,
            runs=runs,
            earlier=earlier,
            minimum=minimum or [],
            fresh=fresh,
            progress=progress,
        )
    _show(found)


@eval_app.command("compare")
def compare_command(
    earlier: Annotated[Path, typer.Argument(help="较早一次的结果（JSON）")],
    later: Annotated[Path, typer.Argument(help="较晚一次的结果（JSON）")],
    html: Annotated[Path | None, typer.Option(help="另写一份含对比的报告")] = None,
) -> None:
    """对比两次存下的结果：指标之差与区间、由错变对与由对变错的题。"""
    from eval.report import write_report
    from eval.run import load_run
    from eval.tables import differences

    before, after = load_run(earlier), load_run(later)
    out.print(differences(before, after))
    if html:
        out.print(f"报告：{write_report(after, html, before)}", soft_wrap=True)


@eval_app.command("runs")
def runs_command(runs: Runs = _RUNS) -> None:
    """列出存下的结果，旧的在前。"""
    from eval.tables import history

    out.print(history(runs))


@eval_app.command("draft")
def draft_command(
    target: Annotated[Path, typer.Argument(help="写到的题集（JSONL）；已有的题不动，接在后面")],
    count: Annotated[int, typer.Option(min=1, help="起草多少道可答的题")] = 30,
    refused: Annotated[int, typer.Option(min=0, help="起草多少道应当拒答的题")] = 8,
    llm: Annotated[bool, typer.Option("--llm", help="由语言模型出题（慢），默认按规则")] = False,
) -> None:
    """从资料库的文件起草题目：发言人、数字、日期、议定事项，以及资料里没有的；待人确认。"""
    from answer.generator import load_generator
    from eval.draft.command import draft_questions
    from index.embedder import load_embedder
    from index.library import Library

    settings = load_settings()
    generator = load_generator(settings) if llm else None
    with Library(settings, load_embedder(settings)) as library, _progress("读文件") as told:
        answered, absent = draft_questions(
            library, target, count=count, refused=refused, generator=generator, told=told
        )
    out.print(
        f"起草了 {answered} 道可答的题、{absent} 道应当拒答的题。"
        f"请逐题确认：huiwen eval confirm {target}",
        soft_wrap=True,
    )


@eval_app.command("confirm")
def confirm_command(gold: Annotated[Path, typer.Argument(help="题集（JSONL）")]) -> None:
    """逐题确认起草的题目：y 确认，e 修改，d 删除，s 跳过，q 结束；每题即时存盘。"""
    from eval.draft.sheet import Sheet

    if not gold.exists():
        raise NotFoundError(f"题集 {gold} 不存在。请检查路径。")
    sheet = Sheet.read(gold)
    rows = list(sheet.open())
    for number, row in enumerate(rows, start=1):
        _tell(row, f"{number}/{len(rows)}")
        choice = typer.prompt("y 确认  e 修改  d 删除  s 跳过  q 结束", default="s")
        match choice.strip().lower():
            case "y":
                row["confirmed"] = True
            case "e":
                _edit(row)
            case "d":
                sheet.remove(row)
            case "q":
                break
        sheet.write()
    left = sum(1 for _ in sheet.open())
    out.print(f"还有 {left} 题没有确认。" if left else "全部确认了。")


def _tell(row: dict[str, object], place: str) -> None:
    from eval.draft.sheet import told

    out.print(f"\n[bold]{place}[/]　{escape(str(row['question']))}", highlight=False)
    out.print(f"  答案：{escape(told(row['answers'])) or '（应当拒答）'}", highlight=False)
    evidence = row.get("evidence")
    for item in evidence if isinstance(evidence, list) else []:
        source = f"《{item.get('document', '')}》{item['quote']}"
        out.print(f"  [dim]依据：{escape(source)}[/]", highlight=False)
    if row.get("note"):
        out.print(f"  [yellow]{escape(str(row['note']))}[/]", highlight=False)


def _edit(row: dict[str, object]) -> None:
    from eval.draft.sheet import read_answers, told

    row["question"] = typer.prompt("问题", default=str(row["question"])).strip()
    said = typer.prompt(
        "答案（同一项的说法用 | 分开，几项用 ; 分开）", default=told(row["answers"])
    )
    row["answers"] = read_answers(said)
    row["confirmed"] = True


@eval_app.command("failures")
def failures_command(
    run: Annotated[Path, typer.Argument(help="结果（JSON）")],
    cause: Annotated[str, typer.Option(help="只列这种原因，如 refused")] = "",
) -> None:
    """按原因列出没有做对的题：问题、标准答案、回答、依据。"""
    from eval.failures import CAUSES, failures
    from eval.run import load_run
    from eval.tables import case

    if cause and cause not in CAUSES:
        raise InputError(f"没有名为 {cause!r} 的原因。可选的有：{'、'.join(CAUSES)}。")
    for name, rows in failures(load_run(run).rows).items():
        if cause in ("", name):
            out.print(f"[bold]{CAUSES[name]}（{name}，{len(rows)} 题）[/]")
            for row in rows:
                out.print(escape(case(row)), highlight=False, soft_wrap=True)


def _settings(llm_backend: str) -> Settings:
    settings = load_settings()
    if not llm_backend:
        return settings
    return Settings.model_validate(settings.model_dump() | {"llm_backend": llm_backend})


def _show(found: Evaluation) -> None:
    from eval.tables import causes, differences, figures, groups

    tables = [figures(found.run), *groups(found.run), causes(found.run)]
    for table in tables:
        if table:
            out.print(table)
    if found.earlier:
        out.print(differences(found.earlier, found.run))
    out.print(f"结果：{found.json}\n报告：{found.html}", soft_wrap=True)
    for failure in found.failures:
        err.print(f"[red]✗[/] {escape(failure)}", soft_wrap=True)
    if found.failures:
        raise typer.Exit(MISSED)


@contextmanager
def _progress(task: str = "评测") -> Iterator[Progress]:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Bar(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=err) as bar:
        shown = bar.add_task(task, total=None)
        yield lambda done, total: bar.update(shown, completed=done, total=total)
