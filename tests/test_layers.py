"""Imports follow the data: no package imports what comes after it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.conftest import ROOT

ORDER = ["huiwen", "ingest", "index", "answer", "server", "ui"]
# The command line starts everything, so it alone may know everything.
TOP = {"huiwen/cli.py", "huiwen/__main__.py"}
BANNED = {"pickle", "joblib", "shelve", "marshal"}


def modules() -> list[str]:
    return [
        path.relative_to(ROOT).as_posix()
        for package in [*ORDER, "eval"]
        for path in sorted((ROOT / package).rglob("*.py"))
    ]


def imported(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize("module", [m for m in modules() if m not in TOP])
def test_no_import_runs_back(module: str) -> None:
    package = module.split("/")[0]
    names = imported(ROOT / module)
    if package == "eval":
        forbidden = {"server", "ui"}
    else:
        forbidden = {*ORDER[ORDER.index(package) + 1 :], "eval"}
    assert not names & forbidden


@pytest.mark.parametrize("module", modules())
def test_nothing_that_runs_code_from_data(module: str) -> None:
    assert not imported(ROOT / module) & BANNED
    assert "torch.load" not in (ROOT / module).read_text("utf-8")


@pytest.mark.parametrize("leaf", ["types", "errors"])
def test_leaves_import_nothing_of_ours(leaf: str) -> None:
    assert not imported(ROOT / f"huiwen/{leaf}.py") & {*ORDER, "eval"}


@pytest.mark.parametrize("module", modules())
def test_modules_fit_a_reader(module: str) -> None:
    assert len((ROOT / module).read_text("utf-8").splitlines()) <= 400
