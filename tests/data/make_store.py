"""Make a store as the present program does and write it down as SQL: ``python -m`` this.

Run once for every schema that is released; what is there is never made anew,
for it stands for stores that offices have.
"""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from huiwen.settings import Settings
from index.catalog import SCHEMA_VERSION
from index.jobs import Jobs
from index.library import Library
from tests.fakes import HashEmbedder

STORES = Path(__file__).parent / "stores"
NAMES = ("catalog.sqlite", "jobs.sqlite")
MINUTES = (
    "河口市人民政府常务会议纪要\n\n2024年3月18日，周立新主持召开会议。\n\n"
    "一、审议《河道管理办法》\n\n水利局作了起草说明。会议同意该办法，由水利局印发。\n\n"
    "二、研究管网改造\n\n会议决定：\n\n（一）今年改造管网120公里。\n\n"
    "（二）由财政局安排经费9000万元。\n"
)
LETTER = "关于植树的通知\n\n县林业站（以下简称林业站）在凤鸣岭植树八千六百棵。\n"


def write(folder: Path, target: Path) -> None:
    """Fill a store in ``folder`` and write its databases to ``target``."""
    settings = Settings(store=folder)
    with Library(settings, HashEmbedder()) as library:
        library.add("上传/纪要.txt", MINUTES.encode())
        library.add("上传/通知.txt", LETTER.encode())
        with Jobs(library, settings) as jobs:
            jobs.submit("上传/坏.txt", b"{\\rtf1}")
    target.mkdir(parents=True)
    for name in NAMES:
        with closing(sqlite3.connect(folder / name)) as db:
            text = "\n".join(line for line in db.iterdump() if "sqlite_stat" not in line)
        (target / f"{name}.sql").write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    if (STORES / SCHEMA_VERSION).exists():
        sys.exit(f"{STORES / SCHEMA_VERSION} is there; it is never made anew")
    with TemporaryDirectory() as folder:
        write(Path(folder), STORES / SCHEMA_VERSION)
