"""Questions from the command line, narrowed to what was decided."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from huiwen import cli
from huiwen.settings import Settings
from huiwen.types import Filters
from index.library import Library
from server.history import History, TurnState, Verdict
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


def test_feedback_is_written_as_drafts(settings: Settings, tmp_path: Path) -> None:
    with closing(History(settings)) as history:
        conversation = history.create("甲")
        turn = history.begin("甲", conversation.id, "改造了什么？", Filters())
        history.finish(turn.id, TurnState.STOPPED, "草稿")
        history.give("甲", turn.id, Verdict.DOWN, "太慢")
    target = tmp_path / "drafts.jsonl"
    result = CliRunner().invoke(cli.app, ["feedback", "export", str(target)])
    assert "1 条" in result.output
    row = json.loads(target.read_text("utf-8"))
    assert (row["question"], row["reason"], row["disliked"]) == ("改造了什么？", "太慢", "草稿")
    result = CliRunner().invoke(cli.app, ["feedback", "export", str(tmp_path / "no" / "x")])
    assert "无法写入" in str(result.exception)
