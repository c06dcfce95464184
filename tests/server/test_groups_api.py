"""Who may see a document, over HTTP and on the command line."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from typer.testing import CliRunner

from huiwen.cli import app as commands
from huiwen.errors import NotFoundError
from huiwen.settings import Settings
from server.caller import Scope
from tests.server.office import Office, office

DATA = "植树会议\n\n会议决定在凤鸣岭植树八千棵。\n".encode()


@pytest.fixture
def service(settings: Settings) -> Iterator[Office]:
    with office(settings) as made:
        yield made


def put(service: Office, who: str, name: str = "植树.txt", **form: str):  # type: ignore[no-untyped-def]
    return service.client(who).post("/api/documents", files={"file": (name, DATA)}, data=form)


def names(service: Office, who: str) -> set[str]:
    return {document["name"] for document in service.client(who).get("/api/documents").json()}


def test_groups_are_set_with_the_upload(service: Office) -> None:
    made = put(service, "other", groups="财务")
    assert made.json()["document"]["groups"] == ["财务"]
    assert "植树.txt" in names(service, "other")
    assert "植树.txt" in names(service, "admin")
    assert "植树.txt" not in names(service, "ask")
    assert put(service, "other").json()["document"]["groups"] == ["财务"]


def test_without_groups_it_is_for_everybody(service: Office) -> None:
    assert put(service, "other").json()["document"]["groups"] == []
    assert "植树.txt" in names(service, "ask")


def test_new_files_are_for_the_groups_of_who_brings_them(settings: Settings) -> None:
    chosen = settings.model_copy(update={"new_files_for": "groups"})
    with office(chosen) as service:
        assert put(service, "other").json()["document"]["groups"] == ["财务"]
        assert put(service, "other", "公告.txt", groups="*").json()["document"]["groups"] == []
        assert put(service, "other", "公开.txt").json()["document"]["groups"] == []
        assert put(service, "admin", "全部.txt").json()["document"]["groups"] == []
        assert names(service, "ask") == {"公告.txt", "公开.txt", "全部.txt", "人事.txt"}


@pytest.mark.parametrize("prefer", ["", "respond-async"])
def test_an_uploader_decides_no_more_than_his_own(service: Office, prefer: str) -> None:
    headers = {"prefer": prefer}

    def status(who: str, name: str, **form: str) -> int:
        client = service.client(who)
        files = {"file": (name, DATA)}
        return client.post("/api/documents", files=files, data=form, headers=headers).status_code

    assert status("other", "植树.txt", groups="办公室") == 403
    assert status("other", "公开.txt", groups="财务") == 403
    assert status("other", "人事.txt") == 403
    assert status("other", "人事.txt", groups="*") == 403
    assert status("other", "植树.txt", groups="a" * 51) == 422
    assert service.library.info(service.documents["secret"]).groups == ("办公室",)
    assert status("admin", "人事.txt", groups="财务,审计") in (200, 202)


def test_an_administrator_changes_them(service: Office) -> None:
    path = f"/api/documents/{service.documents['secret']}"
    admin = service.client("admin")
    assert admin.patch(path, json={"groups": ["财务"]}).json()["groups"] == ["财务"]
    assert (names(service, "ask"), names(service, "other")) == (
        {"公开.txt"}, {"公开.txt", "人事.txt"},
    )  # fmt: skip
    assert admin.patch(path, json={"groups": []}).json()["groups"] == []
    assert "人事.txt" in names(service, "ask")
    assert admin.patch(path, json={"groups": ["a,b"]}).status_code == 422
    assert admin.patch(path, json={}).status_code == 422
    assert admin.patch("/api/documents/0123456789abcdef", json={"groups": []}).status_code == 404


def test_a_client_does_not_choose_whose_documents_it_sees(service: Office) -> None:
    body = {"question": "谁担任总指挥？", "filters": {"groups": None}}
    assert service.client("other").post("/api/ask", json=body).status_code == 422
    found = service.client("other").get("/api/search", params={"q": "总指挥", "groups": "办公室"})
    assert "方启航" not in found.text


def test_jobs_are_seen_by_who_brought_them(service: Office) -> None:
    headers = {"prefer": "respond-async"}
    files = {"file": ("植树.txt", DATA)}
    job = service.client("other").post("/api/documents", files=files, headers=headers).json()["id"]
    _, secret = service.keys.add("又一个", [Scope.UPLOAD], ["财务"])
    service.secrets["ask"] = secret
    for who, seen in (("other", True), ("admin", True), ("upload", False), ("ask", False)):
        listed = {one["id"] for one in service.client(who).get("/api/jobs").json()}
        assert (job in listed) is seen
        assert (service.client(who).get(f"/api/jobs/{job}").status_code == 200) is seen


def test_on_the_command_line(service: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUIWEN_STORE", str(service.settings.store))
    run = CliRunner().invoke
    identity = service.documents["secret"]
    assert "办公室" in run(commands, ["groups", identity]).output
    assert "审计、财务" in run(commands, ["groups", identity, "--set", "审计，财务"]).output
    assert "人事.txt" not in names(service, "ask")
    assert "人事.txt" in names(service, "other")
    assert "所有人" in run(commands, ["groups", identity, "--set", "*"]).output
    assert "人事.txt" in names(service, "ask")
    assert isinstance(run(commands, ["groups", "0000"]).exception, NotFoundError)
