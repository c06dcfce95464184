"""Models and wheels of a few bytes, laid out as the real ones are."""

from __future__ import annotations

import hashlib
import struct
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from huiwen.models.catalogue import BuiltIn, Part, Recipe, Role

NAME = "tiny"
PART_BYTES = 1000
PARTS = [bytes([letter]) * PART_BYTES for letter in b"ABC"]
WHOLE = b"".join(PARTS)


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def package(number: int) -> str:
    return f"huiwen-test-part{number}"


def write_wheel(
    folder: Path,
    number: int,
    data: bytes,
    tag: str = "py3-none-any",
    member: str = "data.bin",
    compression: int = zipfile.ZIP_DEFLATED,
) -> Path:
    """A wheel that pip takes, with ``data`` as its only content."""
    stem = package(number).replace("-", "_")
    info = f"{stem}-1.0.dist-info"
    path = folder / f"{stem}-1.0-{tag}.whl"
    with zipfile.ZipFile(path, "w", compression) as wheel:
        wheel.writestr(f"{stem}/{member}", data)
        wheel.writestr(
            f"{info}/METADATA",
            f"Metadata-Version: 2.1\nName: {package(number)}\nVersion: 1.0\n",
        )
        wheel.writestr(f"{info}/WHEEL", f"Wheel-Version: 1.0\nTag: {tag}\n")
        wheel.writestr(f"{info}/RECORD", "")
    return path


def part(number: int, data: bytes) -> Part:
    name = package(number)
    return Part(name, "1.0", f"{name.replace('-', '_')}/data.bin", len(data), sha(data))


def file_model(parts: list[bytes] = PARTS, hub: str = "") -> BuiltIn:
    """A model that is its parts one after the other."""
    whole = b"".join(parts)
    return BuiltIn(
        NAME, Role.LLM, Recipe.FILE, "test", "MIT", len(whole), sha(whole),
        tuple(part(number, data) for number, data in enumerate(parts, start=1)), hub,
    )  # fmt: skip


@dataclass(frozen=True)
class TinyE5:
    """What a 4-bit file is made from; ``tensors`` hold what the file means, in fp32."""

    data: bytes
    tensors: dict[str, NDArray[np.float32]]


HIDDEN, LAYERS, HEADS, WIDE, POSITIONS = 64, 2, 4, 96, 16
PIECES = [
    ("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -2.0), ("会", -3.0),
    ("议", -3.5), ("会议", -4.0), ("A", -5.0), ("～", -6.0), (":", -4.0), ("▁query", -4.0),
    ("▁passage", -4.0), ("<mask>", 0.0),
]  # fmt: skip
VOCABULARY = len(PIECES) + 2


def tiny_e5(normaliser: dict[str, str]) -> TinyE5:
    """A file of two small layers with pseudo-random weights."""
    chance = np.random.default_rng(5)
    shapes = {"emb.word": (VOCABULARY, HIDDEN), "emb.pos": (POSITIONS, HIDDEN),
              "emb.type": (1, HIDDEN), "emb.ln.w": (HIDDEN,), "emb.ln.b": (HIDDEN,)}  # fmt: skip
    for layer in range(LAYERS):
        for name in ("q", "k", "v", "ao", "fi", "fo"):
            rows = WIDE if name == "fi" else HIDDEN
            columns = WIDE if name == "fo" else HIDDEN
            shapes[f"l{layer}.{name}.w"] = (rows, columns)
            shapes[f"l{layer}.{name}.b"] = (rows,)
        for name in ("aln", "oln"):
            shapes[f"l{layer}.{name}.w"] = shapes[f"l{layer}.{name}.b"] = (HIDDEN,)
    quantised = {n for n, shape in shapes.items() if len(shape) == 2} - {"emb.pos", "emb.type"}
    tensors: dict[str, NDArray[np.float32]] = {}
    bodies: dict[str, bytes] = {}
    for name, shape in shapes.items():
        if name in quantised:
            levels = chance.integers(0, 16, (int(np.prod(shape)) // 32, 32), dtype=np.uint8)
            # As Q4_0 has it: the weight furthest from zero is -8 scales.
            levels[np.arange(len(levels)), chance.integers(0, 32, len(levels))] = 0
            scales = chance.uniform(0.01, 0.1, len(levels)).astype("<f2")
            meant = (levels.astype(np.float32) - 8) * scales.astype(np.float32)[:, None]
            tensors[name] = meant.reshape(shape)
            nibbles = levels[:, :16] | levels[:, 16:] << 4
            bodies[name] = b"".join(
                s.tobytes() + n.tobytes() for s, n in zip(scales, nibbles, strict=True)
            )
        else:
            tensors[name] = chance.normal(0, 0.5, shape).astype(np.float32)
            bodies[name] = tensors[name].tobytes()
    return TinyE5(_layout(normaliser, tensors, bodies, quantised), tensors)


def _layout(
    normaliser: dict[str, str],
    tensors: dict[str, NDArray[np.float32]],
    bodies: dict[str, bytes],
    quantised: set[str],
) -> bytes:
    head = b"E5S1" + struct.pack(
        "<I7ifi", 1, HIDDEN, LAYERS, HEADS, WIDE, VOCABULARY, POSITIONS, 1, 1e-12, 32
    )
    words = [piece.encode() for piece, _ in PIECES]
    offsets = np.cumsum([0, *map(len, words)]).astype("<u4")
    scores = np.array([score for _, score in PIECES], "<f4")
    blob = b"".join(words)
    head += struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, len(blob))
    head += offsets.tobytes() + scores.tobytes() + blob
    table = b"".join(
        struct.pack(f"<IB{len(to)}I", ord(char), len(to), *map(ord, to))
        for char, to in sorted(normaliser.items())
    )
    head += struct.pack("<iI", len(normaliser), len(table)) + table
    size = sum(2 + len(name) + 21 for name in bodies)
    offset = len(head) + 4 + size
    directory = struct.pack("<i", len(bodies))
    for name, body in bodies.items():
        directory += struct.pack("<H", len(name)) + name.encode()
        directory += struct.pack("<BIQQ", name in quantised, tensors[name].size, offset, len(body))
        offset += len(body)
    return head + directory + b"".join(bodies.values())
