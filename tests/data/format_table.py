"""What is kept of the sample in each format, measured; the table of docs/formats.md.

``python -m tests.data.format_table`` writes the table anew.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from rapidfuzz.distance import LCSseq

from huiwen.types import Document, ParagraphKind
from ingest.normalise import normalise
from ingest.parse import parse
from tests.data.make_formats import OUT, PARAGRAPHS, ROWS, TITLE

PAGE = Path(__file__).parent.parent.parent / "docs" / "formats.md"
BEGIN, END = "<!-- 表由 python -m tests.data.format_table 写成 -->\n", "\n<!-- 表终 -->"
_SHEETS = (".csv", ".xlsx")


def _headings(document: Document) -> bool:
    """The list of paragraph under its own heading, not only the heading's words."""
    return any(
        "小型水库37座" in p.text and any("总体情况" in heading for heading in p.headings)
        for p in document.paragraphs
    )


def _table(document: Document) -> bool:
    """A row of the table is found together with its column's name."""
    return any(
        p.kind is ParagraphKind.TABLE and "责任人" in p.text and "巫青岚" in p.text
        for p in document.paragraphs
    )


def _speaker(document: Document) -> bool:
    return any(p.speaker == "宋见山" and "局长" in p.office for p in document.paragraphs)


KEPT: dict[str, Callable[[Document], bool]] = {
    "标题": lambda document: TITLE in document.title.replace(" ", ""),
    "层级标题": _headings,
    "表格与表头": _table,
    "页码与位置": lambda document: any(p.boxes for p in document.paragraphs),
    "发言人与职务": _speaker,
    "议定事项": lambda document: any(
        p.decision and "24小时值班" in p.text for p in document.paragraphs
    ),
    "会议日期": lambda document: document.metadata.date == "2024-05-16",
}


def recall(name: str, document: Document) -> float:
    """Share of the sample's characters that the document has, in order."""
    cells = [cell for row in ROWS for cell in row]
    parts = cells if name.endswith(_SHEETS) else [TITLE, *PARAGRAPHS, *cells]
    if name.endswith((".txt", ".pptx", ".eml")):
        parts = [TITLE, *PARAGRAPHS]
    text = _bare("\n".join(p.text for p in document.paragraphs))
    truth = [_bare(part) for part in parts]
    found = sum(LCSseq.similarity(part, text) if part not in text else len(part) for part in truth)
    return found / sum(map(len, truth))


def _bare(text: str) -> str:
    return re.sub(r"\s", "", normalise(text))


def table() -> str:
    """The table in Markdown; ``—`` where the sample has no such thing."""
    lines = [
        "| 格式 | " + " | ".join(KEPT) + " | 文字召回率 |",
        "|---|" + "---|" * (len(KEPT) + 1),
    ]
    for path in sorted(OUT.iterdir(), key=lambda path: path.suffix):
        document = parse(path.name, path.read_bytes())
        marks = [_mark(path.suffix, name, test(document)) for name, test in KEPT.items()]
        score = f"{recall(path.name, document):.3f}"
        lines.append(f"| {path.suffix[1:].upper()} | {' | '.join(marks)} | {score} |")
    return "\n".join(lines)


def _mark(suffix: str, name: str, kept: bool) -> str:
    absent = {
        ".csv": set(KEPT) - {"表格与表头"},
        ".xlsx": set(KEPT) - {"标题", "表格与表头"},
        ".txt": {"表格与表头"},
        ".pptx": {"表格与表头", "层级标题"},
        ".eml": {"表格与表头"},
    }
    if name in absent.get(suffix, set()):
        return "—"
    return "✓" if kept else "✗"


def main() -> None:
    page = PAGE.read_text("utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n{table()}\n{END}{after}", "utf-8")


if __name__ == "__main__":
    main()
