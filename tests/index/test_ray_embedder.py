"""Embedding on Ray: the same vectors in the same order, and failures that say what to do."""

from __future__ import annotations

import functools
from collections.abc import Iterator

import numpy as np
import pytest

from huiwen.errors import CancelledError, ModelError
from index.ray_embedder import RayEmbedder
from tests.fakes import HashEmbedder

TEXTS = [f"第{n}项工作" + "由责任单位按期完成" * (n % 7) for n in range(300)]


@pytest.fixture(scope="module", autouse=True)
def _ray() -> Iterator[None]:
    ray = pytest.importorskip("ray", reason="pip install 'huiwen[ray]'")
    yield
    ray.shutdown()


def on_ray(dimension: int = 16) -> RayEmbedder:
    return RayEmbedder(HashEmbedder(16), functools.partial(HashEmbedder, dimension), worth_it=10)


# Ray leaves pipes and log files to the end of the process, and sets what it deprecates.
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
class TestRay:
    def test_the_same_vectors_in_the_same_order(self) -> None:
        told: list[tuple[int, int]] = []
        made = on_ray().embed_passages(TEXTS, lambda done, total: told.append((done, total)))
        np.testing.assert_array_equal(made, HashEmbedder(16).embed_passages(TEXTS))
        assert told[-1] == (300, 300)
        assert [done for done, _ in told] == sorted({done for done, _ in told})

    def test_another_model_on_a_node_is_refused(self) -> None:
        with pytest.raises(ModelError, match=r"hash/32.*hash/16"):
            on_ray(dimension=32).embed_passages(TEXTS)

    def test_calling_off_ends_the_job(self) -> None:
        def check(done: int, total: int) -> None:
            raise CancelledError("已取消。")

        with pytest.raises(CancelledError):
            on_ray().embed_passages(TEXTS, check)
        assert len(on_ray().embed_passages(TEXTS[:20])) == 20


def test_small_jobs_and_questions_stay_here() -> None:
    local = HashEmbedder(16)
    embedder = RayEmbedder(local, _never)
    assert embedder.embed_passages(TEXTS[:5]).shape == (5, 16)
    assert local.embedded == 5
    np.testing.assert_array_equal(embedder.embed_query("甲"), local.embed_query("甲"))


def _never() -> HashEmbedder:
    raise AssertionError("a small job was sent away")
