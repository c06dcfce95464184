"""Reading speed and completeness, beside what a user would pick instead.

``python -m eval.bench_ingest --peers /path/to/peers/bin/python`` writes
docs/bench_ingest.md. Files are made of public news (setting ``data``): TXT,
DOCX by python-docx, PDF by LibreOffice from those. Embedding is not included.
Ours runs as in service: confined parser processes, repair, structure.
"""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rapidfuzz.distance import LCSseq
from rich.console import Console

from eval.machine import this_machine
from huiwen.settings import load_settings
from ingest.sandbox import Sandbox

PAGE_CHARS = 800  # a printed page of official Chinese prose
_PAGES, _FILES, _PARAGRAPH_CHARS = 10, 40, 150
_PEERS = ("markitdown", "unstructured")
console = Console(stderr=True)


@dataclass(frozen=True, slots=True)
class Measured:
    """One tool over one format. ``recall`` is the share of characters kept in order.

    Where the tool could not run, ``failure`` says why and the figures are 0.
    """

    tool: str
    format: str
    pages_per_s: float = 0.0
    recall: float = 0.0
    failure: str = ""


def articles(folder: Path) -> list[str]:
    """Texts of about ten pages each, in paragraphs of a few sentences (news has none)."""
    sentences = re.findall(
        r"[^。\n]+。[”’」』）]*", sorted(folder.glob("*.txt"))[-1].read_text("utf-8")
    )
    texts: list[str] = []
    paragraphs = [""]
    for sentence in sentences:
        if len(paragraphs[-1]) >= _PARAGRAPH_CHARS:
            paragraphs.append("")
        paragraphs[-1] += sentence.strip()
        if sum(map(len, paragraphs)) >= PAGE_CHARS * _PAGES:
            texts.append("\n".join(paragraphs))
            paragraphs = [""]
            if len(texts) == _FILES:
                break
    return texts


def write(texts: Sequence[str], folder: Path) -> dict[str, Path]:
    """The same texts in every format, by writers that are not ours."""
    import docx

    made = {name: folder / name for name in ("txt", "docx", "pdf")}
    for path in made.values():
        path.mkdir()
    for number, text in enumerate(texts):
        (made["txt"] / f"{number:03}.txt").write_text("\n\n".join(text.split("\n")), "utf-8")
        document = docx.Document()
        for paragraph in text.split("\n"):
            document.add_paragraph(paragraph)
        document.save(str(made["docx"] / f"{number:03}.docx"))
    subprocess.run(
        ["soffice", "--headless", "--convert-to", "pdf", "--outdir", str(made["pdf"]),
         *map(str, sorted(made["docx"].iterdir()))],
        check=True, capture_output=True,
    )  # fmt: skip
    return made


def ours(folder: Path) -> tuple[float, list[str]]:
    """Seconds and texts of our reader, two processes at once."""
    settings = load_settings(parse_workers=2)
    paths = sorted(folder.iterdir())

    def read(path: Path) -> str:
        document = sandbox.parse(path.name, path.read_bytes())
        return "\n".join(paragraph.text for paragraph in document.paragraphs)

    with Sandbox(settings) as sandbox, ThreadPoolExecutor(2) as pool:
        list(pool.map(read, paths[:2]))
        begun = time.perf_counter()
        texts = list(pool.map(read, paths))
        return time.perf_counter() - begun, texts


def peer(python: Path, tool: str, folder: Path) -> tuple[float, list[str]]:
    """Seconds and texts of a peer in its own environment, two processes at once."""
    script = Path(__file__).with_name("peer_ingest.py")
    done = subprocess.run(
        [str(python), str(script), tool, str(folder)], check=True, capture_output=True, text=True
    )
    found = json.loads(done.stdout.splitlines()[-1])
    return found["seconds"], found["texts"]


def recall(truth: str, text: str) -> float:
    """Longest common subsequence over the truth's length, blanks left out."""
    bare, found = re.sub(r"\s", "", truth), re.sub(r"\s", "", text)
    return float(LCSseq.similarity(bare, found)) / len(bare)


def measure(texts: Sequence[str], made: dict[str, Path], python: Path | None) -> list[Measured]:
    rows = []
    for name, folder in made.items():
        rows.append(_measured("huiwen", name, texts, *ours(folder)))
        for tool in _PEERS if python else ():
            try:
                rows.append(_measured(tool, name, texts, *peer(python, tool, folder)))  # type: ignore[arg-type]
            except subprocess.CalledProcessError as error:
                reason = error.stderr.strip().splitlines()[-1][:160]
                rows.append(Measured(tool, name, failure=reason))
            console.print(rows[-1])
    return rows


def _measured(
    tool: str, name: str, truths: Sequence[str], seconds: float, found: Sequence[str]
) -> Measured:
    pages = sum(map(len, truths)) / PAGE_CHARS
    scores = [recall(truth, text) for truth, text in zip(truths, found, strict=True)]
    return Measured(tool, name, pages / seconds, sum(scores) / len(scores))


def table(rows: Sequence[Measured]) -> str:
    machine = this_machine()
    lines = [
        "# 读取速度与完整程度",
        "",
        f"`python -m eval.bench_ingest`，{machine.cores} 核 {machine.cpu}；"
        f"每页按 {PAGE_CHARS} 字计，{_FILES} 个文件，同一次运行，各用两个进程，不含向量计算。"
        "完整程度是按顺序保留下来的字所占的比例。",
        "",
        "| 格式 | 程序 | 页/秒 | 完整程度 |",
        "|---|---|---|---|",
    ]
    for row in rows:
        figures = f"{row.pages_per_s:.1f} | {row.recall:.4f}"
        if row.failure:
            figures = f"不能运行 | {row.failure}"
        lines.append(f"| {row.format} | {row.tool} | {figures} |")
    return "\n".join(lines) + "\n"


def main(
    peers: Annotated[Path | None, typer.Option(help="装有对照程序的 Python")] = None,
    output: Annotated[Path, typer.Option(help="结果表")] = Path("docs/bench_ingest.md"),
) -> None:
    """Measure and write the table."""
    texts = articles(load_settings().data / "datasets" / "news")
    with TemporaryDirectory() as folder:
        rows = measure(texts, write(texts, Path(folder)), peers)
    output.write_text(table(rows), "utf-8")


if __name__ == "__main__":
    typer.run(main)
