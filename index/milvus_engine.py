"""Search in Milvus: a cluster by its address, or Milvus Lite in a local file."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import numpy as np

from huiwen.errors import ConfigError, StoreError
from index.embedder import Vectors
from index.engine import Candidates, Change, Changes, Entry
from index.milvus_filter import FIELD, expressions

# Milvus' own limits: hits of a search, bytes of a VARCHAR.
_MOST_HITS = 16_384
_TEXT_BYTES = 65_535
# Messages of about 5 MB (384 dimensions and 300 words each), of 64 MB allowed.
_ROWS = 1_000
# As SQLite FTS5 and Lucene.
_BM25 = {"bm25_k1": 1.2, "bm25_b": 0.75}
_STATE = 0
# A server that says nothing: how long a question waits for it, and a write.
_ASKING_S, _WRITING_S = 10.0, 60.0


class MilvusEngine:
    """One collection of passages in Milvus, and one beside it that keeps the generation.

    Words are counted by Milvus' own BM25 function, over words that are cut
    here and written in hexadecimal, which no analyser of Milvus' changes.
    What this process applied it finds at once (session consistency), what
    another process applied within moments. Safe for threads.

    Milvus Lite counts document frequencies per segment and is of one process;
    it is for tests and trials.

    Args:
        uri: ``http://host:19530``, or a path ending in ``.db`` for Milvus Lite.
        token: ``user:password`` or an API key; empty where there is no login.
        collection: name of the library's collection: letters, digits, ``_``.
        dimension: of the vectors. A collection of another one is made anew,
            empty, at generation 0.

    Raises ConfigError where pymilvus is not installed, StoreError where
    Milvus does not answer, here and in every method.
    """

    def __init__(self, uri: str, token: str, collection: str, dimension: int) -> None:
        try:
            from grpc import RpcError
            from pymilvus import MilvusClient
            from pymilvus.exceptions import MilvusException
        except ImportError as error:
            raise ConfigError(
                "engine 设为 milvus，但没有安装 pymilvus；请运行 pip install 'huiwen[milvus]'，"
                "或把配置 engine 改回 local。"
            ) from error
        # What fails is raised, with its reason: their traces would only hide it.
        for noisy in ("pymilvus", "grpc._server"):
            logging.getLogger(noisy).setLevel(logging.CRITICAL)
        self._uri = uri
        self._name = collection
        self._state_name = f"{collection}_state"
        self._dimension = dimension
        self._failures = (MilvusException, RpcError, OSError)
        self._writing = threading.Lock()
        with self._saying("连接"):
            self._client = MilvusClient(uri=uri, token=token, timeout=_ASKING_S)
            self._open()
            self._generation = self._stored_generation()
        # The two searches of a question run side by side.
        self._beside = ThreadPoolExecutor(4, thread_name_prefix="huiwen-milvus")

    @property
    def generation(self) -> int:
        """Of the catalogue, as last applied by this process or found when it started."""
        return self._generation

    def apply(self, change: Change) -> None:
        """Bring the collection to a generation; doing it twice changes nothing.

        The generation is written last: what breaks off before is done again.
        """
        with self._writing, self._saying("写入"):
            for start in range(0, len(change.added), _ROWS):
                part = change.added[start : start + _ROWS]
                rows = [self._row(entry) for entry in part]
                self._client.upsert(self._name, rows, timeout=_WRITING_S)
            for start in range(0, len(change.removed), _ROWS):
                part_removed = list(change.removed[start : start + _ROWS])
                self._client.delete(self._name, ids=part_removed, timeout=_WRITING_S)
            self._store_generation(change.generation)
            self._generation = change.generation

    def search(
        self,
        vector: Vectors,
        words: Sequence[str],
        k: int,
        among: Sequence[int] | None = None,
    ) -> Candidates:
        """The best ``k`` by cosine and the best ``k`` by BM25, ties by number, of ``among``."""
        filters = [""] if among is None else list(expressions(among))
        query = np.asarray(vector, dtype=np.float32)
        with self._saying("检索"):
            lexical = self._beside.submit(self._best, "lexical", _coded(words), k, filters)
            dense = self._best("vector", query, k, filters)
            return Candidates(dense, lexical.result())

    def upkeep(self, changes: Changes) -> None:
        """Milvus builds its indexes itself."""

    def close(self) -> None:
        self._beside.shutdown()
        self._client.close()

    def reset(self) -> None:
        """Forget everything: empty, at generation 0."""
        with self._writing, self._saying("清空"):
            self._drop()
            self._open()
            self._generation = 0

    def _best(
        self, field: str, query: Vectors | str, k: int, filters: Sequence[str]
    ) -> list[tuple[int, float]]:
        found: list[tuple[int, float]] = []
        if isinstance(query, str) and not query:
            return found
        for expression in filters:
            hits = self._client.search(
                self._name,
                data=[query],
                anns_field=field,
                filter=expression,
                limit=min(k, _MOST_HITS),
                output_fields=[FIELD],
                timeout=_ASKING_S,
            )[0]
            found.extend((int(hit[FIELD]), float(hit["distance"])) for hit in hits)
        if field == "lexical":
            # Milvus gives the score, Milvus Lite its negative.
            found = [(number, abs(score)) for number, score in found]
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))[:k]

    def _row(self, entry: Entry) -> dict[str, Any]:
        vector = np.asarray(entry.vector, dtype=np.float32)
        return {FIELD: entry.number, "vector": vector, "words": _coded(entry.words)}

    def _open(self) -> None:
        client = self._client
        if client.has_collection(self._name) and self._stored_dimension() != self._dimension:
            self._drop()
        if not client.has_collection(self._name):
            client.drop_collection(self._state_name)
            self._create_passages()
        if not client.has_collection(self._state_name):
            self._create_state()
            self._store_generation(0)
        # Milvus Lite starts with nothing loaded; on a cluster this is a question.
        client.load_collection(self._name)
        client.load_collection(self._state_name)

    def _drop(self) -> None:
        # The generation first: one without its passages would hide that they are missing.
        self._client.drop_collection(self._state_name)
        self._client.drop_collection(self._name)

    def _stored_dimension(self) -> int:
        fields = self._client.describe_collection(self._name)["fields"]
        return next(int(f["params"]["dim"]) for f in fields if f["name"] == "vector")

    def _create_passages(self) -> None:
        from pymilvus import DataType, Function, FunctionType

        schema = self._client.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field(FIELD, DataType.INT64, is_primary=True)
        schema.add_field("vector", DataType.FLOAT_VECTOR, dim=self._dimension)
        schema.add_field(
            "words",
            DataType.VARCHAR,
            max_length=_TEXT_BYTES,
            enable_analyzer=True,
            analyzer_params={"tokenizer": "standard"},
        )
        schema.add_field("lexical", DataType.SPARSE_FLOAT_VECTOR)
        schema.add_function(
            Function(
                name="bm25",
                function_type=FunctionType.BM25,
                input_field_names=["words"],
                output_field_names=["lexical"],
            )
        )
        indexes = self._client.prepare_index_params()
        dense = "FLAT" if self._uri.endswith(".db") else "AUTOINDEX"
        indexes.add_index("vector", index_type=dense, metric_type="COSINE")
        indexes.add_index(
            "lexical", index_type="SPARSE_INVERTED_INDEX", metric_type="BM25", params=_BM25
        )
        self._client.create_collection(
            self._name, schema=schema, index_params=indexes, consistency_level="Session"
        )

    def _create_state(self) -> None:
        from pymilvus import DataType

        schema = self._client.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field("id", DataType.INT64, is_primary=True)
        schema.add_field("generation", DataType.INT64)
        # Milvus has no collection without a vector.
        schema.add_field("unused", DataType.FLOAT_VECTOR, dim=2)
        indexes = self._client.prepare_index_params()
        indexes.add_index("unused", index_type="FLAT", metric_type="L2")
        self._client.create_collection(
            self._state_name, schema=schema, index_params=indexes, consistency_level="Strong"
        )

    def _stored_generation(self) -> int:
        rows = self._client.get(
            self._state_name, ids=[_STATE], output_fields=["generation"], timeout=_ASKING_S
        )
        return int(rows[0]["generation"]) if rows else 0

    def _store_generation(self, generation: int) -> None:
        row = {"id": _STATE, "generation": generation, "unused": [0.0, 0.0]}
        self._client.upsert(self._state_name, [row], timeout=_WRITING_S)

    @contextmanager
    def _saying(self, doing: str) -> Iterator[None]:
        try:
            yield
        except self._failures as error:
            raise StoreError(
                f"向量库 Milvus（{self._uri}，集合 {self._name}）{doing}失败：{_reason(error)}。"
                "请检查 Milvus 是否在运行、配置 milvus_uri 与 milvus_token 是否正确；"
                "集合损坏或被删时重新启动会问即可重建。"
            ) from error


def _coded(words: Sequence[str]) -> str:
    """Words in hexadecimal, as many as fit a VARCHAR (over 4,000 Chinese words)."""
    coded = " ".join(word.encode().hex() for word in words)
    return coded if len(coded) <= _TEXT_BYTES else coded[:_TEXT_BYTES].rpartition(" ")[0]


def _reason(error: BaseException) -> str:
    text = str(getattr(error, "message", "") or error).strip() or type(error).__name__
    details = getattr(error, "details", None)
    if callable(details):
        text = str(details())
    return text.splitlines()[0][:200]
