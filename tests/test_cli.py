"""Questions from the command line, narrowed to what was decided."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from huiwen import cli
from huiwen.settings import Settings
from index.library import Library
from tests.fakes import HashEmbedder

MINUTES = (
    "河口市常务会议纪要\n\n一、研究管网改造\n\n水务局汇报了管网改造的进展情况。\n\n"
    "会议决定，明年再改造管网80公里。\n\n二、研究道路改造\n\n会议同意改造道路6条。\n"
)


@pytest.fixture(autouse=True)
def fakes(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    monkeypatch.setattr(cli, "load_settings", lambda: settings)
    monkeypatch.setattr(cli, "_library", lambda chosen: Library(chosen, HashEmbedder()))
    monkeypatch.setattr(cli, "_generator", lambda _: None)
    with Library(settings, HashEmbedder()) as library:
        library.add("纪要.txt", MINUTES.encode())


@pytest.mark.parametrize(
    ("options", "told", "left_out"),
    [
        ([], ["进展情况", "80公里", "道路6条"], []),
        (["--decisions"], ["80公里", "道路6条"], ["进展情况"]),
        (["--item", "管网"], ["进展情况", "80公里"], ["道路6条"]),
        (["--item", "管网", "--decisions"], ["80公里"], ["进展情况", "道路6条"]),
        (["--item", "绿化"], ["所选范围内没有资料"], ["80公里"]),
    ],
)
def test_ask_is_narrowed(options: list[str], told: list[str], left_out: list[str]) -> None:
    result = CliRunner().invoke(cli.app, ["ask", "改造了什么？", *options])
    assert result.exit_code == 0, result.output
    shown = "".join(result.output.split())
    assert all(words in shown for words in told)
    assert not any(words in shown for words in left_out)
