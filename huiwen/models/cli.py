"""``huiwen models``: pull, list, verify."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.filesize import decimal
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars
from rich.table import Table

from huiwen.errors import ModelVerifyError
from huiwen.models.store import ModelStore, Progress, Role
from huiwen.settings import Settings, load_settings

out = Console()
models_app = typer.Typer(help="获取、列出、校验模型。", no_args_is_help=True)
RoleOption = Annotated[Role | None, typer.Option(help="只处理一种角色")]


@models_app.command()
def pull(role: RoleOption = None) -> None:
    """获取配置里的模型；已有的不重复下载，中断后再运行会接着下。"""
    settings = load_settings()
    store = ModelStore(settings)
    for each, name in _chosen(settings, role):
        with Bars(
            TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn(),
            console=out, transient=True,
        ) as bars:  # fmt: skip
            task = bars.add_task(escape(name), total=None)

            def show(progress: Progress, task: object = task, name: str = name) -> None:
                bars.update(
                    task,  # type: ignore[arg-type]
                    description=f"{escape(name)}：{progress.step}",
                    completed=progress.done,
                    total=progress.total or None,
                )

            path = store.pull(each, name, show)
        out.print(f"[green]✓[/] {each.value}：{escape(name)} → {escape(str(path))}", soft_wrap=True)


@models_app.command(name="list")
def listing() -> None:
    """列出内置的与本地已有的模型。"""
    table = Table("角色", "名称", "大小", "状态", "许可", "来源")
    for entry in ModelStore(load_settings()).entries():
        state = f"{entry.state}：{entry.path}" if entry.path else entry.state
        table.add_row(
            entry.role.value,
            escape(entry.name),
            decimal(entry.size),
            escape(state),
            entry.licence,
            escape(entry.origin),
        )
    out.print(table)


@models_app.command()
def verify(role: RoleOption = None) -> None:
    """核对每个模型文件的大小与 SHA-256。"""
    settings = load_settings()
    store = ModelStore(settings)
    wrong: list[str] = []
    for each, name in _chosen(settings, role):
        checks = store.verify(each, name)
        if not checks:
            out.print(f"– {escape(name)}  没有登记的校验值", soft_wrap=True)
        for check in checks:
            mark = "[green]✓[/]" if check.ok else "[red]✗[/]"
            out.print(f"{mark} {escape(name)}/{escape(check.file)}  {check.actual}", soft_wrap=True)
            if not check.ok:
                wrong.append(f"{name}/{check.file}")
    if wrong:
        raise ModelVerifyError(
            f"{'、'.join(wrong)} 与登记的不符；请删除 {settings.models_dir} 里的该模型，"
            "再运行 huiwen models pull。"
        )


def _chosen(settings: Settings, role: Role | None) -> list[tuple[Role, str]]:
    """The configured models that live on this machine."""
    rows = [(Role.EMBEDDER, settings.embedder)]
    if settings.llm_backend not in ("openai", "none"):
        rows.append((Role.LLM, settings.llm))
    return [row for row in rows if role in (None, row[0])]
