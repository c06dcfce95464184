"""Keys: what is stored of them, when they are accepted, how often they may ask."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from huiwen.cli import app as commands
from huiwen.errors import ConfigError, InputError, NotFoundError
from huiwen.settings import Settings
from server import keys as module
from server.caller import Scope
from server.identity import COOKIE, Identities
from server.keys import KEY, Keys
from server.limit import Limits
from server.listen import require_safe
from tests.server.office import Office, office


@pytest.fixture
def keys(settings: Settings) -> Iterator[Keys]:
    with closing(Keys(settings)) as made:
        yield made


@pytest.fixture
def service(settings: Settings) -> Iterator[Office]:
    with office(settings) as made:
        yield made


def test_a_key_is_found_by_its_secret_alone(keys: Keys) -> None:
    key, secret = keys.add(" 门户 网站 ", [Scope.ASK, Scope.UPLOAD], ["办公室", "财务"], 30)
    assert KEY.fullmatch(secret)
    found = keys.find(secret)
    assert found is not None
    assert found.caller == keys.get(key.id).caller == key.caller
    assert (key.name, key.groups, key.per_minute) == ("门户 网站", {"办公室", "财务"}, 30)
    assert keys.add("别的", [Scope.ASK])[1] != secret
    for wrong in (secret[:-1] + ("A" if secret[-1] != "A" else "B"), secret[:-1], "", f"{secret} "):
        assert keys.find(wrong) is None
    assert keys.find(secret.replace(key.id, "00000000")) is None


def test_no_secret_is_on_disk(keys: Keys, settings: Settings) -> None:
    key, secret = keys.add("门户", [Scope.ASK])
    token = keys.begin_session(key)
    keys.find(secret)
    stored = b"".join(path.read_bytes() for path in settings.store.glob("access.sqlite*"))
    assert key.id.encode() in stored
    for part in (secret, secret.rpartition("_")[2], secret[12:30], token):
        assert part.encode() not in stored


def test_a_revoked_key_is_accepted_nowhere(keys: Keys, settings: Settings) -> None:
    key, secret = keys.add("门户", [Scope.ASK])
    token = keys.begin_session(key)
    with closing(Keys(settings)) as elsewhere:
        assert elsewhere.in_session(token)
        assert elsewhere.find(secret)
        assert keys.revoke(key.id).revoked_at
        for each in (keys, elsewhere):
            assert each.find(secret) is None
            assert each.in_session(token) is None
    assert [found.id for found in keys.all()] == [key.id]
    with pytest.raises(NotFoundError, match="huiwen keys list"):
        keys.revoke("00000000")


def test_a_session_ends(keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    key, _ = keys.add("门户", [Scope.ASK])
    token = keys.begin_session(key)
    assert keys.in_session(token + "x") is None
    keys.end_session(token)
    assert keys.in_session(token) is None
    monkeypatch.setattr(module, "_SESSION", timedelta(seconds=-5))
    assert keys.in_session(keys.begin_session(key)) is None


def test_the_last_use_is_noted_once_a_minute(
    keys: Keys, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, secret = keys.add("门户", [Scope.ASK])
    assert key.used_at == ""
    keys.find(secret)
    assert datetime.fromisoformat(keys.get(key.id).used_at) <= datetime.now(UTC)
    with closing(sqlite3.connect(settings.store / "access.sqlite")) as db, db:
        db.execute("UPDATE access_keys SET used_at = '2026-01-01T00:00:00+00:00'")
    keys.find(secret)
    noted = keys.get(key.id).used_at
    assert noted > "2026-01-02"
    with closing(sqlite3.connect(settings.store / "access.sqlite")) as db, db:
        db.execute(
            "CREATE TRIGGER no BEFORE UPDATE ON access_keys BEGIN SELECT RAISE(FAIL, 'x'); END"
        )
    assert keys.find(secret)  # noted just now: not written again
    monkeypatch.setattr(module, "_USED_EVERY", timedelta(seconds=-5))
    assert keys.find(secret)  # cannot be written, and shuts nobody out


@pytest.mark.parametrize(
    ("name", "scopes", "groups", "said"),
    [
        ("", [Scope.ASK], [], "名称"),
        ("x" * 101, [Scope.ASK], [], "名称"),
        ("门户", [], [], "--scope"),
        ("门户", [Scope.ASK], ["a,b"], "a,b"),
        ("门户", [Scope.ASK], ["组" * 51], "组名"),
        ("门户", [Scope.ASK], [str(n) for n in range(51)], "51 个组"),
    ],
)
def test_what_makes_no_key(
    keys: Keys, name: str, scopes: list[Scope], groups: list[str], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        keys.add(name, scopes, groups)
    assert keys.all() == []


def test_in_postgresql(postgres: str, settings: Settings) -> None:
    chosen = settings.model_copy(update={"catalog_url": postgres})
    with closing(Keys(chosen)) as keys:
        key, secret = keys.add("门户", [Scope.ASK], ["办公室"])
        assert keys.find(secret) is not None
        assert keys.in_session(keys.begin_session(key)) is not None
        keys.revoke(key.id)
        assert keys.find(secret) is None
    assert not (settings.store / "access.sqlite").exists()


def test_a_bucket_fills_evenly() -> None:
    now = 100.0
    limits = Limits(lambda: now)
    assert [limits.take("a", 2) for _ in range(3)] == [0, 0, 30]
    assert limits.take("b", 2) == 0
    now += 29
    assert limits.take("a", 2) == 1
    now += 1
    assert [limits.take("a", 2), limits.take("a", 2)] == [0, 30]
    now += 3600
    assert [limits.take("a", 2) for _ in range(3)] == [0, 0, 30]
    assert all(limits.take("unbounded", 0) == 0 for _ in range(100))


def test_too_many_requests_are_told_when_to_come_again(service: Office) -> None:
    _, secret = service.keys.add("小门户", [Scope.ASK], per_minute=2)
    client = TestClient(service.app, headers={"authorization": f"Bearer {secret}"})
    assert [client.get("/api/documents").status_code for _ in range(3)] == [200, 200, 429]
    refused = client.get("/api/documents")
    assert 1 <= int(refused.headers["retry-after"]) <= 30
    assert refused.json()["type"] == "urn:huiwen:problem:too-many"
    # The parts of the page are no work, and others are not bound by this.
    assert client.get("/theme.css").status_code == 200
    assert service.client("ask").get("/api/documents").status_code == 200


def test_logging_in_and_out(service: Office) -> None:
    browser = service.client("nobody")
    assert browser.get("/api/documents").headers["www-authenticate"].startswith("Bearer")
    assert "密钥" in browser.get("/login").text
    wrong = browser.post("/login", data={"key": "<b>hw_x"})
    assert wrong.status_code == 401
    assert "<b>" not in wrong.text
    entered = browser.post("/login", data={"key": service.secrets["ask"]})
    assert (entered.status_code, entered.headers["location"]) == (303, "/")
    cookie = entered.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie
    assert service.secrets["ask"] not in cookie
    assert browser.get("/").status_code == 200
    assert browser.get("/api/documents").status_code == 200
    assert browser.delete(f"/api/documents/{service.documents['open']}").status_code == 403
    token = browser.cookies[COOKIE]
    assert browser.post("/logout").status_code == 303
    browser.cookies.set(COOKIE, token)
    assert browser.get("/api/documents").status_code == 401


def test_behind_https_the_cookie_says_so(service: Office) -> None:
    entered = service.client("nobody").post(
        "/login", data={"key": service.secrets["ask"]}, headers={"x-forwarded-proto": "https"}
    )
    assert "Secure" in entered.headers["set-cookie"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://testserver", "sec-fetch-site": "cross-site"}, 403),
        ({"origin": "http://testserver", "sec-fetch-site": "same-origin"}, 204),
        ({"origin": "http://huiwen.local", "x-forwarded-host": "huiwen.local"}, 204),
        ({}, 204),
    ],
)
def test_a_page_elsewhere_does_nothing_in_a_users_name(
    service: Office, headers: dict[str, str], status: int
) -> None:
    browser = service.client("nobody")
    browser.post("/login", data={"key": service.secrets["admin"]})
    path = f"/api/documents/{service.documents['open']}"
    assert browser.delete(path, headers=headers).status_code == status
    keyed = service.client("admin").get(path, headers={"origin": "http://evil.example"})
    assert keyed.status_code == (404 if status == 204 else 200)


def test_a_key_of_another_kind_is_no_key(service: Office) -> None:
    secret = service.secrets["ask"]
    nobody = service.client("nobody")
    for headers in (
        {"authorization": secret},
        {"authorization": f"Basic {secret}"},
        {"x-api-key": secret},
        {"cookie": f"{COOKIE}={secret}"},
    ):
        assert nobody.get("/api/documents", headers=headers).status_code == 401
    assert nobody.get("/api/documents", params={"key": secret}).status_code == 401


def test_no_key_is_logged_or_told(service: Office, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    secret = service.secrets["ask"]
    client = service.client("ask")
    told = [
        client.get("/api/documents/zz"),
        client.post("/api/ask", json={"question": secret * 20}),
        client.post("/api/ask", json={"key": secret}),
        client.post("/api/ask", content=b"{" + secret.encode()),
        client.delete("/api/jobs/0123456789abcdef"),
        service.client("nobody").post("/login", data={"key": secret + "x"}),
        service.client("wrong").get("/api/documents", headers={"x-secret": secret}),
    ]
    assert all(response.status_code >= 400 for response in told)
    for response in told:
        assert secret not in response.text
        assert secret not in str(response.headers)
    assert secret not in caplog.text


@pytest.mark.parametrize(
    ("changes", "safe"),
    [
        ({}, True),
        ({"host": "localhost"}, True),
        ({"host": "127.0.0.8"}, True),
        ({"host": "::1"}, True),
        ({"host": "0.0.0.0"}, False),
        ({"host": "::"}, False),
        ({"host": "10.0.0.5"}, False),
        ({"host": "huiwen.local"}, False),
        ({"host": "0.0.0.0", "open_to_network": True}, True),
        ({"host": "0.0.0.0", "access": "keys"}, True),
    ],
)
def test_nobody_listens_to_a_network_by_mistake(
    settings: Settings, changes: dict[str, object], safe: bool
) -> None:
    chosen = settings.model_copy(update=changes)
    if safe:
        require_safe(chosen)
    else:
        with pytest.raises(ConfigError, match=r"access.*open_to_network"):
            require_safe(chosen)


def test_a_service_that_nobody_can_enter_says_so(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    chosen = settings.model_copy(update={"access": "keys"})
    Identities(chosen).close()
    assert "huiwen keys add" in caplog.text
    caplog.clear()
    with closing(Keys(chosen)) as keys:
        keys.add("门户", [Scope.ASK])
    Identities(chosen).close()
    assert caplog.text == ""


def test_the_description_tells_of_keys_and_refusals(service: Office) -> None:
    schema = service.client("ask").get("/api/openapi.json").json()
    assert schema["components"]["securitySchemes"]["密钥"]["scheme"] == "bearer"
    for path, methods in schema["paths"].items():
        for operation in methods.values():
            assert {"401", "403", "408", "413", "429"} <= set(operation["responses"])
            # Any key does for the figures, none is needed to see that the process lives.
            assert ("security" in operation) is (path not in ("/api/health", "/metrics"))


def test_commands(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUIWEN_STORE", str(settings.store))
    run = CliRunner().invoke
    added = run(
        commands, ["keys", "add", "门户", "--scope", "ask,upload", "--group", "办公室，财务"]
    )
    secret = added.output.splitlines()[-1]
    assert KEY.fullmatch(secret)
    with closing(Keys(settings)) as keys:
        key = keys.find(secret)
        assert key is not None
        assert (key.scopes, key.groups) == ({Scope.ASK, Scope.UPLOAD}, {"办公室", "财务"})
        listing = run(commands, ["keys", "list"], env={"COLUMNS": "200"}).output
        assert key.id in listing
        assert secret[12:] not in listing
        assert run(commands, ["keys", "revoke", key.id]).exit_code == 0
        assert keys.find(secret) is None
    wrong = run(commands, ["keys", "add", "门户", "--scope", "write"])
    assert isinstance(wrong.exception, InputError)
