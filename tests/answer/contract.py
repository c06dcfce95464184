"""What every language model backend must do; backends inherit it and give ``generator``."""

from __future__ import annotations

import time

import pytest

from answer.generator import Generator, Message

COUNT = [Message("user", "从1数到30，用逗号隔开，只写数字。")]


class GeneratorContract:
    """Tests of the Generator protocol. ``talks`` is False for models of random weights."""

    talks = True

    @pytest.fixture
    def generator(self) -> Generator:
        raise NotImplementedError

    def test_it_streams_in_pieces(self, generator: Generator) -> None:
        pieces = [piece for piece in generator.stream(COUNT, max_tokens=24) if piece]
        assert len(pieces) > 3
        if self.talks:
            assert "1" in "".join(pieces)
            assert "2" in "".join(pieces)

    def test_the_same_question_has_the_same_answer(self, generator: Generator) -> None:
        first, second = ("".join(generator.stream(COUNT, max_tokens=12)) for _ in range(2))
        assert first == second

    def test_fewer_tokens_give_a_beginning(self, generator: Generator) -> None:
        long = "".join(generator.stream(COUNT, max_tokens=16))
        short = "".join(generator.stream(COUNT, max_tokens=4))
        assert len(short) < len(long)
        assert long.startswith(short.rstrip("\ufffd"))

    def test_it_ends_before_a_stop_string(self, generator: Generator) -> None:
        whole = "".join(generator.stream(COUNT, max_tokens=16))
        mark = whole[len(whole) // 2 :][:2]
        cut = "".join(generator.stream(COUNT, max_tokens=16, stop=[mark]))
        assert mark not in cut
        assert whole.startswith(cut)

    def test_closing_stops_it(self, generator: Generator) -> None:
        pieces = generator.stream(COUNT, max_tokens=2000)
        next(pieces)
        pieces.close()  # type: ignore[attr-defined]
        started = time.monotonic()
        next(generator.stream(COUNT, max_tokens=1))
        # Two thousand tokens take minutes; a model set free answers at once.
        assert time.monotonic() - started < 20

    def test_its_name_tells_backend_and_model(self, generator: Generator) -> None:
        backend, _, model = generator.name.partition("/")
        assert backend in ("llamacpp", "transformers", "openai")
        assert model
