"""Peers searched over the same passages and vectors; run by ``eval.bench_search`` in their venv.

``python peer_search.py NAME FOLDER`` reads ``passages.json`` (words of every
passage), ``vectors.npy``, ``questions.json`` (words) and ``queries.npy``, and
prints one line of JSON: seconds to build and of every question, and the
places found by vector. Imports nothing of ours: the peers' venv has it not.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

K = 10
# Answers one question, given its words and vector; places found by vector, if it tells.
Asked = Callable[[list[str], Any], list[int]]


def bm25s(texts: list[list[str]], _vectors: Any) -> Asked:
    import bm25s as library

    index = library.BM25(k1=1.2, b=0.75)
    index.index(texts, show_progress=False)

    def ask(words: list[str], _vector: Any) -> list[int]:
        index.retrieve([words], k=K, show_progress=False)
        return []

    return ask


def langchain(texts: list[list[str]], vectors: Any) -> Asked:
    """Its FAISS store: dense only, since it has no lexical side of its own."""
    from langchain_community.vectorstores import FAISS
    from langchain_core.embeddings import FakeEmbeddings

    pairs = [(" ".join(t), v.tolist()) for t, v in zip(texts, vectors, strict=True)]
    store = FAISS.from_embeddings(
        pairs,
        FakeEmbeddings(size=vectors.shape[1]),
        metadatas=[{"at": at} for at in range(len(texts))],
    )

    def ask(_words: list[str], vector: Any) -> list[int]:
        found = store.similarity_search_by_vector(vector.tolist(), k=K)
        return [one.metadata["at"] for one in found]

    return ask


def haystack(texts: list[list[str]], vectors: Any) -> Asked:
    """In-memory store, embedding and BM25 retrieval, joined by reciprocal rank."""
    from haystack import Document
    from haystack.components.joiners import DocumentJoiner
    from haystack.document_stores.in_memory import InMemoryDocumentStore

    store = InMemoryDocumentStore(embedding_similarity_function="dot_product")
    store.write_documents(
        [
            Document(id=str(at), content=" ".join(t), embedding=v.tolist())
            for at, (t, v) in enumerate(zip(texts, vectors, strict=True))
        ]
    )
    joiner = DocumentJoiner(join_mode="reciprocal_rank_fusion", top_k=K)

    def ask(words: list[str], vector: Any) -> list[int]:
        dense = store.embedding_retrieval(vector.tolist(), top_k=K)
        joiner.run(documents=[dense, store.bm25_retrieval(" ".join(words), top_k=K)])
        return [int(one.id) for one in dense]

    return ask


def llamaindex(texts: list[list[str]], vectors: Any) -> Asked:
    """Its simple vector store and its BM25 retriever."""
    from llama_index.core.schema import TextNode
    from llama_index.core.vector_stores import SimpleVectorStore, VectorStoreQuery
    from llama_index.retrievers.bm25 import BM25Retriever

    nodes = [
        TextNode(id_=str(at), text=" ".join(t), embedding=v.tolist())
        for at, (t, v) in enumerate(zip(texts, vectors, strict=True))
    ]
    store = SimpleVectorStore()
    store.add(nodes)
    lexical = BM25Retriever.from_defaults(nodes=nodes, similarity_top_k=K, skip_stemming=True)

    def ask(words: list[str], vector: Any) -> list[int]:
        query = VectorStoreQuery(query_embedding=vector.tolist(), similarity_top_k=K)
        found = store.query(query)
        lexical.retrieve(" ".join(words))
        return [int(one) for one in found.ids or []]

    return ask


def txtai(texts: list[list[str]], vectors: Any) -> Asked:
    """Its hybrid index (FAISS and its own BM25), the vectors given from outside."""
    from txtai import Embeddings

    rows = {" ".join(t): v for t, v in zip(texts, vectors, strict=True)}

    def transform(batch: Any) -> Any:
        return np.array([rows[text] for text in batch], dtype=np.float32)

    index = Embeddings(method="external", transform=transform, hybrid=True, content=False)
    index.index((at, " ".join(t), None) for at, t in enumerate(texts))

    def ask(words: list[str], vector: Any) -> list[int]:
        rows[" ".join(words)] = vector
        index.search(" ".join(words), K)
        return []

    return ask


PEERS: dict[str, Callable[[list[list[str]], Any], Asked]] = {
    "bm25s": bm25s,
    "langchain": langchain,
    "haystack": haystack,
    "llamaindex": llamaindex,
    "txtai": txtai,
}


def main(name: str, folder: Path) -> None:
    texts = json.loads((folder / "passages.json").read_text("utf-8"))
    questions = json.loads((folder / "questions.json").read_text("utf-8"))
    vectors, queries = np.load(folder / "vectors.npy"), np.load(folder / "queries.npy")
    began = time.perf_counter()
    ask = PEERS[name](texts, vectors)
    built = time.perf_counter() - began
    times, found = [], []
    for words, vector in zip(questions, queries, strict=True):
        began = time.perf_counter()
        found.append(ask(words, vector))
        times.append(time.perf_counter() - began)
    sys.stdout.write("\n" + json.dumps({"built": built, "times": times, "found": found}) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
