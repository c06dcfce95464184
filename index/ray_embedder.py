"""Large embedding jobs on a Ray cluster, or on this machine's cores through Ray."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from huiwen.errors import ConfigError, ModelError

if TYPE_CHECKING:
    from index.embedder import Embedder, Progress, Vectors

# Starting Ray's actors and loading a model in each costs seconds: less is done here.
_WORTH_IT = 256
_BATCH = 64
# With more threads each, small batches no longer gain; with fewer, the weights are
# in memory more often.
CPUS_PER_ACTOR = 2
_OBJECT_STORE_BYTES = 200 * 2**20


class RayEmbedder:
    """An embedder whose large jobs are mapped over Ray actors by Ray Data.

    Questions and jobs under ``worth_it`` passages are done by the embedder of
    this process. Every actor loads the same model and its fingerprint is
    compared; the model and the package must be on every node.

    Args:
        local: embedder of this process.
        load: makes the same embedder in an actor.
        address: of a cluster (``host:6379``, ``auto``); empty starts Ray on
            this machine, with 200 MB of shared memory, ended with the process.
        gpus: per actor, 0 for CPU.

    Raises ConfigError where Ray is not installed, ModelError where the cluster
    does not answer or a job fails.
    """

    def __init__(
        self,
        local: Embedder,
        load: Callable[[], Embedder],
        address: str = "",
        gpus: int = 0,
        worth_it: int = _WORTH_IT,
    ) -> None:
        self._local = local
        self._load = load
        self._address = address
        self._gpus = gpus
        self._worth_it = worth_it
        self._starting = threading.Lock()

    @property
    def fingerprint(self) -> str:
        return self._local.fingerprint

    @property
    def dimension(self) -> int:
        return self._local.dimension

    def embed_query(self, text: str) -> Vectors:
        return self._local.embed_query(text)

    def embed_few(self, texts: Sequence[str]) -> Vectors:
        return self._local.embed_few(texts)

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Vectors of passages, shape ``(len(texts), dimension)``, in the order of ``texts``."""
        if len(texts) < self._worth_it:
            return self._local.embed_passages(texts, progress)
        out = np.empty((len(texts), self.dimension), dtype=np.float32)
        done = 0
        for at, vectors in self._mapped(texts):
            out[at] = vectors
            done += len(at)
            if progress:
                progress(done, len(texts))
        if done != len(texts):
            raise ModelError(
                f"Ray 只返回了 {len(texts)} 个片段中 {done} 个的向量；请重试，并查看 Ray 的日志。"
            )
        return out

    def _mapped(self, texts: Sequence[str]) -> Iterator[tuple[NDArray[np.int64], Vectors]]:
        data = self._started()
        from ray.exceptions import RayError

        # Like lengths together, as within a batch; the long ones must not come last.
        order = sorted(range(len(texts)), key=lambda at: -len(texts[at]))
        rows = [{"at": at, "text": texts[at]} for at in order]
        cpus, actors = self._shares()
        try:
            mapped = data.from_items(rows).map_batches(
                _Worker,
                fn_constructor_args=(self._load, self.fingerprint),
                batch_size=_BATCH,
                num_cpus=cpus,
                num_gpus=self._gpus,
                compute=data.ActorPoolStrategy(size=min(actors, -(-len(texts) // _BATCH))),
            )
            for batch in mapped.iter_batches(batch_size=None, batch_format="numpy"):
                yield batch["at"], np.asarray(batch["vector"], dtype=np.float32)
        except RayError as error:
            raise ModelError(
                f"Ray 上的向量计算失败：{_reason(error)}。请确认各节点装有同样的会问与向量模型，"
                "或把配置 embed_jobs 改为 local。"
            ) from error

    def _shares(self) -> tuple[int, int]:
        """Cores per actor, and how many such actors the cluster holds."""
        import ray

        resources = ray.cluster_resources()
        cpus = min(CPUS_PER_ACTOR, max(1, int(resources.get("CPU", 1))))
        actors = int(resources.get("CPU", 1)) // cpus
        if self._gpus:
            actors = min(actors, int(resources.get("GPU", 0)) // self._gpus)
        return cpus, max(1, actors)

    def _started(self) -> Any:
        """Ray Data, connected."""
        # Read when Ray is imported: no report to its makers.
        os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
        # Its core warns of every actor on standard error; what fails is raised.
        os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
        try:
            import ray
            import ray.data as data
        except ImportError as error:
            raise ConfigError(
                "embed_jobs 设为 ray，但没有安装 Ray；请运行 pip install 'huiwen[ray]'，"
                "或把配置 embed_jobs 改回 local。"
            ) from error
        with self._starting:
            if not ray.is_initialized():
                try:
                    ray.init(**self._place(), log_to_driver=False, logging_level=logging.ERROR)
                except (ConnectionError, OSError, RuntimeError, ValueError) as error:
                    raise ModelError(
                        f"连不上 Ray（{self._address or '本机'}）：{_reason(error)}。"
                        "请检查配置 ray_address 与集群状态，或把配置 embed_jobs 改为 local。"
                    ) from error
        context = data.DataContext.get_current()
        context.enable_progress_bars = False
        logging.getLogger("ray.data").setLevel(logging.ERROR)
        return data

    def _place(self) -> dict[str, Any]:
        if self._address:
            return {"address": self._address}
        return {
            "address": "local",
            "include_dashboard": False,
            "object_store_memory": _OBJECT_STORE_BYTES,
            "_node_ip_address": "127.0.0.1",
        }


class _Worker:
    """In an actor: an embedder, loaded once."""

    def __init__(self, load: Callable[[], Embedder], fingerprint: str) -> None:
        self._embedder = load()
        if self._embedder.fingerprint != fingerprint:
            raise ModelError(
                f"节点上的向量模型是 {self._embedder.fingerprint}，应为 {fingerprint}；"
                "请在该节点运行 huiwen models pull。"
            )

    def __call__(self, batch: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        texts = [str(text) for text in batch["text"]]
        return {"at": batch["at"], "vector": self._embedder.embed_passages(texts)}


def _reason(error: BaseException) -> str:
    """The last line: Ray puts the traces of all its processes before what happened."""
    return (str(error).strip().splitlines() or [type(error).__name__])[-1][:300]
