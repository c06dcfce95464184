"""Default answer chains of peers; run by ``eval.bench_answers`` in their venv.

``python peer_answers.py NAME FOLDER`` reads ``config.json`` (files, addresses
of a llama.cpp server and of an embedder), builds what the peer's own defaults
make of the files, then answers the questions that come as lines on stdin, a
line of JSON for each: seconds to the first words and in all, and the words.
Imports nothing of ours: the peers' venv has it not.
"""

from __future__ import annotations

import json
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

_TIMEOUT_S = 300
# Words of a reply to one question, as they come.
Chain = Callable[[str], Iterator[str]]


def embed(url: str, kind: str, texts: list[str]) -> list[list[float]]:
    """Vectors of the product's own embedder; ``kind`` is query or passage."""
    body = json.dumps({"kind": kind, "texts": texts}).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})  # noqa: S310
    with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as reply:  # noqa: S310
        vectors: list[list[float]] = json.load(reply)
    return vectors


def langchain(config: dict[str, Any]) -> Chain:
    """RetrievalQA over FAISS, pieces of 1,000 characters with 200 in common, four of them."""
    from langchain_classic.chains import create_retrieval_chain
    from langchain_classic.chains.combine_documents import create_stuff_documents_chain
    from langchain_classic.chains.retrieval_qa.prompt import PROMPT
    from langchain_community.vectorstores import FAISS
    from langchain_core.embeddings import Embeddings
    from langchain_core.prompts import PromptTemplate
    from langchain_openai import ChatOpenAI
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    class Ours(Embeddings):  # type: ignore[misc]
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            return embed(config["embedder"], "passage", texts)

        def embed_query(self, text: str) -> list[float]:
            return embed(config["embedder"], "query", [text])[0]

    splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200)
    pieces = splitter.create_documents([Path(file).read_text("utf-8") for file in config["files"]])
    retriever = FAISS.from_documents(pieces, Ours()).as_retriever()
    model = ChatOpenAI(base_url=config["llm"], api_key=config["key"], model="local", temperature=0)
    # Its classic question-answering prompt, with the names this chain uses.
    prompt = PromptTemplate.from_template(PROMPT.template.replace("{question}", "{input}"))
    chain = create_retrieval_chain(retriever, create_stuff_documents_chain(model, prompt))

    def ask(question: str) -> Iterator[str]:
        for part in chain.stream({"input": question}):
            yield part.get("answer", "")

    return ask


def llamaindex(config: dict[str, Any]) -> Chain:
    """The query engine of a VectorStoreIndex: pieces of 1,024 tokens, two of them."""
    from llama_index.core import Document, Settings, VectorStoreIndex
    from llama_index.core.embeddings import BaseEmbedding
    from llama_index.llms.openai_like import OpenAILike

    class Ours(BaseEmbedding):  # type: ignore[misc]
        def _get_query_embedding(self, query: str) -> list[float]:
            return embed(config["embedder"], "query", [query])[0]

        async def _aget_query_embedding(self, query: str) -> list[float]:
            return self._get_query_embedding(query)

        def _get_text_embedding(self, text: str) -> list[float]:
            return embed(config["embedder"], "passage", [text])[0]

    Settings.embed_model = Ours()
    Settings.llm = OpenAILike(
        api_base=config["llm"],
        api_key=config["key"],
        model="local",
        is_chat_model=True,
        context_window=config["context"],
        temperature=0.0,
    )
    documents = [Document(text=Path(file).read_text("utf-8")) for file in config["files"]]
    engine = VectorStoreIndex.from_documents(documents).as_query_engine(streaming=True)

    def ask(question: str) -> Iterator[str]:
        yield from engine.query(question).response_gen

    return ask


PEERS: dict[str, Callable[[dict[str, Any]], Chain]] = {
    "langchain": langchain,
    "llamaindex": llamaindex,
}


def answer(chain: Chain, question: str) -> dict[str, Any]:
    """One question with its times; what went wrong in place of the words."""
    begun, first, said, error = time.perf_counter(), None, [], ""
    try:
        for piece in chain(question):
            if piece and first is None:
                first = time.perf_counter() - begun
            said.append(piece)
    except Exception as problem:  # whatever a peer raises is its result
        error = repr(problem)[:200]
    whole = time.perf_counter() - begun
    return {"first": first or whole, "whole": whole, "text": "".join(said), "error": error}


def main(name: str, folder: Path) -> None:
    chain = PEERS[name](json.loads((folder / "config.json").read_text("utf-8")))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for line in sys.stdin:
        told = answer(chain, json.loads(line))
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
