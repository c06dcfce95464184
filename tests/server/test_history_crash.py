"""What was acknowledged survives a kill and a backup."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from huiwen.settings import Settings
from huiwen.types import Filters
from index.backup import CONVERSATIONS, back_up, restore
from index.doctor import Level, examine
from index.library import Library
from server.history import History, TurnState, Verdict
from tests.conftest import ROOT
from tests.fakes import HashEmbedder

_WRITER = """
import sys
from pathlib import Path
from huiwen.settings import Settings
from huiwen.types import Filters
from server.history import History, TurnState, Verdict
history = History(Settings(store=Path(sys.argv[1])))
conversation = history.create("甲")
print("conversation", conversation.id, flush=True)
for number in range(10_000):
    turn = history.begin("甲", conversation.id, f"问题{number}", Filters())
    print("asked", turn.id, flush=True)
    history.finish(turn.id, TurnState.ANSWERED, f"回答{number}")
    print("answered", turn.id, flush=True)
    history.give("甲", turn.id, Verdict.UP, f"理由{number}")
    print("judged", turn.id, flush=True)
"""


@pytest.mark.parametrize("lines", [2, 3, 40, 101])
def test_nothing_acknowledged_is_lost_to_a_kill(tmp_path: Path, lines: int) -> None:
    command = [sys.executable, "-c", _WRITER, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as writer:
        assert writer.stdout is not None
        told = [next(writer.stdout).split() for _ in range(lines)]
        writer.kill()
        told += [line.split() for line in writer.stdout if line.endswith("\n")]
    with closing(History(Settings(store=tmp_path))) as history:
        turns = {turn.id: turn for turn in history.turns("甲", told[0][1])}
    states = {TurnState.ANSWERED, TurnState.INTERRUPTED}
    assert {turn.state for turn in turns.values()} <= states
    for what, identity in told[1:]:
        turn = turns[identity]
        assert turn.question.startswith("问题")
        if what == "answered":
            assert turn.text == turn.question.replace("问题", "回答")
        if what == "judged":
            assert turn.opinion is not None
            assert turn.opinion.reason == turn.question.replace("问题", "理由")


def test_conversations_are_backed_up_with_the_library(settings: Settings, tmp_path: Path) -> None:
    with Library(settings, HashEmbedder()) as library, closing(History(settings)) as history:
        library.add("a.txt", "会议\n\n讨论了桥梁。\n".encode())
        kept = history.create("甲", "桥")
        history.begin("甲", kept.id, "讨论了什么？", Filters())
        made = back_up(settings, tmp_path / "backup")
    fresh = Settings(store=tmp_path / "fresh")
    restore(fresh, made.folder)
    with closing(History(fresh)) as history:
        (turn,) = history.turns("甲", kept.id)
    assert turn.question == "讨论了什么？"


def test_the_doctor_looks_at_conversations(settings: Settings) -> None:
    def found() -> Level:
        (finding,) = (f for f in examine(settings, HashEmbedder) if f.subject == "对话与评价")
        return finding.level

    with Library(settings, HashEmbedder()) as library:
        library.add("a.txt", "会议\n\n讨论了桥梁。\n".encode())
    with closing(History(settings)) as history:
        for _ in range(200):
            history.create("甲", "桥")
    assert found() is Level.FINE
    path = settings.store / CONVERSATIONS
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    path.write_bytes(data)
    assert found() is Level.WRONG


def test_the_history_is_the_same_on_postgresql(postgres: str, tmp_path: Path) -> None:
    settings = Settings(store=tmp_path, catalog_url=postgres)
    with closing(History(settings)) as history:
        kept = history.create("甲", "\0")
        turn = history.begin("甲", kept.id, "讨论了\0_什么？", Filters(decisions=True))
        history.finish(turn.id, TurnState.ANSWERED, "讨论了\0桥梁。", rewritten="\0")
        history.give("甲", turn.id, Verdict.UP, "\0好")
        (opinion,) = (turn.opinion for turn in history.opinions("甲"))
        assert opinion is not None
        assert opinion.reason == "好"
        again = history.begin("甲", kept.id, "讨论了桥梁吗？", Filters(), turn.id)
    with closing(History(settings)) as history:
        (now,) = history.turns("甲", kept.id)
        assert (now.id, now.state) == (again.id, TurnState.INTERRUPTED)
        assert [item.turns for item in history.all("甲", "桥梁")] == [1]
        assert history.all("甲", "讨_了") == []
        assert history.all("甲", "\0桥") != []
        history.delete("甲", kept.id)
        assert history.all("甲") == []
