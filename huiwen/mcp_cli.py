"""The command that serves the tools of the Model Context Protocol."""

from __future__ import annotations

import os
from typing import Annotated, Literal

import typer

from huiwen.errors import ConfigError

KEY = "HUIWEN_KEY"


def mcp(
    url: Annotated[str, typer.Option(help="会问的地址")] = "http://127.0.0.1:7860",
    transport: Annotated[
        Literal["stdio", "http"],
        typer.Option(help="stdio 由使用者的程序启动；http 为可流式 HTTP，路径 /mcp"),
    ] = "stdio",
    host: Annotated[str, typer.Option(help="http 时监听的地址")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="http 时监听的端口")] = 7861,
) -> None:
    """以 MCP 工具（search、ask）供智能体使用；密钥取自环境变量 HUIWEN_KEY，http 时由连接者自带。"""
    try:
        from huiwen.mcp_server import run
    except ImportError as error:
        raise ConfigError("没有安装 MCP 支持；请运行 pip install 'huiwen[mcp]'。") from error
    run(url, os.environ.get(KEY, ""), transport, host, port)
