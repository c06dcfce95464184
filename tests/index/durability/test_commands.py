"""The commands: what they print and how they end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from huiwen import cli
from huiwen.errors import StoreError
from huiwen.settings import Settings
from server import doctor_cli
from tests.fakes import HashEmbedder
from tests.index.durability.world import check, compact, opened, parsing_here, text_of


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    def embedder(_: Settings) -> HashEmbedder:
        return HashEmbedder(32)

    monkeypatch.setenv("HUIWEN_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("HUIWEN_MODELS_DIR", str(tmp_path / "models"))
    monkeypatch.setattr(cli, "load_embedder", embedder)
    monkeypatch.setattr(doctor_cli, "load_embedder", embedder)
    with parsing_here():
        with opened(tmp_path / "store") as library:
            library.add("a.txt", text_of("a.txt", 1))
            compact(library)
        yield tmp_path / "store"


def test_backup_then_restore(store: Path, tmp_path: Path) -> None:
    run = CliRunner().invoke
    made = run(cli.app, ["backup", str(tmp_path / "copy")])
    assert made.exit_code == 0
    assert "已备份 1 个文件、3 个片段" in made.stdout
    refused = run(cli.app, ["restore", str(tmp_path / "copy")])
    assert isinstance(refused.exception, StoreError)
    assert run(cli.app, ["restore", str(tmp_path / "copy"), "--force"]).exit_code == 0
    with opened(store) as library:
        check(library, [{"a.txt": 1}])


def test_doctor_says_what_is_wrong_and_repairs_it(store: Path) -> None:
    run = CliRunner(env={"COLUMNS": "300"}).invoke
    # The models are not here: something is wrong from the beginning.
    before = run(cli.app, ["doctor"])
    assert before.exit_code == 1
    assert "已损坏" not in before.stdout
    for file in (store / "index").rglob("numbers.npy"):
        file.write_bytes(b"")
    damaged = run(cli.app, ["doctor"])
    assert damaged.exit_code == 1
    assert "已损坏" in damaged.stdout
    assert "huiwen doctor --repair" in damaged.stdout
    repaired = run(cli.app, ["doctor", "--repair"])
    assert "索引已重建" in repaired.stdout
    assert "已损坏" not in repaired.stdout
