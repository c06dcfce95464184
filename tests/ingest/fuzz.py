"""Mutated files against the readers: each must end in a document or a typed error.

Outside CI: ``python -m tests.ingest.fuzz --count 10000``. Prints, per format,
how the files ended and every way that is a defect, with the seed to repeat it.
"""

from __future__ import annotations

import argparse
import io
import random
import sys
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from huiwen.errors import InputError, ParseFailedError
from huiwen.settings import Settings
from ingest.sandbox import Sandbox

Read = TypeVar("Read")
SEEDS = Path(__file__).parent.parent / "data" / "formats"
_NASTY = (
    b"\0", b"\xff" * 4, b"\x7f\xff\xff\xff", b"<", b"]]>", b"&a;", b"%s", b"../", b"-1",
    b"99999999999", b"1e308", b"NaN", b"<!DOCTYPE a>", b"\xed\xa0\x80", b"endobj", b"stream",
)  # fmt: skip


def mutated(data: bytes, random_: random.Random) -> bytes:
    """The file with one to eight random injuries; a ZIP's members are injured inside, too."""
    if data.startswith(b"PK") and random_.random() < 0.75:
        return _repacked(data, random_)
    out = bytearray(data)
    for _ in range(random_.choice((1, 1, 2, 4, 8))):
        _injure(out, random_)
    return bytes(out)


def _injure(out: bytearray, random_: random.Random) -> None:
    if not out:
        return
    at = random_.randrange(len(out))
    length = min(random_.choice((1, 2, 8, 64, 1024)), len(out) - at)
    match random_.randrange(7):
        case 0:
            out[at] ^= 1 << random_.randrange(8)
        case 1:
            out[at : at + length] = random_.randbytes(length)
        case 2:
            del out[at : at + length]
        case 3:
            out[at:at] = out[at : at + length] * random_.choice((1, 3, 50))
        case 4:
            del out[at:]
        case 5:
            out[at : at + length] = random_.choice(_NASTY)
        case _:
            other = random_.randrange(len(out))
            out[at : at + length] = out[other : other + length]


def _repacked(data: bytes, random_: random.Random) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as source:
        members = {name: source.read(name) for name in source.namelist()}
    for name in random_.sample(sorted(members), min(random_.choice((1, 1, 2)), len(members))):
        injured = bytearray(members[name])
        match random_.randrange(6):
            case 0:
                del members[name]
                continue
            case 1:
                injured = bytearray(members[random_.choice(sorted(members))])
            case _:
                for _ in range(random_.choice((1, 2, 4))):
                    _injure(injured, random_)
        members[name] = bytes(injured)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in members.items():
            target.writestr(name, content)
    return out.getvalue()


def survivors(read: Callable[[bytes], Read], data: bytes, label: str, count: int) -> list[Read]:
    """What ``read`` makes of ``count`` mutations of ``data``, those it refuses left out.

    ``label`` seeds them. Anything but a typed refusal is raised, with the number to repeat it.
    """
    found = []
    for number in range(count):
        try:
            found.append(read(mutated(data, random.Random(f"{label}/{number}"))))
        except InputError:
            continue
        except Exception as error:
            raise AssertionError(f"mutation {label}/{number}") from error
    return found


def seeds() -> list[Path]:
    """One well-formed file of each format, made by real writers."""
    return sorted(path for path in SEEDS.iterdir() if path.is_file())


def cases(seed: Path, count: int) -> Iterator[tuple[int, bytes]]:
    """Numbered mutations of a seed file, the same every time."""
    data = seed.read_bytes()
    for number in range(count):
        yield number, mutated(data, random.Random(f"{seed.name}/{number}"))


def ending(sandbox: Sandbox, name: str, data: bytes) -> str:
    """How parsing ended: ``document``, ``refused``, or what broke."""
    try:
        sandbox.parse(name, data)
    except ParseFailedError as error:
        return f"failed: {str(error).partition('”')[2][:40]}"
    except InputError:
        return "refused"
    return "document"


def main() -> int:
    options = argparse.ArgumentParser()
    options.add_argument("--count", type=int, default=10_000)
    options.add_argument("--format", default="", help="suffix of the seed file")
    options.add_argument("--timeout", type=float, default=60.0)
    chosen = options.parse_args()
    settings = Settings(parse_timeout_s=chosen.timeout)
    broken = 0
    for seed in seeds():
        if chosen.format and seed.suffix != f".{chosen.format}":
            continue
        begun = time.perf_counter()
        with Sandbox(settings) as sandbox, ThreadPoolExecutor(2) as pool:
            endings = list(
                pool.map(
                    lambda case, seed=seed: (case[0], ending(sandbox, seed.name, case[1])),  # type: ignore[misc]
                    cases(seed, chosen.count),
                )
            )
        tally = Counter(end for _, end in endings)
        print(seed.name, dict(tally), f"{time.perf_counter() - begun:.0f} s", flush=True)  # noqa: T201
        for number, end in endings:
            if end.startswith("failed"):
                broken += 1
                print(f"  {seed.name}/{number}: {end}", flush=True)  # noqa: T201
    return int(broken > 0)


if __name__ == "__main__":
    sys.exit(main())
