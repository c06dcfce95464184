"""What the settings of llama.cpp cost and gain on the product's own prompts, all in one run.

``python -m eval.bench_llm GOLD`` asks the library of the settings, takes the
prompts the product would give the model, and gives them to one engine per
variant, each in a process of its own; the variants take turns, prompt by
prompt, so that whatever else the machine does meets all. Writes
``docs/bench_llm.md``.
"""

from __future__ import annotations

import json
import multiprocessing
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import permutations
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.progress import track

from answer.evidence import select_evidence
from answer.named import speaking_of
from answer.prompt import FIRST_LOOK, build_prompt
from answer.snippet import select_snippets
from eval.gold import load_gold
from eval.machine import this_machine
from huiwen.models.store import ModelStore, Role
from huiwen.settings import Settings, load_settings
from index.embedder import load_embedder
from index.library import Library

_REPORT = Path(__file__).parent.parent / "docs" / "bench_llm.md"
_TOKENS = 96
_WARM_UP = [{"role": "user", "content": "你好"}]
Prompt = list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class Variant:
    """A change to the engine's parameters or to each request, against the shipped ones."""

    name: str
    engine: Callable[[Any], None] = lambda _: None
    request: tuple[tuple[str, object], ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """One answer: seconds to the first words and in all, tokens given, and what was said."""

    first_s: float
    whole_s: float
    tokens: int
    text: str


def _set(**values: object) -> Callable[[Any], None]:
    def change(params: Any) -> None:
        for name, value in values.items():
            owner = params
            *path, last = name.split("__")
            for part in path:
                owner = getattr(owner, part)
            setattr(owner, last, value)

    return change


def _lookup(kind: str) -> Callable[[Any], None]:
    def change(params: Any) -> None:
        import xllamacpp

        params.speculative.types = [getattr(xllamacpp.common_speculative_type, kind)]

    return change


def _attention(kind: str) -> Callable[[Any], None]:
    def change(params: Any) -> None:
        import xllamacpp

        params.flash_attn_type = getattr(xllamacpp.llama_flash_attn_type, kind)

    return change


def _small_states(params: Any) -> None:
    import xllamacpp

    params.cache_type_k = params.cache_type_v = xllamacpp.ggml_type.GGML_TYPE_Q8_0


VARIANTS = (
    Variant("现用"),
    Variant("一个线程", _set(cpuparams__n_threads=1, cpuparams_batch__n_threads=1)),
    Variant("不留前缀", request=(("cache_prompt", False),)),
    Variant("不给出每字的把握", request=(("logprobs", False), ("top_logprobs", None))),
    Variant("关闭 flash attention", _attention("LLAMA_FLASH_ATTN_TYPE_DISABLED")),
    Variant("KV 用 8 位", _small_states),
    Variant("提示查找（ngram-simple）", _lookup("COMMON_SPECULATIVE_TYPE_NGRAM_SIMPLE")),
    Variant("提示查找（ngram-mod）", _lookup("COMMON_SPECULATIVE_TYPE_NGRAM_MOD")),
    Variant("KV 片段平移复用（n_cache_reuse=16）", _set(n_cache_reuse=16)),
    Variant("每批 128", _set(n_batch=128, n_ubatch=128)),
)


def serve(variant: Variant, path: str, context: int, threads: int, line: Connection) -> None:
    """Answer prompts from ``line`` with one engine until it is closed."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = path
    params.n_ctx, params.n_parallel, params.n_batch = context, 1, 512
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
    params.verbosity, params.ui = -1, False
    variant.engine(params)
    engine = xllamacpp.Server(params)
    while prompt := line.recv():
        line.send(_ask(engine, prompt, dict(variant.request)))


def _ask(engine: Any, prompt: Prompt, changed: dict[str, object]) -> Told:
    request = {
        "messages": prompt,
        "max_tokens": _TOKENS,
        "temperature": 0,
        "stream": True,
        "cache_prompt": True,
        "logprobs": True,
        "top_logprobs": 1,
        "stream_options": {"include_usage": True},
        **changed,
    }
    request = {name: value for name, value in request.items() if value is not None}
    said: list[str] = []
    first, tokens = 0.0, 0

    def receive(chunk: Any) -> bool:
        nonlocal first, tokens
        data = json.loads(chunk) if isinstance(chunk, str | bytes) else chunk
        tokens = (data.get("usage") or {}).get("completion_tokens", tokens)
        for choice in data.get("choices") or []:
            if words := choice.get("delta", {}).get("content"):
                first = first or time.perf_counter()
                said.append(words)
        return False

    begun = time.perf_counter()
    engine.handle_chat_completions(request, receive)
    ended = time.perf_counter()
    return Told((first or ended) - begun, ended - begun, tokens, "".join(said))


def product_prompts(gold: Path, settings: Settings, limit: int) -> list[Prompt]:
    """What the product gives the model at its first look, question by question."""
    prompts = []
    with Library(settings, load_embedder(settings)) as library:
        for one in load_gold(gold)[:limit]:
            found = select_evidence(one.question, library.search(one.question, settings.evidence))
            near = speaking_of(one.question, found)
            snippets = select_snippets(one.question, near, FIRST_LOOK)
            prompts.append([m.as_dict() for m in build_prompt(one.question, snippets)])
    return prompts


def turned(prompts: Sequence[Prompt]) -> list[Prompt]:
    """The same snippets in another order: what states kept for each passage are for."""
    changed = []
    for system, user in prompts:
        sources, _, question = user["content"].partition("\n\n")
        head, *blocks = sources.split("\n")
        orders = list(permutations(blocks))
        content = "\n".join([head, *orders[-1]]) + "\n\n" + question
        changed.append([system, {**user, "content": content}])
    return changed


def measure(prompts: Sequence[Prompt], settings: Settings) -> dict[str, list[Told]]:
    """What every variant told for every prompt; who goes first changes with each."""
    path = str(ModelStore(settings).resolve(Role.LLM, settings.llm))
    threads = settings.llm_threads or this_machine().cores
    made = multiprocessing.get_context("spawn")
    lines: dict[str, Connection] = {}
    for variant in VARIANTS:
        ours, theirs = made.Pipe()
        # By place: a variant's functions are made here and cannot be sent.
        place = (VARIANTS.index(variant), path, settings.llm_context, threads, theirs)
        made.Process(target=_serve_at, args=place, daemon=True).start()
        ours.send(_WARM_UP)
        ours.recv()
        lines[variant.name] = ours
    told: dict[str, list[Told]] = {name: [] for name in lines}
    for number, prompt in enumerate(track(prompts, description="llama.cpp")):
        names = list(lines)
        for name in names[number % len(names) :] + names[: number % len(names)]:
            lines[name].send(prompt)
            told[name].append(lines[name].recv())
    for line in lines.values():
        line.send(None)
    return told


def _serve_at(place: int, path: str, context: int, threads: int, line: Connection) -> None:
    serve(VARIANTS[place], path, context, threads, line)


def report(told: dict[str, list[Told]], half: int, command: str) -> str:
    """The measurements as Markdown; the second half are the prompts of the first, turned."""
    machine = this_machine()
    shipped = next(iter(told.values()))
    lines = [
        "# 语言模型的运行方式",
        "",
        f"{datetime.now(UTC):%Y-%m-%d}，`{command}`，{machine.cores} 核 {machine.cpu}。",
        "",
        f"产品第一遍读的 {half} 个提示，再把各提示里的片段换个次序各问一遍；"
        "各种方式轮流回答同一个提示，各在自己的进程里。"
        "比值是与“现用”逐题相除的中位数，小于 1 为快。“同文”是回答与现用逐字相同的份额。",
        "",
        "| 方式 | 首字 p50 秒 | 首字比值 | 换序首字比值 | 整答 p50 秒 | 整答比值 "
        "| 解码 字元/秒 | 同文 |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, rows in told.items():
        first = np.array([row.first_s for row in rows])
        whole = np.array([row.whole_s for row in rows])
        by = np.array([row.first_s for row in shipped]), np.array([r.whole_s for r in shipped])
        rates = [
            (row.tokens - 1) / (row.whole_s - row.first_s)
            for row in rows
            if row.tokens > 1 and row.whole_s > row.first_s
        ]
        same = np.mean([a.text == b.text for a, b in zip(rows, shipped, strict=True)])
        lines.append(
            f"| {name} | {np.median(first[:half]):.2f} | {np.median((first / by[0])[:half]):.2f} | "
            f"{np.median((first / by[0])[half:]):.2f} | {np.median(whole[:half]):.2f} | "
            f"{np.median((whole / by[1])[:half]):.2f} | {np.median(rates):.1f} | {same:.2f} |"
        )
    return "\n".join(lines) + "\n"


def main(
    gold: Path,
    limit: Annotated[int, typer.Option(help="questions")] = 20,
) -> None:
    settings = load_settings()
    prompts = product_prompts(gold, settings, limit)
    told = measure([*prompts, *turned(prompts)], settings)
    command = f"python -m eval.bench_llm {' '.join(sys.argv[1:])}"
    _REPORT.write_text(report(told, len(prompts), command), "utf-8")


if __name__ == "__main__":
    typer.run(main)
