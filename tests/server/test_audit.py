"""The audit log: what it holds, that nothing in it can be changed unnoticed, that it survives."""

from __future__ import annotations

import csv
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from answer.engine import Answerer
from answer.prompt import PROMPT_VERSION
from huiwen.cli import app as command
from huiwen.errors import ConfigError
from huiwen.settings import Settings, load_settings
from index.jobs import Jobs
from index.library import Library
from server import audit_cli
from server.app import create_app
from server.audit import NAME, ORIGIN, Audit, AuditError
from server.label import content_number
from server.recorder import Recorder
from server.watch import WatchedAnswerer
from tests.conftest import ROOT
from tests.fakes import HashEmbedder, ScriptedGenerator
from tests.server.service import QUESTION, TEXT

NOW = datetime(2026, 11, 25, 8, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / NAME


def filled(path: Path, count: int = 6) -> Audit:
    audit = Audit(path, 180)
    for number in range(count):
        audit.append("question", {"question": f"问{number}"})
    return audit


def test_every_record_names_the_one_before(path: Path) -> None:
    with filled(path) as audit:
        assert [record["number"] for record in audit.records()] == [1, 2, 3, 4, 5, 6]
        verdict = audit.verify()
        assert (verdict.records, verdict.problems) == (6, ())
        assert audit.verify(known=next(audit.records())["hash"]).problems == ()


def tamper(*statements: str) -> Callable[[sqlite3.Connection], None]:
    def run(db: sqlite3.Connection) -> None:
        for statement in statements:
            db.execute(statement)

    return run


SWAP = tamper(
    "CREATE TEMP TABLE t AS SELECT * FROM records",
    "UPDATE records SET body = (SELECT body FROM t WHERE number = 5) WHERE number = 2",
    "UPDATE records SET body = (SELECT body FROM t WHERE number = 2) WHERE number = 5",
)
SWAP_HASHES_TOO = tamper(
    "UPDATE records SET number = -2 WHERE number = 2",
    "UPDATE records SET number = 2 WHERE number = 5",
    "UPDATE records SET number = 5 WHERE number = -2",
)
MISDEEDS = {
    "changed": tamper("UPDATE records SET body = replace(body, '问2', '问9') WHERE number = 3"),
    "last changed": tamper("UPDATE records SET body = replace(body, '问5', '问9')"),
    "deleted": tamper("DELETE FROM records WHERE number = 3"),
    "first deleted": tamper("DELETE FROM records WHERE number = 1"),
    "last deleted": tamper("DELETE FROM records WHERE number = 6"),
    "all deleted": tamper("DELETE FROM records"),
    "closed up": tamper(
        "DELETE FROM records WHERE number = 3",
        "UPDATE records SET number = number - 1 WHERE number > 3",
    ),
    "reordered": SWAP,
    "reordered with hashes": SWAP_HASHES_TOO,
    "doubled": tamper("INSERT INTO records SELECT 7, body, hash FROM records WHERE number = 6"),
    "beginning dropped as if for its age": tamper(
        "UPDATE seals SET number = 3, hash = (SELECT hash FROM records WHERE number = 3)"
        " WHERE name = 'anchor'",
        "DELETE FROM records WHERE number <= 3",
    ),
    "invented": tamper("INSERT INTO records VALUES (0, '{\"number\": 0}', 'x')"),
}


@pytest.mark.parametrize("misdeed", MISDEEDS)
def test_what_was_done_to_it_is_found(path: Path, misdeed: str) -> None:
    filled(path).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.executescript("DROP TRIGGER records_stay; DROP TRIGGER records_remain;")
        MISDEEDS[misdeed](db)
    with Audit(path, 180) as audit:
        assert audit.verify().problems


@pytest.mark.parametrize("statement", ["UPDATE records SET body = ''", "DELETE FROM records"])
def test_by_mistake_nothing_can_be_changed(path: Path, statement: str) -> None:
    filled(path).close()
    with (
        closing(sqlite3.connect(path)) as db,
        pytest.raises(sqlite3.IntegrityError, match="append-only"),
    ):
        db.execute(statement)


def test_a_log_written_anew_lacks_the_hash_that_was_noted(tmp_path: Path) -> None:
    with filled(tmp_path / "a") as audit:
        noted = audit.head().hash
        assert audit.verify(noted).problems == ()
    with filled(tmp_path / "b") as forged:
        assert forged.verify().problems == ()
        assert noted in forged.verify(noted).problems[0]


def test_old_records_go_and_the_chain_holds(path: Path) -> None:
    with Audit(path, 180) as audit:
        for days in (400, 300, 181, 179, 0):
            audit.append("question", {"question": f"{days}天前"}, NOW - timedelta(days=days))
        left = [record.get("question", record["kind"]) for record in audit.records()]
        assert left == ["179天前", "0天前", "pruned"]
        verdict = audit.verify()
        assert (verdict.pruned, verdict.problems) == (4, ())
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        tamper(
            "UPDATE seals SET number = 5, hash = (SELECT hash FROM records WHERE number = 5)"
            " WHERE name = 'anchor'",
            "DELETE FROM records WHERE number <= 5",
        )(db)
    with Audit(path, 180) as audit:
        assert "清理" in audit.verify().problems[0]


def test_less_than_180_days_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUIWEN_AUDIT_DAYS", "179")
    with pytest.raises(ConfigError, match="audit_days"):
        load_settings()


def test_threads_and_logs_of_the_same_file_make_one_chain(path: Path) -> None:
    with Audit(path, 180) as one, Audit(path, 180) as other:

        def write(audit: Audit) -> None:
            for number in range(20):
                audit.append("question", {"question": str(number)})

        threads = [threading.Thread(target=write, args=(a,)) for a in (one, other, one, other)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        verdict = one.verify()
        assert (verdict.records, verdict.problems) == (80, ())


def test_on_a_full_disk_nothing_is_half_written(path: Path) -> None:
    with filled(path) as audit:
        (pages,) = audit._db.execute("PRAGMA page_count").fetchone()
        audit._db.execute(f"PRAGMA max_page_count = {pages}")

        def write() -> None:
            for _ in range(50):
                audit.append("question", {"question": "问" * 3000})

        with pytest.raises(AuditError, match="磁盘空间"):
            write()
        head = audit.head()
        assert audit.verify().problems == ()
        audit._db.execute("PRAGMA max_page_count = 100000")
        assert audit.append("question", {"question": "问"}).number == head.number + 1
        assert audit.verify().problems == ()


WRITER = """
import sys
from pathlib import Path
from server.audit import Audit
audit = Audit(Path(sys.argv[1]), 180)
while True:
    print(audit.append("question", {"question": "问" * 3000}).number, flush=True)
"""


def test_killed_while_writing_it_has_all_that_was_acknowledged(path: Path) -> None:
    acknowledged = 0
    for seed in range(6):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert process.stdout
        for _ in range(random.Random(seed).randint(1, 40)):
            acknowledged = int(process.stdout.readline())
        os.kill(process.pid, signal.SIGKILL)
        rest, _ = process.communicate()
        acknowledged = max([acknowledged, *map(int, rest.split("\n")[:-1])])
        with Audit(path, 180) as audit:
            verdict = audit.verify()
            assert verdict.problems == ()
            assert verdict.head.number >= acknowledged
    assert acknowledged > 6


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    path = settings.store / NAME
    with (
        Library(settings, HashEmbedder()) as library,
        Jobs(library, settings) as jobs,
        Audit(path, 180) as audit,
    ):
        library.add("会议.txt", TEXT.encode())
        model = ScriptedGenerator("完成管网改造120公里[1]。")
        answerer = WatchedAnswerer(library, model, settings, [Recorder(audit)])
        app = create_app(library, jobs, answerer, settings, audit=audit)
        with TestClient(app, raise_server_exceptions=False) as client:
            client.audit = audit  # type: ignore[attr-defined]
            client.answerer = answerer  # type: ignore[attr-defined]
            yield client


def records(client: Any) -> list[dict[str, Any]]:
    return list(client.audit.records())


def test_what_a_question_leaves(client: TestClient) -> None:
    response = client.post(
        "/api/ask", json={"question": QUESTION}, headers={"X-Request-ID": "gateway-7"}
    )
    assert response.headers["x-request-id"] == "gateway-7"
    question, answer = records(client)
    assert question["kind"] == "question"
    assert question["question"] == QUESTION
    assert (question["request"], question["route"]) == ("gateway-7", "POST /api/ask")
    assert question["address"] == "testclient"
    shown = response.json()["evidence"]
    assert [p["id"] for p in question["passages"]] == [e["passage_id"] for e in shown]
    assert [d["name"] for d in question["documents"]] == ["会议.txt"]
    assert (answer["kind"], answer["id"]) == ("answer", question["id"])
    assert (answer["status"], answer["text"]) == ("answered", "完成管网改造120公里。[1]")
    assert (answer["model"], answer["prompt"]) == ("scripted/test", PROMPT_VERSION)


def test_it_is_written_before_the_answer_is_given(client: Any) -> None:
    for count, event in enumerate(client.answerer.ask(QUESTION)):
        name = type(event).__name__
        assert len(records(client)) == (2 if name == "AnswerReady" else 1), (count, name)


def test_a_reader_who_leaves_has_seen_what_is_recorded(client: Any) -> None:
    events = client.answerer.ask(QUESTION)
    next(events)
    next(events)
    events.close()
    assert [r["kind"] for r in records(client)] == ["question", "unanswered"]
    assert records(client)[1]["outcome"] == "abandoned"


def test_follow_ups_are_recorded_as_asked_and_as_understood(client: TestClient) -> None:
    history = [{"question": "河口市2023年完成管网改造多少公里？", "answer": "120公里。"}]
    client.post("/api/ask", json={"question": "那2022年呢？", "history": history})
    question = records(client)[0]
    assert question["question"] == "那2022年呢？"
    assert "管网" in question["understood"]


def test_without_a_record_there_is_no_answer(client: Any) -> None:
    client.audit.close()
    for stream in (False, True):
        response = client.post("/api/ask", json={"question": QUESTION, "stream": stream})
        assert "审计日志" in response.text
        assert "120公里" not in response.text
    assert client.post("/api/ask", json={"question": QUESTION}).status_code == 503


def test_the_command_verifies_and_exports(
    path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HUIWEN_STORE", str(tmp_path))
    with Audit(path, 180) as audit:
        for days, question in ((2, "前天的"), (1, "=1+1"), (0, "今天的")):
            audit.append("question", {"question": question}, NOW - timedelta(days=days))
        head = audit.head()
    run = CliRunner().invoke
    found = run(command, ["audit", "verify", "--head", head.hash])
    assert found.exit_code == 0
    assert head.hash in found.output.replace("\n", "")
    assert run(command, ["audit", "verify", "--head", "f" * 64]).exit_code == 1
    lines = run(command, ["audit", "export", "--since", "2026-11-24"]).output.splitlines()
    assert [json.loads(line)["question"] for line in lines] == ["=1+1", "今天的"]
    target = tmp_path / "out.csv"
    chosen = ["--until", "2026-11-24", "--format", "csv", "--out", str(target)]
    assert run(command, ["audit", "export", *chosen]).exit_code == 0
    rows = list(csv.DictReader(target.read_text("utf-8-sig").splitlines()))
    assert [row["question"] for row in rows] == ["前天的", "'=1+1"]


def test_an_empty_log_holds(path: Path) -> None:
    with Audit(path, 180) as audit:
        assert audit.head().hash == ORIGIN
        assert audit.verify().problems == ()


def test_a_log_that_cannot_be_opened_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(AuditError, match="审计日志"):
        Audit(tmp_path / "file" / NAME, 180)


def test_uploads_and_deletions_are_recorded(client: Any) -> None:
    made = client.post("/api/documents", files={"file": ("新.txt", TEXT.encode())}).json()
    identity = made["document"]["id"]
    client.delete(f"/api/documents/{identity}")
    client.post("/api/documents", files={"file": ("坏.txt", b"{\\rtf1}")})
    client.get("/api/documents")
    added, deleted, refused = records(client)
    assert {record["kind"] for record in records(client)} == {"deed"}
    assert (added["route"], added["status"]) == ("POST /api/documents", 201)
    assert added["noted"]["source"].endswith("新.txt")
    assert (deleted["route"], deleted["status"]) == (f"DELETE /api/documents/{identity}", 204)
    assert deleted["noted"]["source"].endswith("新.txt")
    assert refused["status"] == 415


def test_a_table_has_a_column_for_everything(client: Any) -> None:
    client.post("/api/ask", json={"question": QUESTION})
    events = client.answerer.ask(QUESTION)
    next(events)
    events.close()
    client.post("/api/documents", files={"file": ("新.txt", TEXT.encode())})
    client.audit.append("pruned", {"through": 0, "hash_through": ORIGIN})
    names = {name for record in records(client) for name in record}
    kinds = {record["kind"] for record in records(client)}
    assert kinds == {"question", "answer", "unanswered", "deed", "pruned"}
    assert names <= set(audit_cli._COLUMNS)


def test_a_deed_that_cannot_be_recorded_is_not_acknowledged(client: Any) -> None:
    client.audit.close()
    response = client.post("/api/documents", files={"file": ("新.txt", TEXT.encode())})
    assert response.status_code == 503
    assert "没有能记录" in response.json()["detail"]


def test_the_number_of_a_content_is_in_the_log(client: Any) -> None:
    answer: Any = list(client.answerer.ask(QUESTION))[-1]
    assert records(client)[-1]["content"] == content_number(answer.answer)


def test_the_page_and_others_go_through_the_same_seam() -> None:
    assert issubclass(WatchedAnswerer, Answerer)
    assert WatchedAnswerer.answer is Answerer.answer
