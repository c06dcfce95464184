"""The int8 form of the real model: near its weights on torch, replaced by it where missing."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from huiwen.errors import ModelError
from huiwen.models.int8 import GRAPH, folder_of
from huiwen.models.manifest import MANIFEST
from huiwen.models.store import ModelStore, Role
from huiwen.settings import Settings
from index.embedder import load_encoder
from index.int8_encoder import Int8Encoder
from index.torch_encoder import TorchEncoder
from tests.conftest import ROOT

pytestmark = pytest.mark.real
# Issue 4 asks for 0.99; without 4-bit matrices behind the GELUs it is 0.995 and up.
PARITY = 0.997


@pytest.fixture(scope="module")
def model(real_settings: Settings) -> Path:
    store = ModelStore(real_settings)
    if lack := store.int8_lack(real_settings.embedder):
        pytest.skip(lack)
    return store.resolve(Role.EMBEDDER, real_settings.embedder)


@pytest.fixture(scope="module")
def int8(model: Path) -> Int8Encoder:
    return Int8Encoder(model)


@pytest.fixture(scope="module")
def torch(model: Path) -> TorchEncoder:
    return TorchEncoder(model)


@pytest.fixture(scope="module")
def texts() -> list[str]:
    """Of every length: two characters, sentences, paragraphs, more than the model reads."""
    files = sorted((ROOT / "samples" / "documents").glob("*.md"))
    whole = "".join(path.read_text("utf-8") for path in [*files, ROOT / "README.md"])
    sentences = re.findall(r"[^。\n]+。", whole)
    return [
        "同意", "2024年", *sentences[:40:4], *(whole[at : at + 450] for at in range(0, 3600, 900)),
        whole[:2000],
    ]  # fmt: skip


def test_vectors_are_those_of_the_same_weights_in_fp32(
    int8: Int8Encoder, torch: TorchEncoder, texts: list[str], record_property: Any
) -> None:
    assert len(texts) > 15
    passages = np.sum(int8.passages(texts) * torch.passages(texts), axis=1)
    queries = np.asarray([int8.query(text) @ torch.query(text) for text in texts])
    for name, cosines in (("passages", passages), ("queries", queries)):
        record_property(f"{name}_mean", float(cosines.mean()))
        record_property(f"{name}_worst", float(cosines.min()))
        assert cosines.min() >= PARITY


def test_a_vector_depends_on_its_text_alone(model: Path, int8: Int8Encoder) -> None:
    alone = int8.passages(["会议何时召开？"])[0]
    among = int8.passages(["长" * 900, "会议何时召开？", "短"])[1]
    assert np.array_equal(alone, among)
    assert np.array_equal(alone, Int8Encoder(model, threads=1).passages(["会议何时召开？"])[0])


def test_stores_of_either_do_not_take_the_others_vectors(
    int8: Int8Encoder, torch: TorchEncoder
) -> None:
    assert int8.fingerprint != torch.fingerprint
    assert int8.dimension == torch.dimension


@pytest.fixture
def models(tmp_path: Path, model: Path) -> Path:
    """A store with the model and not its int8 form."""
    folder = tmp_path / "models"
    folder.mkdir()
    (folder / model.name).symlink_to(model)
    return folder


def test_without_the_int8_form_torch_serves_and_it_is_said(models: Path, caplog: Any) -> None:
    assert isinstance(load_encoder(Settings(models_dir=models)), TorchEncoder)
    assert "huiwen models pull" in caplog.text
    with pytest.raises(ModelError, match="huiwen models pull"):
        load_encoder(Settings(models_dir=models, embedder_backend="onnx"))


def test_a_graph_that_does_not_load_is_no_reason_to_stop(
    models: Path, model: Path, caplog: Any
) -> None:
    made = folder_of(models / model.name)
    made.mkdir()
    (made / MANIFEST).write_bytes((folder_of(model) / MANIFEST).read_bytes())
    size = (folder_of(model) / GRAPH).stat().st_size
    with (made / GRAPH).open("wb") as file:
        file.truncate(size)
    assert isinstance(load_encoder(Settings(models_dir=models)), TorchEncoder)
    assert "huiwen models verify" in caplog.text
    with pytest.raises(ModelError, match="embedder_backend"):
        load_encoder(Settings(models_dir=models, embedder_backend="onnx"))


def test_other_models_run_on_torch(model: Path) -> None:
    assert isinstance(load_encoder(Settings(embedder=str(model))), TorchEncoder)
    assert isinstance(load_encoder(Settings(embedder_backend="torch")), TorchEncoder)
    with pytest.raises(ModelError, match="不是内置"):
        load_encoder(Settings(embedder=str(model), embedder_backend="onnx"))
