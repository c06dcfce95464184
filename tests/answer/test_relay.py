"""The producer's thread: order, errors, deadline, going away."""

from __future__ import annotations

import threading
import time

import pytest

from answer.relay import Emit, relay
from answer.stop import until_stop
from huiwen.errors import GenerationError


def test_pieces_come_in_order() -> None:
    def produce(emit: Emit) -> None:
        for piece in "会议召开":
            emit(piece)

    assert "".join(relay(produce, 5)) == "会议召开"


def test_the_producers_error_is_raised_to_the_reader() -> None:
    def produce(emit: Emit) -> None:
        emit("一")
        raise GenerationError("坏了")

    pieces = relay(produce, 5)
    assert next(pieces) == "一"
    with pytest.raises(GenerationError, match="坏了"):
        next(pieces)


def test_a_late_producer_is_given_up() -> None:
    release = threading.Event()
    with pytest.raises(GenerationError, match="llm_timeout_s"):
        list(relay(lambda emit: bool(release.wait(10)) and None, 0.05))
    release.set()


def test_a_reader_going_away_stops_the_producer() -> None:
    stopped = threading.Event()

    def produce(emit: Emit) -> None:
        while not emit("字"):
            time.sleep(0.001)
        stopped.set()

    pieces = relay(produce, 5)
    next(pieces)
    pieces.close()
    assert stopped.wait(5)


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        (["会议", "召开\n", "\n问题"], "会议召开"),
        (["会\n议", "。"], "会\n议。"),
        (["\n\n"], ""),
        (["甲", "\n"], "甲\n"),
    ],
)
def test_stop_strings_in_pieces(pieces: list[str], expected: str) -> None:
    assert "".join(until_stop(pieces, ["\n\n"])) == expected
