"""The int8 form: exact where it must be, made once, whole or not there."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huiwen.errors import ModelError, ModelVerifyError
from huiwen.models import int8, store
from huiwen.models.catalogue import BuiltIn, Recipe, Role
from huiwen.models.e5 import read_e5
from huiwen.models.int8 import GRAPH, WEIGHT_LIMIT, folder_of, quantise_blocks, quantise_rows
from huiwen.models.manifest import MANIFEST, sha256
from huiwen.models.sentence_transformer import write_sentence_transformer
from huiwen.models.store import ModelStore
from huiwen.settings import Settings
from index.int8_encoder import Int8Encoder
from index.torch_encoder import TorchEncoder
from tests.models.tiny import HIDDEN, part, tiny_e5

NAME = "tiny-e5"
INT16_MAX, UINT8_MAX = 32767, 255


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model, as a pull of an earlier version of the program left it."""
    folder = tmp_path_factory.mktemp("made") / NAME
    folder.mkdir()
    write_sentence_transformer(read_e5(tiny_e5(_nfkc()).data), folder)
    return folder


def _nfkc() -> dict[str, str]:
    from tokenizers import normalizers

    rules = normalizers.Sequence([normalizers.Nmt(), normalizers.NFKC()])
    points = map(chr, [*range(0xD800), *range(0xE000, 0x110000)])
    return {c: t for c in points if (t := rules.normalize_str(c)) != c and c != "～"}


@pytest.fixture
def models(tmp_path: Path, made: Path) -> Path:
    shutil.copytree(made, tmp_path / "models" / NAME)
    return tmp_path / "models"


@pytest.fixture
def model_store(models: Path) -> ModelStore:
    weights = models / NAME / "model.safetensors"
    model = BuiltIn(
        NAME, Role.EMBEDDER, Recipe.E5, "test", "MIT", weights.stat().st_size, sha256(weights),
        (part(1, b""),),
    )  # fmt: skip
    return ModelStore(Settings(models_dir=models, model_source="none"), {NAME: model})


@given(st.integers(0, 2**32 - 1), st.floats(-6, 6))
@settings(max_examples=50, deadline=None)
def test_rows_come_back_within_half_a_step(seed: int, magnitude: float) -> None:
    weights = np.random.default_rng(seed).normal(0, 10**magnitude, (7, 64)).astype(np.float32)
    weights[3] = 0
    values, scales = quantise_rows(weights)
    assert np.abs(values).max() == WEIGHT_LIMIT
    error = np.abs(values * scales[:, None] - weights)
    assert np.all(error <= scales[:, None] * 0.5001)
    assert not np.any(values[3])


def test_weights_cannot_overflow_where_there_is_no_vnni() -> None:
    # What AVX2 adds up in 16 bits: two products of an unsigned and a signed byte.
    assert 2 * UINT8_MAX * WEIGHT_LIMIT <= INT16_MAX


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=50, deadline=None)
def test_blocks_that_were_four_bits_come_back_as_they_were(seed: int) -> None:
    chance = np.random.default_rng(seed)
    levels = chance.integers(-8, 8, (5, 3, 32))
    levels[..., chance.integers(32)] = -8
    scales = chance.uniform(-0.1, 0.1, (5, 3, 1)).astype(np.float16).astype(np.float32)
    scales[1, 1] = 0
    weights = (levels * scales).astype(np.float32).reshape(5, 96)
    values, found = quantise_blocks(weights)
    again = values.reshape(5, 3, 32) * found[:, :, None]
    assert np.array_equal(again.reshape(5, 96), weights)


def test_a_model_that_is_there_gets_its_int8_form_without_a_network(
    model_store: ModelStore, models: Path
) -> None:
    assert "huiwen models pull" in model_store.int8_lack(NAME)
    steps: list[str] = []
    path = model_store.pull(Role.EMBEDDER, NAME, lambda progress: steps.append(progress.step))
    assert steps == ["转为 int8"]
    assert model_store.int8_lack(NAME) == ""
    encoder, torch = Int8Encoder(path), TorchEncoder(path)
    assert encoder.dimension == torch.dimension == HIDDEN
    assert encoder.fingerprint != torch.fingerprint
    for text in ("会议A", "会", "", "会议" * 40):
        assert encoder.query(text) @ torch.query(text) > 0.99
        assert encoder.passages([text])[0] @ torch.passages([text])[0] > 0.99
    steps.clear()
    model_store.pull(Role.EMBEDDER, NAME, lambda progress: steps.append(progress.step))
    assert steps == []
    assert [entry.name for entry in model_store.entries()] == [NAME]


def test_making_it_twice_gives_the_same_bytes(model_store: ModelStore, models: Path) -> None:
    graph = folder_of(model_store.pull(Role.EMBEDDER, NAME)) / GRAPH
    before = graph.read_bytes()
    shutil.rmtree(graph.parent)
    model_store.pull(Role.EMBEDDER, NAME)
    assert graph.read_bytes() == before


def test_an_interrupted_making_leaves_nothing_that_counts(
    model_store: ModelStore, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(int8, "write_manifest", interrupt)
        with pytest.raises(KeyboardInterrupt):
            model_store.pull(Role.EMBEDDER, NAME)
    assert model_store.int8_lack(NAME)
    assert model_store.resolve(Role.EMBEDDER, NAME) == models / NAME
    model_store.pull(Role.EMBEDDER, NAME)
    assert model_store.int8_lack(NAME) == ""
    assert not list(models.glob("*.partial"))


@pytest.mark.parametrize("damage", ["recipe", "source", "truncated", "manifest", "gone"])
def test_a_form_that_does_not_fit_is_made_anew(model_store: ModelStore, damage: str) -> None:
    folder = folder_of(model_store.pull(Role.EMBEDDER, NAME))
    manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_bytes())
    if damage == "recipe":
        (folder / MANIFEST).write_text(json.dumps(manifest | {"recipe": "0"}))
    elif damage == "source":
        (folder / MANIFEST).write_text(json.dumps(manifest | {"sha256_of_part": "0"}))
    elif damage == "truncated":
        (folder / GRAPH).write_bytes((folder / GRAPH).read_bytes()[:-1])
    elif damage == "manifest":
        (folder / MANIFEST).write_text("[]")
    else:
        (folder / GRAPH).unlink()
    assert model_store.int8_lack(NAME)
    model_store.pull(Role.EMBEDDER, NAME)
    assert model_store.int8_lack(NAME) == ""


def test_verify_sees_a_flipped_byte(model_store: ModelStore) -> None:
    graph = folder_of(model_store.pull(Role.EMBEDDER, NAME)) / GRAPH

    def wrong() -> list[str]:
        checks = model_store.verify(Role.EMBEDDER, NAME)
        return [check.file for check in checks if check.file.startswith("int8/") and not check.ok]

    assert wrong() == []
    data = graph.read_bytes()
    graph.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    assert wrong() == [f"int8/{GRAPH}"]


def test_damaged_weights_are_not_turned_into_int8(model_store: ModelStore, models: Path) -> None:
    weights = models / NAME / "model.safetensors"
    data = weights.read_bytes()
    weights.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(ModelVerifyError, match="models pull"):
        model_store.pull(Role.EMBEDDER, NAME)
    assert not folder_of(models / NAME).exists()


def test_a_store_that_cannot_be_written_still_serves(
    model_store: ModelStore, models: Path, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store, "write_int8", full)
    assert model_store.pull(Role.EMBEDDER, NAME) == models / NAME
    assert "No space left" in caplog.text


def test_other_architectures_are_refused(models: Path) -> None:
    (models / NAME / "config.json").write_text('{"model_type": "gpt2"}')
    with pytest.raises(ModelError, match="BERT"):
        int8.write_int8(models / NAME, "")
