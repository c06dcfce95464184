"""Items and decisions of minutes against hand-marked ones: precision and recall.

``python -m eval.bench_items FOLDER`` reads marked minutes: lines ``#1 label``
name the items; a paragraph begins with ``{1}`` where it belongs to the first,
``{1D}`` where it also decides and ``{1D2}`` where it is the second decision.
``--show`` prints what differs.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from huiwen.types import Document
from ingest.parse import parse

_MARK = re.compile(r"\{(\d*)(D?)(\d*)\} ")
MEASURES = ("item", "number", "decision")
Mark = tuple[str, str, bool]


@dataclass(frozen=True, slots=True)
class Marked:
    """A text and what each of its paragraphs is: its item, the decision's number, if it decides."""

    text: str
    truth: dict[str, list[Mark]]


def marked(source: str) -> Marked:
    """Read the marks of a file; repeated paragraphs keep theirs in order."""
    labels, lines = {"": ""}, []
    truth: dict[str, list[Mark]] = {}
    for line in source.splitlines():
        if named := re.match(r"#(\d+) (.+)", line):
            labels[named[1]] = named[2].strip()
            continue
        found = _MARK.match(line)
        text = line[found.end() if found else 0 :].strip()
        lines.append(text)
        told = (labels[found[1]], found[3], bool(found[2])) if found else ("", "", False)
        truth.setdefault(text, []).append(told)
    return Marked("\n\n".join(lines), truth)


def compare(document: Document, truth: Marked) -> tuple[Counter[str], list[str]]:
    """Counts ``measure/right``, ``measure/found``, ``measure/true``; and what differs."""
    counts: Counter[str] = Counter()
    differences = []
    left = {text: list(told) for text, told in truth.truth.items()}
    for paragraph in document.paragraphs:
        if not left.get(paragraph.text):
            continue
        true = left[paragraph.text].pop(0)
        found = (*_told(paragraph.item), paragraph.decision)
        for measure, wanted, said in zip(MEASURES, true, found, strict=True):
            counts[f"{measure}/true"] += bool(wanted)
            counts[f"{measure}/found"] += bool(said)
            counts[f"{measure}/right"] += bool(wanted) and wanted == said
        if true != found:
            differences.append(f"{paragraph.text[:40]}\n    {true}\n    {found}")
    missing = [text for text, told in left.items() if any(any(mark) for mark in told)]
    differences += [f"lost: {text[:40]}" for text in missing]
    return counts, differences


def _told(item: str) -> tuple[str, str]:
    """The item and the number of the decision that ``Paragraph.item`` puts together."""
    *agenda, last = item.split(" › ")
    number = last.removeprefix("议定事项 ")
    return (" › ".join(agenda), number) if number != last else (item, "")


def measure(files: list[Path]) -> tuple[Counter[str], list[str]]:
    """Counts over several files, and what differs in them."""
    total: Counter[str] = Counter()
    differences = []
    for path in files:
        truth = marked(path.read_text("utf-8"))
        counts, found = compare(parse(path.name, truth.text.encode()), truth)
        total += counts
        differences += [f"{path.name}: {line}" for line in found]
    return total, differences


def rates(counts: Counter[str], name: str) -> tuple[float, float]:
    """Precision and recall of a measure."""
    right = counts[f"{name}/right"]
    return right / max(1, counts[f"{name}/found"]), right / max(1, counts[f"{name}/true"])


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("folder", type=Path)
    options.add_argument("--show", action="store_true")
    chosen = options.parse_args()
    counts, differences = measure(sorted(chosen.folder.iterdir()))
    for name in MEASURES:
        precision, recall = rates(counts, name)
        true = counts[f"{name}/true"]
        print(f"{name}: precision {precision:.3f}, recall {recall:.3f}, {true} true")  # noqa: T201
    if chosen.show:
        print("\n".join(differences))  # noqa: T201


if __name__ == "__main__":
    main()
