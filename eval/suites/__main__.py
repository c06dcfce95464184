"""``python -m eval.suites drcd --sample dev --limit 10``: a public benchmark, run and reported."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from answer.generator import load_generator
from eval.command import differences, figures, groups
from eval.suites import SAMPLES, SUITES, Choice
from eval.suites.command import evaluate_suite
from huiwen.errors import HuiwenError
from huiwen.settings import load_settings
from index.embedder import load_embedder


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the chosen suite; 1 where it misses a limit or cannot be run."""
    parser = argparse.ArgumentParser(prog="python -m eval.suites", description=__doc__)
    parser.add_argument("suite", choices=sorted(SUITES))
    parser.add_argument("--sample", choices=SAMPLES, default="")
    parser.add_argument("--count", type=int, help="questions drawn (drcd, cmrc: 300)")
    parser.add_argument("--limit", type=int, help="questions asked of every part")
    parser.add_argument("--noise", type=float, action="append", default=[])
    parser.add_argument("--llm-backend", default=None)
    parser.add_argument("--min", action="append", default=[], dest="minimum")
    parser.add_argument("--runs", type=Path, default=Path("runs"))
    parser.add_argument("--compare", type=Path)
    parser.add_argument("--fresh", action="store_true", help="ask everything anew")
    chosen = parser.parse_args(arguments)
    settings = load_settings()
    if chosen.llm_backend:
        settings = settings.model_copy(update={"llm_backend": chosen.llm_backend})
    out = Console()
    choice = Choice(chosen.sample, chosen.count, chosen.limit, tuple(chosen.noise))
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    try:
        with Bar(*columns, TimeElapsedColumn(), console=Console(stderr=True)) as bar:
            task = bar.add_task(chosen.suite, total=None)
            found = evaluate_suite(
                chosen.suite,
                choice,
                load_embedder(settings),
                load_generator(settings),
                settings,
                runs=chosen.runs,
                earlier=chosen.compare,
                minimum=chosen.minimum,
                fresh=chosen.fresh,
                progress=lambda done, total: bar.update(task, completed=done, total=total),
            )
    except HuiwenError as error:
        sys.stderr.write(f"{error.title}：{error}\n")
        return 1
    for table in (figures(found.run), *groups(found.run)):
        out.print(table)
    if found.earlier:
        out.print(differences(found.earlier, found.run))
    out.print(f"结果：{found.json}\n报告：{found.html}", soft_wrap=True)
    for failure in found.failures:
        sys.stderr.write(f"✗ {failure}\n")
    return 1 if found.failures else 0


if __name__ == "__main__":
    sys.exit(main())
