"""``huiwen doctor``."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from huiwen.settings import load_settings
from index.doctor import Level, examine
from index.doctor import repair as mend
from index.embedder import load_embedder
from server.preflight import examine_audit, examine_settings

out = Console()


def doctor(
    repair: Annotated[bool, typer.Option("--repair", help="先按资料库重建索引")] = False,
) -> None:
    """检查配置、磁盘、资料库、向量、索引、模型；有问题时以状态 1 结束。"""
    settings = load_settings()
    if repair:
        with out.status("重建索引…"):
            done = mend(settings, load_embedder(settings))
        out.print("索引已重建。" if done else "[yellow]别的程序正在重建索引，请稍后再查。[/]")
    table = Table("", "检查", "情况", "怎么办")
    with out.status("检查…"):
        findings = [
            *examine_settings(settings),
            *examine(settings, partial(load_embedder, settings)),
            *examine_audit(settings),
        ]
    for finding in findings:
        style = {Level.FINE: "green", Level.NOTE: "yellow", Level.WRONG: "red"}[finding.level]
        level = f"[{style}]{finding.level.value}[/]"
        texts = (finding.subject, finding.message, finding.remedy)
        table.add_row(level, *map(escape, texts))
    out.print(table)
    if any(finding.level is Level.WRONG for finding in findings):
        raise typer.Exit(1)
