"""The evaluation tab: runs read from a folder, drawn, and each report a page of its own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from eval.run import save_run
from eval.stored import StoredRuns
from huiwen.settings import Settings
from server.caller import EVERYBODY, Admin
from server.evaluations import evaluations_router
from tests.eval.test_report import HOSTILE, RIGHT, WRONG, suite
from tests.ui.conftest import Visit
from ui.evaluation import evaluation_router, table, trend


def keep(folder: Path, day: int, *, gold: str = "题集.jsonl", right: bool = True) -> str:
    run = suite([*RIGHT], [*(RIGHT if right else WRONG)])
    stamp = f"2026-03-{day:02}T08:00:00+08:00"
    return save_run(replace(run, started_at=stamp, gold_path=gold), folder).stem


def test_runs_are_listed_latest_first_and_what_is_no_run_is_left_out(tmp_path: Path) -> None:
    first, second = keep(tmp_path, 1, right=False), keep(tmp_path, 2)
    (tmp_path / "20260303-000000-x.json").write_text("{}", "utf-8")
    runs = StoredRuns(tmp_path).all()
    assert [run.name for run in runs] == [second, first]
    assert runs[0].suite == "题集"
    assert [run.figures["答案正确率"] for run in runs] == [1.0, 0.5]
    assert StoredRuns(tmp_path / "none").all() == []


def test_the_plot_and_the_table_say_the_same(tmp_path: Path) -> None:
    keep(tmp_path, 1, right=False)
    keep(tmp_path, 2)
    runs = StoredRuns(tmp_path).all()
    drawn, told = trend(runs[::-1]), table(runs)
    assert "答案正确率 50.0%，2026-03-01 08:00" in drawn
    assert "答案正确率 100.0%，2026-03-02 08:00" in drawn
    assert told.index("2026-03-02") < told.index("2026-03-01")
    assert "<td>50.0%</td>" in told
    assert trend(runs[:1]).count("<circle") == sum(v is not None for v in runs[0].figures.values())


def test_names_from_outside_are_never_markup(tmp_path: Path) -> None:
    keep(tmp_path, 1, gold=f"{HOSTILE.replace('/', '')}.jsonl")
    (run,) = StoredRuns(tmp_path).all()
    hostile = replace(run, model=HOSTILE, name=HOSTILE)
    for html in (trend([hostile]), table([hostile])):
        assert "<script" not in html
        assert "<img" not in html


@pytest.mark.parametrize("name", ["none", "..%2Fsecret", "%2Fetc%2Fpasswd"])
def test_only_runs_of_the_folder_are_shown(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret.json").write_text("{}", "utf-8")
    folder = tmp_path / "runs"
    kept = keep(folder, 1)
    app = FastAPI()
    (needed,) = Admin.__metadata__  # type: ignore[attr-defined]
    app.dependency_overrides[needed.dependency] = lambda: EVERYBODY
    app.include_router(evaluation_router(StoredRuns(folder)))
    client = TestClient(app)
    found = client.get(f"/evaluation/{kept}")
    assert "会问评测报告" in found.text
    assert "default-src 'none'" in found.headers["content-security-policy"]
    assert client.get(f"/evaluation/{name}").status_code == 404


def test_portals_read_the_figures(tmp_path: Path) -> None:
    first, second = keep(tmp_path, 1, right=False), keep(tmp_path, 2)
    app = FastAPI()
    (needed,) = Admin.__metadata__  # type: ignore[attr-defined]
    app.dependency_overrides[needed.dependency] = lambda: EVERYBODY
    app.include_router(evaluations_router(StoredRuns(tmp_path)))
    client = TestClient(app, raise_server_exceptions=False)
    told = client.get("/api/evaluations").json()
    assert [run["name"] for run in told] == [second, first]
    assert told[1]["figures"]["答案正确率"] == 0.5
    one = client.get(f"/api/evaluations/{second}").json()
    assert one["figures"]["答案正确率"] == 1.0
    assert one["report"] == f"/evaluation/{second}"


def test_the_page_draws_the_chosen_suite_and_opens_a_report(
    settings: Settings, visit: Visit
) -> None:
    page = visit.page
    page.click("button[role=tab]:has-text('评测')")
    page.wait_for_selector("#trend:has-text('huiwen eval')")
    folder = settings.store.parent / "runs"
    earlier = keep(folder, 1, right=False)
    keep(folder, 2)
    keep(folder, 3, gold="另一套.jsonl")
    page.reload()
    page.click("button[role=tab]:has-text('评测')")
    page.wait_for_selector("#trend svg")
    assert page.locator("#runs tbody tr").count() == 1
    page.click("#suite input")
    page.click("[role=option]:has-text('题集')")
    page.wait_for_function("document.querySelectorAll('#runs tbody tr').length === 2")
    page.click("#runs tbody tr:nth-child(2) a")
    report = page.frame_locator("#report-frame")
    report.locator("h1:has-text('会问评测报告')").wait_for()
    page.wait_for_function(
        f"document.getElementById('report-frame').contentWindow.location.pathname.includes('{earlier[:15]}')"
    )
