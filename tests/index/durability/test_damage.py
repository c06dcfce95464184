"""A damaged file is noticed before anything reads it; what is found stays right."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from huiwen.errors import StoreError
from index.backup import sqlite_problems
from index.doctor import Finding, Level, examine, repair
from index.generation import MANIFEST, PREVIOUS, publish, published, states
from ingest.parse import document_id
from tests.fakes import HashEmbedder
from tests.index.durability.damage import Injury, injuries
from tests.index.durability.steps import BEFORE, prepare
from tests.index.durability.world import (
    check,
    compact,
    opened,
    parsing_here,
    settings_of,
    text_of,
)

# Outside CI more places of each file: HUIWEN_INJURIES=400.
EACH = int(os.environ.get("HUIWEN_INJURIES", "12"))


@pytest.fixture(autouse=True)
def _here() -> Iterator[None]:
    with parsing_here():
        yield


@pytest.fixture
def store(tmp_path: Path) -> Path:
    prepare(tmp_path / "store")
    return tmp_path / "store"


def folder_of(root: Path) -> Path | None:
    """The folder of the generation that would be opened."""
    return next((g.folder for g in published(root, lambda _: True)), None)


def test_every_injury_is_noticed(store: Path) -> None:
    root = store / "index"
    present = folder_of(root)
    assert present
    noticed = 0
    for injury in injuries(root, EACH, random.Random(5)):
        before = injury.path.read_bytes()
        injury.inflict()
        of_present = injury.path.name == MANIFEST or present in injury.path.parents
        assert (folder_of(root) != present) == of_present, injury
        noticed += of_present
        injury.path.write_bytes(before)
    assert noticed > 100


@pytest.mark.parametrize("name", [MANIFEST, PREVIOUS])
def test_every_byte_of_a_manifest_is_watched(tmp_path: Path, name: str) -> None:
    def write(folder: Path) -> None:
        (folder / "file").write_bytes(b"content")

    for generation in (1, 2):
        publish(tmp_path, {"library": "l", "generation": generation}, write)
    path = tmp_path / name
    whole = path.read_bytes()
    for at in range(len(whole)):
        for cut in (False, True):
            path.write_bytes(whole)
            Injury(path, at, cut, mask=1 << at % 8).inflict()
            state = next(state for state in states(tmp_path) if state.name == name)
            assert (state.facts, state.whole) == (None, False), (at, cut)
    path.write_bytes(whole)
    assert all(state.whole for state in states(tmp_path))


@pytest.mark.parametrize("cut", [False, True])
def test_with_one_file_damaged_search_is_right(store: Path, tmp_path: Path, cut: bool) -> None:
    template = tmp_path / "template"
    shutil.move(store, template)
    random_ = random.Random(11)
    chosen = [i for i in injuries(template / "index", 3, random_) if i.cut == cut]
    for injury in random_.sample(chosen, min(40, len(chosen))):
        shutil.rmtree(store, ignore_errors=True)
        shutil.copytree(template, store)
        moved = store / injury.path.relative_to(template)
        type(injury)(moved, injury.at, injury.cut, injury.mask).inflict()
        with opened(store) as library:
            check(library, [BEFORE])


def test_the_previous_generation_is_used_then_none(store: Path) -> None:
    root = store / "index"
    (root / MANIFEST).write_bytes(b"{}")
    with opened(store) as library:
        assert 0 < library._engine.generation <= 4
        check(library, [BEFORE])
    (root / PREVIOUS).unlink()
    with opened(store) as library:
        assert library._engine.generation == 0
        check(library, [BEFORE])
        compact(library)
    assert [state.whole for state in states(root)] == [True]


def test_a_damaged_manifest_does_not_push_out_the_previous_one(store: Path) -> None:
    root = store / "index"
    previous = (root / PREVIOUS).read_bytes()
    (root / MANIFEST).write_bytes(b"damaged")
    with opened(store) as library:
        compact(library)
    assert (root / PREVIOUS).read_bytes() == previous
    assert [state.whole for state in states(root)] == [True, True]


def test_an_index_ahead_of_the_catalogue_is_thrown_away(store: Path, tmp_path: Path) -> None:
    shutil.copy(store / "catalog.sqlite", tmp_path / "copy.sqlite")
    with opened(store) as library:
        library.delete(document_id("a.txt"))
        library.add("x.txt", text_of("x.txt", 1))
        compact(library)
    shutil.copy(tmp_path / "copy.sqlite", store / "catalog.sqlite")
    with opened(store) as library:
        check(library, [BEFORE])
        for version in (2, 3, 4):
            library.add("c.txt", text_of("c.txt", version))
    with opened(store) as library:
        check(library, [{**BEFORE, "c.txt": 4}])


def test_a_catalogue_that_is_damaged_is_said(store: Path) -> None:
    """Wherever a page of it is lost: an error in Chinese, never a wrong answer unnoticed."""
    shutil.rmtree(store / "index")
    whole = (store / "catalog.sqlite").read_bytes()
    page = 4096
    said = 0
    for at in range(0, len(whole), page * 4):
        data = bytearray(whole)
        data[at : at + page] = random.Random(at).randbytes(len(data[at : at + page]))
        (store / "catalog.sqlite").write_bytes(data)
        try:
            with opened(store) as library:
                check(library, [BEFORE])
        except StoreError as error:
            said += "备份" in str(error)
        if not _unused(whole, at):
            assert sqlite_problems(store / "catalog.sqlite"), at
    assert said


def _unused(whole: bytes, at: int) -> bool:
    """Whether a page is all zeros: free, or never written."""
    return not any(whole[at : at + 4096])


def look(store: Path) -> dict[str, Finding]:
    # Models are not what is looked at here, and hashing them takes seconds.
    elsewhere = {"models_dir": store / "models", "llm_backend": "none"}
    settings = settings_of(store).model_copy(update=elsewhere)
    found = examine(settings, lambda: HashEmbedder(32))
    return {f.subject: f for f in found if not f.subject.startswith("模型")}


def wrong(store: Path) -> set[str]:
    return {subject for subject, f in look(store).items() if f.level is Level.WRONG}


def test_a_sound_store_has_nothing_wrong(store: Path) -> None:
    assert wrong(store) == set()
    assert "落后 1 代" in look(store)["索引"].message


def test_an_index_is_repaired(store: Path) -> None:
    for file in (store / "index").rglob("vectors.f16"):
        file.write_bytes(file.read_bytes()[:-1])
    assert wrong(store) == {"索引", "上一代索引"}
    assert repair(settings_of(store), HashEmbedder(32))
    assert wrong(store) == set()
    assert "落后 0 代" in look(store)["索引"].message


def execute(statement: str) -> Callable[[Path], None]:
    def act(store: Path) -> None:
        with closing(sqlite3.connect(store / "catalog.sqlite")) as db, db:
            db.execute(statement)

    return act


@pytest.mark.parametrize(
    ("injure", "subject"),
    [
        (execute("UPDATE documents SET text = replace(text, '有关', '无关')"), "资料库内容"),
        (execute("UPDATE passages SET text = replace(text, '有关', '无关')"), "资料库内容"),
        (execute("UPDATE passages SET vector = zeroblob(128) WHERE number = 1"), "向量"),
        (execute("UPDATE passages SET vector = zeroblob(4) WHERE number = 1"), "向量"),
        (execute("UPDATE passages SET vector = x'00' WHERE number = 1"), "资料库"),
        (execute("UPDATE passages SET pieces = '[[' WHERE number = 1"), "资料库"),
        (execute("UPDATE meta SET value = 'other/32' WHERE key = 'embedder'"), "向量模型"),
        (execute("DELETE FROM documents WHERE name = 'a.txt'"), "资料库文件"),
        (lambda store: (store / "catalog.sqlite").write_bytes(b"x" * 9999), "资料库文件"),
    ],
)
def test_doctor_finds(store: Path, injure: Callable[[Path], object], subject: str) -> None:
    injure(store)
    found = look(store)
    assert subject in wrong(store)
    assert found[subject].remedy


def test_unreadable_rows_are_an_error_in_chinese(store: Path) -> None:
    execute("UPDATE passages SET vector = x'00'")(store)
    execute("UPDATE passages SET pieces = '[['")(store)
    shutil.rmtree(store / "index")
    with pytest.raises(StoreError, match="备份"), opened(store) as library:
        library.search("编号", 5)
