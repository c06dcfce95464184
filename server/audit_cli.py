"""``huiwen audit``: verify, export."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable
from contextlib import nullcontext
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer
from rich.console import Console
from rich.markup import escape

from huiwen.errors import InputError
from huiwen.settings import load_settings
from server.audit import NAME, Audit

out = Console()
audit_app = typer.Typer(help="核对、导出审计日志。", no_args_is_help=True)
_COLUMNS = [
    "number", "at", "kind", "id", "request", "who", "address", "route", "question", "understood",
    "filters", "noted", "documents", "passages", "status", "text", "reason", "cited", "model",
    "prompt", "content", "seconds", "outcome", "through", "hash_through", "hash",
]  # fmt: skip
Day = Annotated[str, typer.Option(metavar="年-月-日", help="含这一天，按 UTC")]


class Format(StrEnum):
    """How records are written."""

    JSONL = "jsonl"
    CSV = "csv"


@audit_app.command()
def verify(
    known: Annotated[
        str, typer.Option("--head", help="以前记下的哈希，必须仍在链上；用来发现整个改写")
    ] = "",
) -> None:
    """重新计算整条链；改动、删除、调换过的记录会指出来，并以状态 1 结束。"""
    with _open() as audit:
        found = audit.verify(known)
    if found.pruned:
        out.print(f"前 {found.pruned} 条已按保存期限清理。")
    for problem in found.problems:
        out.print(f"[red]✗[/] {escape(problem)}", soft_wrap=True)
    if found.problems:
        raise typer.Exit(1)
    out.print(
        f"[green]✓[/] {found.records} 条记录首尾相接，没有改动。"
        f"最后一条：第 {found.head.number} 条 "
        f"{found.head.hash}（请抄存到别处，下次用 --head 核对）",
        soft_wrap=True,
    )


@audit_app.command()
def export(
    since: Day = "",
    until: Day = "",
    form: Annotated[Format, typer.Option("--format", help="jsonl 或 csv")] = Format.JSONL,
    target: Annotated[Path | None, typer.Option("--out", help="写到文件；不给则写到终端")] = None,
) -> None:
    """导出记录。"""
    write = {Format.JSONL: _jsonl, Format.CSV: _csv}[form]
    # Excel takes a CSV for UTF-8 only by its mark.
    encoding = "utf-8-sig" if form is Format.CSV else "utf-8"
    file = target.open("w", encoding=encoding, newline="") if target else nullcontext(sys.stdout)
    with _open() as audit, file as to:
        write(audit.records(since, until), to)


def _open() -> Audit:
    settings = load_settings()
    path = settings.store / NAME
    if not path.exists():
        raise InputError(f"还没有审计日志 {path}；服务回答过问题之后才有，请检查配置 store。")
    return Audit(path, settings.audit_days)


def _jsonl(records: Iterable[dict[str, Any]], to: TextIO) -> None:
    for record in records:
        to.write(json.dumps(record, ensure_ascii=False) + "\n")


def _csv(records: Iterable[dict[str, Any]], to: TextIO) -> None:
    writer = csv.DictWriter(to, _COLUMNS)
    writer.writeheader()
    for record in records:
        writer.writerow({key: _cell(value) for key, value in record.items()})


def _cell(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    # A spreadsheet would run a question that begins like a formula.
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
