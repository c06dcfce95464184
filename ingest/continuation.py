"""How well a text goes on in another, by a small network of our own.

Two recurrent readers, one reading the end of a fragment forwards and one the
beginning of a candidate backwards, each sum up what they read in a vector; the
product of the two vectors is the score, to which is added what the counts of
character runs across the cut say. A second, closer score comes of layers that
see both sides of one pair together. ``continuation.md`` tells what the weights
were trained on; ``eval.fit_continuation`` trains them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors import safe_open

Floats = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]

WEIGHTS = Path(__file__).parent / "continuation.safetensors"
# Characters next to the cut that are read one by one, read in place, and for their topic.
READ, IN_PLACE, TOPIC = 20, 8, 96
# Keeps products of untrained vectors near one.
SCALE = 16.0
# Counts of character runs are kept as whole numbers of this fraction of their logarithm.
COUNT_STEP = 16.0
_PAD, _UNKNOWN, FIRST_ID = 0, 1, 2
_NONE: Ids = np.zeros(0, np.int64)
_FOLD = str.maketrans(",:;!?()％", "，：；！？（）%")
# Characters (before, after) the cut of each run that is counted, and runs of one side.
RUNS = ((1, 1), (2, 1), (1, 2), (2, 2), (3, 1), (1, 3), (1, 0), (0, 1), (2, 0), (0, 2))
# Pairs looked at closely at a time, to bound memory.
_AT_ONCE = 4096
# Multipliers of a hash: any large odd numbers serve.
_STEP, _MIX = np.uint64(1000003), np.uint64(0x9E3779B97F4A7C15)


def folded(text: str) -> str:
    """The text as the network reads it: without spaces, punctuation of one width."""
    return "".join(text.split()).translate(_FOLD)


def cells(run: Sequence[npt.NDArray[np.int64]], bits: int) -> Ids:
    """Places of runs in a table of 2**``bits`` counts; ``run`` holds their characters in order."""
    value = np.uint64(len(run)) * np.ones_like(run[0], np.uint64)
    for ids in run:
        value = value * _STEP + ids.astype(np.uint64)
    value = (value ^ (value >> np.uint64(15))) * _MIX
    return (value >> np.uint64(64 - bits)).astype(np.int64)


def counts(
    before: Ids, after: Ids, table: npt.NDArray[np.generic]
) -> list[npt.NDArray[np.generic]]:
    """Table entries of each of ``RUNS`` over every pair of rows.

    ``before`` ends at the cut; ``after`` is reversed, so that it ends there too.
    """
    bits = len(table).bit_length() - 1
    shape = len(before), len(after)
    found = []
    for left, right in RUNS:
        run = [before[:, None, -at] for at in range(left, 0, -1)]
        run += [after[None, :, -at] for at in range(1, right + 1)]
        found.append(np.broadcast_to(table[cells(run, bits)], shape))
    return found


@dataclass(frozen=True, slots=True)
class Fit:
    """``pairs[i, j]`` is how well end i goes on in start j; ``begun[j]`` how surely start j
    is inside a sentence (log odds); ``close`` what pairs looked at closely add to ``pairs``."""

    pairs: Floats
    begun: Floats
    close: Floats


class Continuation:
    """The network, from tensors as ``eval.fit_continuation`` writes them."""

    def __init__(self, tensors: dict[str, npt.NDArray[np.generic]], characters: str) -> None:
        self._ids = {char: at + FIRST_ID for at, char in enumerate(characters)}
        self._counts = tensors.pop("counts")
        self._of = {
            name: _whole(value, tensors[f"{name}.scale"]) if f"{name}.scale" in tensors
            else value.astype(np.float32)
            for name, value in tensors.items()
        }  # fmt: skip

    def fit(
        self,
        ends: Sequence[str],
        starts: Sequence[str],
        closely: tuple[Ids, Ids] = (_NONE, _NONE),
    ) -> Fit:
        """Score every start against every end, and ``closely`` these pairs (ends, starts)."""
        before = self._read([folded(text)[-TOPIC:] for text in ends])
        after = self._read([folded(text)[:TOPIC][::-1] for text in starts])
        told, summary = self._sum_up("f", before)
        ahead = self._layer("f.out", summary)
        told_after, summary = self._sum_up("b", after)
        behind, alone = self._layer("b.out", summary), self._layer("b.alone", summary)
        seen = np.stack(counts(before, after, self._counts), -1).astype(np.float32) / COUNT_STEP
        runs = self._layer("c2", np.maximum(self._layer("c1", seen), 0))[..., 0]
        pairs = ahead @ behind.T / SCALE + runs + alone[None, :, 0]
        views = self._layer("f.cross", told), self._layer("b.cross", told_after)
        close = [np.zeros(0, np.float32)]
        for low in range(0, len(closely[0]), _AT_ONCE):
            end, start = (side[low : low + _AT_ONCE] for side in closely)
            close.append(self._look(views[0][end] + views[1][start], seen[end, start]))
        return Fit(pairs, alone[:, 1], np.concatenate(close))

    def _look(self, views: Floats, seen: Floats) -> Floats:
        """The closer score of pairs from what both readers and the counts say together."""
        joint = np.maximum(views + seen @ self._of["p1.weight"].T, 0)
        return self._layer("p3", np.maximum(self._layer("p2", joint), 0))[:, 0]

    def _layer(self, name: str, values: Floats) -> Floats:
        return np.asarray(values @ self._of[f"{name}.weight"].T + self._of[f"{name}.bias"])

    def _read(self, texts: Sequence[str]) -> Ids:
        rows = np.full((len(texts), TOPIC), _PAD, np.int64)
        for row, text in zip(rows, texts, strict=True):
            if text:
                row[-len(text) :] = [self._ids.get(char, _UNKNOWN) for char in text]
        return rows

    def _sum_up(self, side: str, ids: Ids) -> tuple[Floats, Floats]:
        """All that a reader gathered of each text, and its summary of that."""
        of = self._of
        embedded = of["emb.weight"][ids]
        near = embedded[:, -IN_PLACE:].reshape(len(ids), -1)
        place = np.maximum(self._layer(f"{side}.local", near), 0)
        mean = embedded.sum(1) / np.maximum((ids != _PAD).sum(1, keepdims=True), 1)
        topic = np.maximum(self._layer(f"{side}.topic", mean.astype(np.float32)), 0)
        state = self._recur(side, embedded[:, -READ:])
        told = np.concatenate([state, place, topic], 1)
        return told, np.maximum(self._layer(f"{side}.mid", told), 0)

    def _recur(self, side: str, embedded: Floats) -> Floats:
        """The last state of a gated recurrent unit (Cho et al. 2014, in PyTorch's layout)."""
        of = self._of
        fed = embedded @ of[f"{side}.gru.weight_ih_l0"].T + of[f"{side}.gru.bias_ih_l0"]
        back, bias = of[f"{side}.gru.weight_hh_l0"].T, of[f"{side}.gru.bias_hh_l0"]
        size = back.shape[0]
        state = np.zeros((len(embedded), size), np.float32)
        for at in range(READ):
            held = state @ back + bias
            gates = 1 / (1 + np.exp(-(fed[:, at, : 2 * size] + held[:, : 2 * size])))
            reset, update = gates[:, :size], gates[:, size:]
            new = np.tanh(fed[:, at, 2 * size :] + reset * held[:, 2 * size :])
            state = (1 - update) * new + update * state
        return state


def _whole(rounded: npt.NDArray[np.generic], scale: npt.NDArray[np.generic]) -> Floats:
    return rounded.astype(np.float32) * scale.astype(np.float32)[:, None]


@cache
def continuation() -> Continuation:
    """The network that comes with the package, read when first asked for."""
    with safe_open(WEIGHTS, framework="numpy") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        return Continuation(tensors, file.metadata()["characters"])
