"""The 4-bit file of multilingual-e5-small, read with every bound checked.

The file (magic ``E5S1``) holds, little-endian: a header, the unigram
vocabulary with scores, a per-code-point normaliser table, a tensor directory
and the tensors. Matrices are Q4_0: blocks of 32 weights, an fp16 scale and 16
bytes whose low nibbles are weights 0-15 and high nibbles 16-31, stored plus 8.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from huiwen.errors import ModelError

_MAGIC = b"E5S1"
_BLOCK = 32
_BLOCK_BYTES = 18
_FP32, _Q4 = 0, 1
_SURROGATES = range(0xD800, 0xE000)
Tensors = dict[str, NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class E5File:
    """Contents of the file.

    ``pieces`` are ``(piece, score)`` by token id; ``bos``, ``eos``, ``pad``
    and ``unknown`` are ids. ``normaliser`` maps a code point to its
    replacement; what it lacks stays. ``tensors`` are fp32 under the file's
    own names, matrices of shape ``(outputs, inputs)``.
    """

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float
    bos: int
    eos: int
    pad: int
    unknown: int
    pieces: tuple[tuple[str, float], ...]
    normaliser: dict[str, str]
    tensors: Tensors


@dataclass(frozen=True, slots=True)
class _Sizes:
    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    types: int


class _Reader:
    """A cursor that cannot leave the file."""

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data = data
        self.at = at

    def take(self, count: int) -> bytes:
        if self.at + count > len(self.data):
            raise ValueError("文件不完整")
        self.at += count
        return self.data[self.at - count : self.at]

    def unpack(self, layout: str) -> tuple[Any, ...]:
        return struct.unpack(f"<{layout}", self.take(struct.calcsize(f"<{layout}")))


def read_e5(data: bytes) -> E5File:
    """Parse the file; raises ModelError for anything that is not a whole one."""
    try:
        return _read(_Reader(data))
    except ValueError as error:
        raise ModelError(
            f"向量模型的 4 位文件无法使用：{error}；请运行 huiwen models pull 重新获取。"
        ) from error


def _read(reader: _Reader) -> E5File:
    if reader.take(len(_MAGIC)) != _MAGIC:
        raise ValueError("开头不是 E5S1")
    sizes, epsilon = _read_header(reader)
    special, pieces = _read_pieces(reader, sizes.vocabulary)
    normaliser = _read_normaliser(reader)
    tensors = _read_tensors(reader, sizes)
    bos, eos, pad, unknown = special
    return E5File(
        sizes.hidden, sizes.layers, sizes.heads, sizes.feed_forward, sizes.vocabulary,
        sizes.positions, sizes.types, epsilon, bos, eos, pad, unknown, pieces, normaliser, tensors,
    )  # fmt: skip


def _read_header(reader: _Reader) -> tuple[_Sizes, float]:
    _, *numbers = reader.unpack("I7i")
    epsilon, block = reader.unpack("fi")
    sizes = _Sizes(*numbers)
    rows = (sizes.hidden, sizes.feed_forward)
    if min(numbers) <= 0 or any(row % _BLOCK for row in rows) or sizes.hidden % sizes.heads:
        raise ValueError("文件头的尺寸不合规")
    if block != _BLOCK or not 0 < epsilon < 1:
        raise ValueError("文件头的参数不合规")
    # Stored in 32 bits; the shortest decimal that means it is the number that was meant.
    return sizes, float(str(np.float32(epsilon)))


def _read_pieces(
    reader: _Reader, vocabulary: int
) -> tuple[tuple[int, ...], tuple[tuple[str, float], ...]]:
    count, *special = reader.unpack("5i")
    (length,) = reader.unpack("Q")
    if not 0 < count <= vocabulary or not all(0 <= token < count for token in special):
        raise ValueError("词表的编号越界")
    offsets = np.frombuffer(reader.take(4 * (count + 1)), "<u4")
    scores = np.frombuffer(reader.take(4 * count), "<f4")
    blob = reader.take(length)
    if offsets[-1] > length or np.any(offsets[1:] <= offsets[:-1]) or not np.isfinite(scores).all():
        raise ValueError("词表的位置或分数有误")
    words = [blob[start:end].decode() for start, end in pairwise(offsets.tolist())]
    if len(set(words)) != count:
        raise ValueError("词表里有重复的词")
    return tuple(special), tuple(zip(words, scores.tolist(), strict=True))


def _read_normaliser(reader: _Reader) -> dict[str, str]:
    count, length = reader.unpack("iI")
    table = _Reader(reader.take(length))
    found: dict[str, str] = {}
    for _ in range(count):
        point, size = table.unpack("IB")
        points = (point, *table.unpack(f"{size}I"))
        if any(each > 0x10FFFF or each in _SURROGATES for each in points):
            raise ValueError("规整表里的码位无效")
        found[chr(point)] = "".join(map(chr, points[1:]))
    if table.at != length:
        raise ValueError("规整表的长度有误")
    return found


def _shapes(sizes: _Sizes) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Every tensor the model is made of, with its shape."""
    hidden, wide = sizes.hidden, sizes.feed_forward
    yield "emb.word", (sizes.vocabulary, hidden)
    yield "emb.pos", (sizes.positions, hidden)
    yield "emb.type", (sizes.types, hidden)
    yield "emb.ln.w", (hidden,)
    yield "emb.ln.b", (hidden,)
    for layer in range(sizes.layers):
        for name in ("q", "k", "v", "ao"):
            yield f"l{layer}.{name}.w", (hidden, hidden)
            yield f"l{layer}.{name}.b", (hidden,)
        yield f"l{layer}.fi.w", (wide, hidden)
        yield f"l{layer}.fi.b", (wide,)
        yield f"l{layer}.fo.w", (hidden, wide)
        yield f"l{layer}.fo.b", (hidden,)
        for name in ("aln", "oln"):
            yield f"l{layer}.{name}.w", (hidden,)
            yield f"l{layer}.{name}.b", (hidden,)


def _read_tensors(reader: _Reader, sizes: _Sizes) -> Tensors:
    (count,) = reader.unpack("i")
    directory: dict[str, tuple[int, int, int, int]] = {}
    for _ in range(count):
        (length,) = reader.unpack("H")
        name = reader.take(length).decode()
        directory[name] = reader.unpack("BIQQ")
    tensors: Tensors = {}
    # Only what the model needs is unpacked, so that a directory of thousands
    # of entries over the same bytes cannot fill the memory.
    for name, shape in _shapes(sizes):
        if name not in directory:
            raise ValueError(f"缺少张量 {name}")
        kind, size, offset, stored = directory[name]
        if size != math.prod(shape):
            raise ValueError(f"张量 {name} 的尺寸有误")
        raw = _Reader(reader.data, offset).take(stored)
        tensors[name] = _numbers(name, kind, size, raw).reshape(shape)
    return tensors


def _numbers(name: str, kind: int, size: int, raw: bytes) -> NDArray[np.float32]:
    if kind == _Q4 and len(raw) == size // _BLOCK * _BLOCK_BYTES:
        values = _dequantise(raw)
    elif kind == _FP32 and len(raw) == 4 * size:
        values = np.frombuffer(raw, "<f4").astype(np.float32)
    else:
        raise ValueError(f"张量 {name} 的格式或长度有误")
    if not np.isfinite(values).all():
        raise ValueError(f"张量 {name} 里有无效的数")
    return values


def _dequantise(raw: bytes) -> NDArray[np.float32]:
    blocks = np.frombuffer(raw, dtype=np.dtype([("scale", "<f2"), ("nibbles", "u1", (16,))]))
    weights = np.empty((len(blocks), _BLOCK), np.float32)
    weights[:, :16] = blocks["nibbles"] & 0x0F
    weights[:, 16:] = blocks["nibbles"] >> 4
    weights -= 8
    # A damaged scale may overflow; the caller looks for what is not finite.
    with np.errstate(over="ignore", invalid="ignore"):
        weights *= blocks["scale"].astype(np.float32)[:, None]
    return weights.ravel()
