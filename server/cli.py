"""``huiwen keys``: add, list, revoke; ``huiwen groups``: who may see a document."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from huiwen.errors import InputError, NotFoundError
from huiwen.groups import listed, who_may_see
from huiwen.settings import load_settings
from index.catalog import Catalog
from index.database import sqlite_url
from server.caller import Scope
from server.keys import Keys

out = Console()
keys_app = typer.Typer(help="接口与页面的密钥：发给、列出、撤销。", no_args_is_help=True)


@keys_app.command()
def add(
    name: Annotated[str, typer.Argument(help="给谁或给哪个系统用")],
    scope: Annotated[str, typer.Option(help="权限，以逗号分隔：ask、upload、admin")] = "ask",
    group: Annotated[str, typer.Option(help="所在的组，以逗号分隔")] = "",
    per_minute: Annotated[int, typer.Option(min=0, help="每分钟最多几次请求，0 为不限")] = 60,
) -> None:
    """新建一个密钥；密钥只显示这一次。"""
    with _keys() as keys:
        key, secret = keys.add(name, _scopes(scope), listed(group), per_minute)
    out.print(f"已建立密钥“{escape(key.name)}”（编号 {key.id}）。它只显示这一次，请妥善保存：")
    out.print(secret, soft_wrap=True, highlight=False, markup=False)


@keys_app.command(name="list")
def listing() -> None:
    """列出密钥，含已撤销的；密钥本身没有保存，看不到。"""
    table = Table("编号", "名称", "权限", "组", "每分钟", "建立", "最近使用", "撤销")
    with _keys() as keys:
        for key in keys.all():
            texts = (
                key.id,
                key.name,
                ",".join(sorted(key.scopes)),
                ",".join(sorted(key.groups)),
                str(key.per_minute or "不限"),
                key.created_at,
                key.used_at,
                key.revoked_at,
            )
            table.add_row(*map(escape, texts))
    out.print(table)


@keys_app.command()
def revoke(identity: Annotated[str, typer.Argument(help="密钥编号，见 huiwen keys list")]) -> None:
    """撤销一个密钥，下一次请求起不再接受。"""
    with _keys() as keys:
        key = keys.revoke(identity)
    out.print(f"已撤销密钥“{escape(key.name)}”。")


def groups(
    identity: Annotated[str, typer.Argument(help="文件编号，见 huiwen list")],
    set_: Annotated[
        str | None, typer.Option("--set", help="只给这些组看，以逗号分隔；* 为所有人")
    ] = None,
) -> None:
    """查看或改变谁可以看一个文件。"""
    settings = load_settings()
    url = settings.catalog_url or sqlite_url(settings.store / "catalog.sqlite")
    with closing(Catalog(url)) as catalog:
        if set_ is not None:
            catalog.set_groups(identity, who_may_see(set_))
        info = catalog.info(identity)
    if info is None:
        raise NotFoundError(f"资料库里没有编号为 {identity} 的文件；编号见 huiwen list。")
    shown = "、".join(info.groups) or "所有人"
    out.print(f"“{escape(info.name)}”可以看的组：{escape(shown)}")


def _scopes(text: str) -> list[Scope]:
    known = {scope.value: scope for scope in Scope}
    wrong = [name for name in listed(text) if name not in known]
    if wrong:
        raise InputError(f"没有“{wrong[0]}”这种权限；请用 {'、'.join(known)}。")
    return [known[name] for name in listed(text)]


@contextmanager
def _keys() -> Iterator[Keys]:
    with closing(Keys(load_settings())) as keys:
        yield keys
