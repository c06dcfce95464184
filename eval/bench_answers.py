"""Answers beside the default chains of LangChain and LlamaIndex, of the same model, in one run.

``python -m eval.bench_answers --peers VENV GOLD=FOLDER…``: every gold file with
the folder of its documents. The peers get the documents as clean UTF-8 text,
the product's own embedder and llama.cpp's own server with the same model file
and threads. Question by question all take turns. Writes
``docs/bench_answers.md``.
"""

from __future__ import annotations

import json
import re
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import IO, Annotated, Any

import numpy as np
import typer
from rich.progress import track

from answer.engine import Answerer
from answer.generator import load_generator
from eval.gold import GoldQuestion, load_gold
from eval.machine import this_machine
from eval.matching import has_all
from eval.peer_answers import PEERS
from eval.task import Task
from huiwen.models.store import ModelStore, Role
from huiwen.settings import Settings, load_settings
from huiwen.types import AnswerReady, AnswerStatus, EvidenceFound, TextDelta
from index.embedder import Embedder, load_embedder
from index.library import Library

_REPORT = Path(__file__).parent.parent / "docs" / "bench_answers.md"
_OURS = "会问"
# A peer has no state of refusal: whatever a reader would take for one counts.
_UNTOLD = re.compile(
    r"没有(?:直接|明确|具体)?(?:提|说|给|相关|找到|包含|信息)|未(?:明确|直接)?(?:提|说|给出|包含)"
    r"|不知道|不清楚|无法|不确定|无从|抱歉"
    r"|(?:don't|do not|does not|doesn't|not) (?:know|mention|contain|provide|specif|have)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Reply:
    """What one system said to one question; times in seconds."""

    right: bool
    refused: bool
    evidence_s: float | None
    first_s: float
    whole_s: float
    text: str
    error: str = ""


System = Callable[[GoldQuestion], Reply]


@contextmanager
def llama_server(settings: Settings) -> Iterator[tuple[str, str]]:
    """llama.cpp's server on loopback: its address and key."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(ModelStore(settings).resolve(Role.LLM, settings.llm))
    params.n_ctx, params.n_parallel, params.port = settings.llm_context, 1, 0
    threads = settings.llm_threads or this_machine().cores
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
    params.verbosity, params.ui = -1, False
    key = secrets.token_urlsafe(16)
    params.api_keys = [key]
    server = xllamacpp.Server(params)
    yield f"{server.listening_address}/v1", key
    del server


@contextmanager
def embedding_server(embedder: Embedder) -> Iterator[str]:
    """The product's embedder over HTTP, for the peers' processes."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if asked["kind"] == "query":
                found = [embedder.embed_query(text).tolist() for text in asked["texts"]]
            else:
                found = embedder.embed_passages(asked["texts"]).tolist()
            body = json.dumps(found).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing: the progress bar stands on the same terminal."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()


def ours(answerer: Answerer) -> System:
    """The product, judged as ``huiwen eval`` does."""

    def ask(gold: GoldQuestion) -> Reply:
        begun = time.perf_counter()
        evidence = first = None
        for event in answerer.ask(gold.question):
            at = time.perf_counter() - begun
            match event:
                case EvidenceFound():
                    evidence = at
                case TextDelta(text) if text and first is None:
                    first = at
                case AnswerReady(answer):
                    refused = answer.status is AnswerStatus.REFUSED
                    text = "" if refused else answer.text
                    right = not refused and has_all(gold.answers, text)
                    return Reply(right, refused, evidence, first or at, at, text or answer.reason)
        raise AssertionError("ask() ends with AnswerReady")

    return ask


@contextmanager
def peer(name: str, venv: Path, config: dict[str, Any]) -> Iterator[System]:
    """One peer in a process of its own, fed question by question."""
    with TemporaryDirectory() as folder, ExitStack() as stack:
        (Path(folder) / "config.json").write_text(json.dumps(config), "utf-8")
        script = Path(__file__).with_name("peer_answers.py")
        process = stack.enter_context(
            subprocess.Popen(
                [str(venv / "bin" / "python"), str(script), name, folder],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        )
        stack.callback(process.kill)
        assert process.stdin
        assert process.stdout
        _line(process.stdout, "ready")

        def ask(gold: GoldQuestion) -> Reply:
            assert process.stdin
            assert process.stdout
            process.stdin.write(json.dumps(gold.question) + "\n")
            process.stdin.flush()
            told = json.loads(_line(process.stdout, "{"))
            text = told["text"].strip()
            refused = not text or bool(_UNTOLD.search(text))
            right = has_all(gold.answers, text) if gold.answerable else False
            return Reply(right, refused, None, told["first"], told["whole"], text, told["error"])

        yield ask


def _line(stream: IO[str], beginning: str) -> str:
    """The next line that begins so; libraries print what they like before it."""
    for line in stream:
        if line.startswith(beginning):
            return line
    raise RuntimeError("the peer's process ended")


def ask_all(
    gold: Sequence[GoldQuestion], systems: dict[str, System]
) -> dict[str, list[tuple[GoldQuestion, Reply]]]:
    """Every question to every system; who goes first changes with each."""
    replies: dict[str, list[tuple[GoldQuestion, Reply]]] = {name: [] for name in systems}
    names = list(systems)
    for number, one in enumerate(track(gold, description="问答")):
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            replies[name].append((one, systems[name](one)))
    return replies


def drawn(gold: Sequence[GoldQuestion], count: int) -> list[GoldQuestion]:
    """``count`` questions evenly over the file, which has the unanswerable ones at its end."""
    places = np.linspace(0, len(gold) - 1, min(count, len(gold))).round().astype(int)
    return [gold[at] for at in places]


def measure(
    gold: Path, folder: Path, peers: Path, count: int, settings: Settings, servers: dict[str, Any]
) -> dict[str, list[tuple[GoldQuestion, Reply]]]:
    """All systems over one folder of documents."""
    embedder = servers["ours"]
    with TemporaryDirectory() as made, ExitStack() as stack:
        settings = settings.model_copy(update={"store": Path(made) / "store"})
        library = stack.enter_context(Library(settings, embedder))
        files = []
        for at, path in enumerate(sorted(folder.iterdir())):
            info = library.add(path.name, path.read_bytes()).info
            copy = Path(made) / f"{at}.txt"
            copy.write_text(library.document(info.id).text, "utf-8")
            files.append(str(copy))
        config = {**servers["config"], "files": files, "context": settings.llm_context}
        systems = {_OURS: ours(Answerer(library, servers["model"], settings))}
        for name in PEERS:
            systems[name] = stack.enter_context(peer(name, peers, config))
        warm = Task(GoldQuestion("warm", "会议讨论了哪些事项？")).gold
        for system in systems.values():
            system(warm)
        return ask_all(drawn(load_gold(gold), count), systems)


def report(found: dict[str, dict[str, list[tuple[GoldQuestion, Reply]]]], command: str) -> str:
    """The measurements as Markdown."""
    machine = this_machine()
    lines = [
        "# 与默认的问答链并排",
        "",
        f"{datetime.now(UTC):%Y-%m-%d}，`{command}`，{machine.cores} 核 {machine.cpu}。",
        "",
        "同一个模型文件、同样的线程数、同一个向量模型、同一批文件"
        "（给别家的是读好的 UTF-8 纯文本），逐题轮流问。"
        "LangChain 是检索链（1,000 字一块、重叠 200、取 4 块，FAISS），"
        "LlamaIndex 是 VectorStoreIndex 的查询引擎（1,024 token 一块、取 2 块），"
        "提示词都是各自默认的，语言模型是 llama.cpp 自己的服务。正确：可答的题说出了全部标准答案；"
        "拒答：不可答的题说了不知道之类（别家没有拒答的状态，从宽按字面认）。",
        "",
        "| 题集 | 方式 | 正确率 | 正确拒答率 | 误拒率 | 依据 p50 秒 | 首字 p50 / p95 秒 "
        "| 整答 p50 / p95 秒 | 出错 |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, replies in found.items():
        lines += [_row(name, system, rows) for system, rows in replies.items()]
    return "\n".join(lines) + "\n"


def _row(name: str, system: str, rows: Sequence[tuple[GoldQuestion, Reply]]) -> str:
    can = [reply for gold, reply in rows if gold.answerable]
    cannot = [reply for gold, reply in rows if not gold.answerable]
    shown = [reply.evidence_s for _, reply in rows if reply.evidence_s is not None]
    first = np.percentile([reply.first_s for _, reply in rows], [50, 95])
    whole = np.percentile([reply.whole_s for _, reply in rows], [50, 95])
    refused = f"{np.mean([r.refused for r in cannot]):.3f}（{len(cannot)}）" if cannot else "–"
    evidence = f"{np.median(shown):.3f}" if shown else "–"
    return (
        f"| {name} | {system} | {np.mean([r.right for r in can]):.3f}（{len(can)}） | {refused} | "
        f"{np.mean([r.refused for r in can]):.3f} | {evidence} | {first[0]:.1f} / {first[1]:.1f} | "
        f"{whole[0]:.1f} / {whole[1]:.1f} | {sum(bool(r.error) for _, r in rows)} |"
    )


def main(
    sets: Annotated[list[str], typer.Argument(help="GOLD=FOLDER")],
    peers: Annotated[Path, typer.Option(help="virtual environment with the peers")],
    count: Annotated[int, typer.Option(help="questions of each set")] = 12,
    replies: Annotated[Path | None, typer.Option(help="where to keep all replies")] = None,
) -> None:
    settings = load_settings()
    embedder, model = load_embedder(settings), load_generator(settings)
    found = {}
    with llama_server(settings) as (address, key), embedding_server(embedder) as url:
        config = {"llm": address, "key": key, "embedder": url}
        servers = {"ours": embedder, "model": model, "config": config}
        for one in sets:
            gold, _, folder = one.partition("=")
            found[gold] = measure(Path(gold), Path(folder), peers, count, settings, servers)
    if replies:
        kept = {
            name: {
                system: [
                    [gold.question, reply.text, reply.right, reply.whole_s] for gold, reply in r
                ]
                for system, r in by.items()
            }
            for name, by in found.items()
        }
        replies.write_text(json.dumps(kept, ensure_ascii=False, indent=1), "utf-8")
    command = f"python -m eval.bench_answers {' '.join(sys.argv[1:])}"
    _REPORT.write_text(report(found, command), "utf-8")


if __name__ == "__main__":
    typer.run(main)
