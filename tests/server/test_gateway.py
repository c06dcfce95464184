"""Users that the office's gateway or its single sign-on vouches for, and those nobody does."""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from huiwen.errors import ConfigError
from huiwen.settings import Settings
from server import tokens as module
from server.caller import Asker, Scope
from server.gate import Gate
from server.gateway import _text
from server.identity import Identities
from server.keys import Keys
from tests.canary import Recording, listening

jwk = pytest.importorskip("joserfc.jwk", reason="pip install 'huiwen[oidc]'")
jwt = pytest.importorskip("joserfc.jwt")
ISSUER, AUDIENCE = "https://sso.example.gov.cn", "huiwen"


def service(settings: Settings, peer: str = "10.0.0.2") -> TestClient:
    """Tells who asks, as the gate has it."""
    app = FastAPI()
    app.add_middleware(Gate, identities=Identities(settings))

    @app.get("/who")
    def who(caller: Asker) -> dict[str, Any]:
        return {
            "name": caller.name, "identity": caller.identity, "groups": sorted(caller.groups),
            "scopes": sorted(caller.scopes), "per_minute": caller.per_minute,
        }  # fmt: skip

    return TestClient(app, client=(peer, 5), raise_server_exceptions=False)


@pytest.fixture
def behind(settings: Settings) -> Settings:
    return settings.model_copy(update={
        "access": "gateway", "trusted_proxies": "10.0.0.2，10.1.0.0/24, fd00::/8",
        "gateway_upload_groups": "办公室", "gateway_admin_groups": "信息中心",
    })  # fmt: skip


def test_the_gateway_names_the_user(behind: Settings) -> None:
    headers = {"x-forwarded-user": "zhangsan", "x-forwarded-groups": "dept-1, dept-2"}
    assert service(behind).get("/who", headers=headers).json() == {
        "name": "zhangsan", "identity": "user:zhangsan", "groups": ["dept-1", "dept-2"],
        "scopes": ["ask"], "per_minute": 60,
    }  # fmt: skip


@pytest.mark.parametrize("written", [quote, lambda text: text.encode()])
def test_chinese_names(behind: Settings, written: Callable[[str], Any]) -> None:
    headers = {
        "x-forwarded-user": written("张三"), "x-forwarded-groups": written("办公室,信息中心"),
    }  # fmt: skip
    told = service(behind).get("/who", headers=headers).json()
    assert (told["name"], told["groups"]) == ("张三", ["信息中心", "办公室"])
    assert told["scopes"] == ["admin", "ask", "upload"]


@pytest.mark.parametrize(
    ("peer", "status"),
    [
        ("10.0.0.2", 200), ("10.1.0.77", 200), ("::ffff:10.0.0.2", 200), ("fd00::5", 200),
        ("10.0.0.3", 401), ("127.0.0.1", 401), ("::1", 401), ("testclient", 401), ("", 401),
    ],
)  # fmt: skip
def test_nobody_else_names_users(behind: Settings, peer: str, status: int) -> None:
    headers = {"x-forwarded-user": "admin", "x-forwarded-for": "10.0.0.2"}
    assert service(behind, peer).get("/who", headers=headers).status_code == status


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("x-forwarded-user", "")],
        [("x-forwarded-user", " ")],
        [("x-forwarded-user", "a" * 201)],
        [("x-forwarded-user", "%ff")],
        [("x-forwarded-user", "a"), ("x-forwarded-user", "b")],
        [("x-forwarded-user", "a"), ("x-forwarded-groups", "x"), ("x-forwarded-groups", "y")],
        [("x-forwarded-groups", "信息中心".encode())],
    ],
)
def test_what_names_nobody(behind: Settings, headers: list[tuple[str, str]]) -> None:
    assert service(behind).get("/who", headers=headers).status_code == 401


def test_bytes_that_are_no_text_name_nobody() -> None:
    assert _text(b"\xff\xfe".decode("latin-1")) == ""


def test_headers_of_the_offices_own(behind: Settings) -> None:
    chosen = behind.model_copy(update={
        "gateway_user_header": "X-SSO-Uid", "gateway_groups_header": "X-SSO-Dept",
        "user_per_minute": 7,
    })  # fmt: skip
    client = service(chosen)
    assert client.get("/who", headers={"x-forwarded-user": "a"}).status_code == 401
    told = client.get("/who", headers={"x-sso-uid": "a", "x-sso-dept": "d；e".encode()}).json()
    assert (told["groups"], told["per_minute"]) == (["d", "e"], 7)


def test_in_other_modes_no_header_names_anybody(behind: Settings) -> None:
    chosen = behind.model_copy(update={"access": "keys"})
    assert service(chosen).get("/who", headers={"x-forwarded-user": "a"}).status_code == 401


def test_keys_work_behind_the_gateway_too(behind: Settings) -> None:
    with closing(Keys(behind)) as keys:
        _, secret = keys.add("脚本", [Scope.ASK])
    headers = {"authorization": f"Bearer {secret}", "x-forwarded-user": "zhangsan"}
    assert service(behind, "10.9.9.9").get("/who", headers=headers).json()["name"] == "脚本"
    # What the gateway sends along of its own login is not ours to judge.
    headers["authorization"] = "Bearer something.else"
    assert service(behind).get("/who", headers=headers).json()["name"] == "zhangsan"
    assert service(behind, "10.9.9.9").get("/who", headers=headers).status_code == 401


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"trusted_proxies": ""}, "trusted_proxies"),
        ({"trusted_proxies": "gateway.local"}, "gateway.local"),
        ({"oidc_jwks": "keys.json"}, "oidc_issuer"),
        ({"oidc_jwks": "keys.json", "oidc_issuer": ISSUER}, "oidc_audience"),
    ],
)
def test_settings_that_would_let_anybody_or_nobody_in(
    behind: Settings, changes: dict[str, str], said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        Identities(behind.model_copy(update=changes))


KEY = jwk.RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
OTHER = jwk.RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})


def claims(**changes: object) -> dict[str, Any]:
    told = {
        "iss": ISSUER, "aud": AUDIENCE, "sub": "u-1", "name": "张三", "groups": ["办公室"],
        "exp": int(time.time()) + 600, **changes,
    }  # fmt: skip
    return {name: value for name, value in told.items() if value is not None}


def signed(told: dict[str, Any], key: Any = KEY, algorithm: str = "RS256") -> str:
    header = {"alg": algorithm, "kid": key.kid} if key.kid else {"alg": algorithm}
    return str(jwt.encode(header, told, key, algorithms=[algorithm]))


@pytest.fixture
def jwks(tmp_path: Path) -> Path:
    path = tmp_path / "jwks.json"
    path.write_text(json.dumps({"keys": [KEY.as_dict(private=False)]}))
    return path


@pytest.fixture
def single(behind: Settings, jwks: Path) -> Settings:
    return behind.model_copy(update={
        "trusted_proxies": "", "oidc_issuer": ISSUER, "oidc_audience": AUDIENCE,
        "oidc_jwks": str(jwks),
    })  # fmt: skip


def ask(client: TestClient, token: str):  # type: ignore[no-untyped-def]
    return client.get("/who", headers={"authorization": f"Bearer {token}"})


def test_a_token_names_the_user(single: Settings) -> None:
    assert ask(service(single), signed(claims())).json() == {
        "name": "张三", "identity": "oidc:u-1", "groups": ["办公室"],
        "scopes": ["ask", "upload"], "per_minute": 60,
    }  # fmt: skip
    told = ask(service(single), signed(claims(aud=["x", AUDIENCE], name=None, groups="a,b"))).json()
    assert (told["name"], told["groups"]) == ("u-1", ["a", "b"])


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://evil.example"},
        {"iss": None},
        {"aud": "another"},
        {"aud": ["another"]},
        {"aud": None},
        {"exp": int(time.time()) - 600},
        {"exp": None},
        {"exp": "never"},
        {"nbf": int(time.time()) + 86_400},
        {"sub": None},
    ],
)
def test_a_token_for_something_else_is_refused(
    single: Settings, changes: dict[str, object]
) -> None:
    assert ask(service(single), signed(claims(**changes))).status_code == 401


def _coded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def test_a_token_of_another_hand_is_refused(single: Settings, jwks: Path) -> None:
    client = service(single)
    good = signed(claims())
    head, body, signature = good.split(".")
    unsigned = "eyJhbGciOiJub25lIn0"  # {"alg":"none"}
    public = KEY.as_pem(private=False)
    shared = _coded(b'{"alg":"HS256","kid":"one"}') + "." + body
    forged = [
        signed(claims(), OTHER),
        f"{head}.{signed(claims(sub='admin')).split('.')[1]}.{signature}",
        f"{unsigned}.{body}.",
        f"{unsigned}.{body}.{signature}",
        # Signed with our public key as if it were a shared one.
        f"{shared}.{_coded(hmac.digest(public, shared.encode(), 'sha256'))}",
        good[:-4], good + "x", "a.b.c", "..", "x" * 20_000,
    ]  # fmt: skip
    for token in forged:
        assert ask(client, token).status_code == 401, token[:60]
    assert ask(client, good).status_code == 200
    # A token stands alone: who sends a bad one is not let in by a header beside it.
    headers = {"authorization": f"Bearer {forged[0]}", "x-forwarded-user": "zhangsan"}
    both = service(single.model_copy(update={"trusted_proxies": "10.0.0.2"}))
    assert both.get("/who", headers=headers).status_code == 401


class _Served(Recording):
    def do_GET(self) -> None:
        server: Any = self.server
        server.asked += 1
        self.send_response(200 if server.document else 503)
        self.end_headers()
        self.wfile.write(json.dumps(server.document).encode())


@pytest.fixture
def office_keys() -> Iterator[Any]:
    with listening(_Served) as server:
        server.asked, server.document = 0, {"keys": [KEY.as_dict(private=False)]}
        yield server


def test_keys_are_fetched_and_fetched_anew_when_they_change(
    single: Settings, office_keys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"http://127.0.0.1:{office_keys.server_port}/jwks"
    client = service(single.model_copy(update={"oidc_jwks": url}))
    newer = jwk.ECKey.generate_key("P-256", {"kid": "two", "use": "sig"})
    assert ask(client, signed(claims())).status_code == 200
    for _ in range(5):
        assert ask(client, signed(claims(), newer, "ES256")).status_code == 401
    assert office_keys.asked == 1
    office_keys.document = {"keys": [newer.as_dict(private=False)]}
    monkeypatch.setattr(module, "_AGAIN_S", 0.0)
    assert ask(client, signed(claims(), newer, "ES256")).status_code == 200
    assert ask(client, signed(claims())).status_code == 401
    office_keys.document = None
    assert ask(client, signed(claims())).status_code == 401
    assert ask(client, signed(claims(), newer, "ES256")).status_code == 200


def test_without_keys_nobody_is_let_in(single: Settings, office_keys: Any) -> None:
    office_keys.document = None
    url = f"http://127.0.0.1:{office_keys.server_port}/jwks"
    client = service(single.model_copy(update={"oidc_jwks": url}))
    for _ in range(5):
        refused = ask(client, signed(claims()))
        assert refused.status_code == 503
        assert "公钥" in refused.json()["detail"]
    assert office_keys.asked == 1
