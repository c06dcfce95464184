"""The reader of the 4-bit file: right numbers from right files, typed errors from all others."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huiwen.errors import ModelError
from huiwen.models.e5 import _dequantise, read_e5
from tests.models.tiny import PIECES, VOCABULARY, tiny_e5

TABLE = {"Ａ": "A", "\u3000": " ", "\u0001": "", "㎡": "m2"}
TINY = tiny_e5(TABLE)


def test_what_went_in_comes_out() -> None:
    file = read_e5(TINY.data)
    assert [piece for piece, _ in file.pieces] == [piece for piece, _ in PIECES]
    assert [score for _, score in file.pieces] == [score for _, score in PIECES]
    assert (file.bos, file.eos, file.pad, file.unknown) == (0, 2, 1, 3)
    assert (file.vocabulary, file.epsilon) == (VOCABULARY, 1e-12)
    assert file.normaliser == TABLE
    assert file.tensors.keys() == TINY.tensors.keys()
    for name, tensor in file.tensors.items():
        assert np.array_equal(tensor, TINY.tensors[name])


def test_blocks_by_hand() -> None:
    nibbles = bytes([low | (15 - low) << 4 for low in range(16)])
    raw = struct.pack("<e", 0.5) + nibbles
    expected = [(n - 8) * 0.5 for n in range(16)] + [(15 - n - 8) * 0.5 for n in range(16)]
    assert _dequantise(raw).tolist() == expected


@given(st.sampled_from([b"", b"E5S1", TINY.data[:44], TINY.data[:72]]), st.binary(max_size=300))
def test_garbage_is_a_typed_error(start: bytes, data: bytes) -> None:
    with pytest.raises(ModelError, match="huiwen models pull"):
        read_e5(start + data)


@given(st.integers(0, len(TINY.data) - 1))
def test_a_cut_file_is_a_typed_error(length: int) -> None:
    with pytest.raises(ModelError, match="huiwen models pull"):
        read_e5(TINY.data[:length])


# Where the header, the vocabulary, the table and the directory are; then the weights.
_STRUCTURE = TINY.data.index(TINY.tensors["emb.pos"].tobytes())


@given(
    st.lists(
        st.tuples(st.integers(0, _STRUCTURE), st.binary(min_size=1, max_size=8)),
        min_size=1,
        max_size=4,
    )
)
def test_changes_are_read_or_refused_and_nothing_else(changes: list[tuple[int, bytes]]) -> None:
    data = bytearray(TINY.data)
    for at, new in changes:
        data[at : at + len(new)] = new
    try:
        file = read_e5(bytes(data))
    except ModelError:
        return
    assert all(np.isfinite(tensor).all() for tensor in file.tensors.values())
    assert len(file.pieces) <= file.vocabulary == len(file.tensors["emb.word"])


# hidden, layers, heads, feed_forward, vocabulary, positions, types, epsilon, block
@pytest.mark.parametrize("at", range(8, 44, 4))
@pytest.mark.parametrize("value", [-1, 0, 2**31 - 1])
def test_no_header_leads_astray(at: int, value: int) -> None:
    data = TINY.data[:at] + struct.pack("<i", value) + TINY.data[at + 4 :]
    with pytest.raises(ModelError, match="huiwen models pull"):
        read_e5(data)
