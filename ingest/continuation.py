"""How well a text goes on in another, by a small network of our own.

Two recurrent readers, one reading the end of a fragment forwards and one the
beginning of a candidate backwards, each sum up what they read in a vector; the
product of the two vectors is the score, to which is added what the counts of
character runs across the cut say. ``continuation.md`` tells what the weights
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
_FOLD = str.maketrans(",:;!?()％", "，：；！？（）%")
# Characters (before, after) the cut of each run that is counted, and runs of one side.
RUNS = ((1, 1), (2, 1), (1, 2), (2, 2), (3, 1), (1, 3), (1, 0), (0, 1), (2, 0), (0, 2))
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
    is inside a sentence (log odds)."""

    pairs: Floats
    begun: Floats


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

    def fit(self, ends: Sequence[str], starts: Sequence[str]) -> Fit:
        """Score every start against every end."""
        before = self._read([folded(text)[-TOPIC:] for text in ends])
        after = self._read([folded(text)[:TOPIC][::-1] for text in starts])
        ahead = self._sum_up("f", before) @ self._of["f.out.weight"].T + self._of["f.out.bias"]
        summary = self._sum_up("b", after)
        behind = summary @ self._of["b.out.weight"].T + self._of["b.out.bias"]
        alone = summary @ self._of["b.alone.weight"].T + self._of["b.alone.bias"]
        seen = np.stack(counts(before, after, self._counts), -1).astype(np.float32) / COUNT_STEP
        hidden = np.maximum(seen @ self._of["c1.weight"].T + self._of["c1.bias"], 0)
        runs = hidden @ self._of["c2.weight"][0] + self._of["c2.bias"]
        return Fit(ahead @ behind.T / SCALE + runs + alone[None, :, 0], alone[:, 1])

    def _read(self, texts: Sequence[str]) -> Ids:
        rows = np.full((len(texts), TOPIC), _PAD, np.int64)
        for row, text in zip(rows, texts, strict=True):
            if text:
                row[-len(text) :] = [self._ids.get(char, _UNKNOWN) for char in text]
        return rows

    def _sum_up(self, side: str, ids: Ids) -> Floats:
        of = self._of
        embedded = of["emb.weight"][ids]
        near = embedded[:, -IN_PLACE:].reshape(len(ids), -1)
        place = np.maximum(near @ of[f"{side}.local.weight"].T + of[f"{side}.local.bias"], 0)
        mean = embedded.sum(1) / np.maximum((ids != _PAD).sum(1, keepdims=True), 1)
        topic = np.maximum(mean @ of[f"{side}.topic.weight"].T + of[f"{side}.topic.bias"], 0)
        state = self._recur(side, embedded[:, -READ:])
        joint = np.concatenate([state, place, topic.astype(np.float32)], 1)
        summary = joint @ of[f"{side}.mid.weight"].T + of[f"{side}.mid.bias"]
        return np.asarray(np.maximum(summary, 0), np.float32)

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
