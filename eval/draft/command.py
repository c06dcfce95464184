"""From a library to a file of drafted questions."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from answer.generator import Generator
from eval.draft.absent import absent
from eval.draft.candidate import Candidate
from eval.draft.model import draft_with
from eval.draft.rules import draft
from eval.draft.sheet import Sheet
from huiwen.errors import InputError
from index.library import Library

_SEED = 20180
Told = Callable[[int, int], None]


def draft_questions(
    library: Library,
    path: Path,
    *,
    count: int,
    refused: int,
    generator: Generator | None = None,
    told: Told | None = None,
) -> tuple[int, int]:
    """Append up to ``count`` questions and ``refused`` unanswerable ones to a gold file.

    Documents and kinds of question take turns; what the file has already is
    not drafted again. With a model it writes the answerable ones, else rules
    do. ``told`` is called with (documents read, documents). Returns how many
    of both were written. Raises InputError for an empty library or where
    nothing can be made of it.
    """
    documents = library.documents()
    if not documents:
        raise InputError("资料库是空的，无题可出。请先用 huiwen ingest 收录文件。")
    made: list[Candidate] = []
    of_each = -(-count // len(documents))
    for done, info in enumerate(documents):
        if told:
            told(done, len(documents))
        document = library.document(info.id)
        if generator is None:
            made += draft(document)
        else:
            made += _some(draft_with(generator, document), of_each)
    if told:
        told(len(documents), len(documents))
    if not made:
        raise InputError("资料库的文件里没有可以出题的句子（发言、数字、日期、议定事项）。")
    sheet = Sheet.read(path)
    answered = in_turn([one for one in made if not sheet.has(one.question)])
    wanted = answered[:count]
    # Made from all that was drafted: of some nothing can be changed.
    unanswerable = in_turn(
        [one for one in absent(answered, library.mentions) if not sheet.has(one.question)]
    )[:refused]
    sheet.add([one.as_row() for one in (*wanted, *unanswerable)])
    sheet.write()
    return len(wanted), len(unanswerable)


def in_turn(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Seeded order in which documents, and within one the kinds of question, take turns.

    A question occurs once, and of one quote only the first question.
    """
    generator = random.Random(_SEED)  # noqa: S311 - an order, no secret
    shuffled = list(candidates)
    generator.shuffle(shuffled)
    turns: defaultdict[tuple[str, str], int] = defaultdict(int)
    of_document: defaultdict[str, int] = defaultdict(int)
    seen: set[str] = set()
    placed: list[tuple[int, int, int, Candidate]] = []
    for one in shuffled:
        if one.question in seen or one.quote in seen:
            continue
        seen |= {one.question, one.quote}
        turn = turns[one.document, one.type]
        turns[one.document, one.type] += 1
        placed.append((turn, of_document[one.document], len(placed), one))
        of_document[one.document] += 1
    return [one for *_, one in sorted(placed, key=lambda entry: entry[:3])]


def _some(candidates: Iterable[Candidate], count: int) -> list[Candidate]:
    """The first ``count``: the model is not asked for more."""
    found = []
    for candidate in candidates:
        found.append(candidate)
        if len(found) >= count:
            break
    return found
