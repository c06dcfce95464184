"""``huiwen bundle``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from huiwen.bundle import make_bundle
from huiwen.settings import load_settings

out = Console()


def bundle(
    target: Annotated[Path, typer.Argument(help="新的或空的文件夹")],
    extras: Annotated[
        list[str] | None, typer.Option("--extra", help="另带的附加组，如 otel、milvus，可多次给出")
    ] = None,
) -> None:
    """制作离线安装包：软件包、模型、校验值与安装脚本，在没有网络的机器上安装。"""
    with out.status("准备…") as status:
        make_bundle(load_settings(), target, extras or [], lambda doing: status.update(f"{doing}…"))
    out.print(
        f"离线安装包：{escape(str(target))}。复制过去，运行 bash install.sh 安装目录。",
        soft_wrap=True,
    )
