"""Every route of the application by every kind of caller; a route that is not here fails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.routing import Mount

from huiwen.settings import Settings
from tests.server.office import NAMES, TELLTALE, Office, office

QUESTION = "管网公司总指挥由谁担任？"


@dataclass(frozen=True)
class Row:
    """Who gets what from a route: ``allowed`` get ``status``, nobody 401, the rest 403.

    The document and the job of the request are of the group and the hand of
    ``upload``; ``other`` is in another group, and gets its own status if given.
    """

    allowed: tuple[str, ...]
    status: int = 200
    request: dict[str, Any] = field(default_factory=dict)
    other: int = 0

    def expected(self, name: str) -> int:
        if name == "other" and self.other:
            return self.other
        if name in self.allowed:
            return self.status
        return 401 if name in ("nobody", "wrong") else 403


ASK = ("ask", "other", "admin")
UPLOAD = ("upload", "other", "admin")
KNOWN = ("ask", "upload", "other", "admin")
CHAT = {"model": "huiwen", "messages": [{"role": "user", "content": QUESTION}]}
FILE = {"files": {"file": ("新.txt", "会议决定植树。".encode())}}

API = {
    "GET /api/health": Row(NAMES),
    "GET /api/openapi.json": Row(KNOWN),
    "GET /api/ready": Row(ASK),
    "GET /metrics": Row(KNOWN),
    "GET /login": Row(NAMES),
    "POST /login": Row(NAMES, 401, {"data": {"key": "hw_nonsense"}}),
    "POST /logout": Row(KNOWN, 303),
    "POST /api/ask": Row(ASK, request={"json": {"question": QUESTION}}),
    "GET /api/search": Row(ASK, request={"params": {"q": QUESTION}}),
    "POST /api/documents": Row(UPLOAD, 202, {**FILE, "headers": {"prefer": "respond-async"}}),
    "GET /api/documents": Row(ASK),
    "GET /api/documents/{identity}": Row(ASK, other=404),
    "DELETE /api/documents/{identity}": Row(UPLOAD, 204, other=404),
    "PATCH /api/documents/{identity}": Row(("admin",), request={"json": {"groups": ["办公室"]}}),
    "GET /api/jobs": Row(UPLOAD),
    "GET /api/jobs/{identity}": Row(UPLOAD, other=404),
    "DELETE /api/jobs/{identity}": Row(UPLOAD, 202, other=404),
    "POST /api/conversations": Row(ASK, 201, {"json": {}}),
    "GET /api/conversations": Row(ASK),
    # Nobody's but who began them: test_conversations has what their owners get.
    "GET /api/conversations/{identity}": Row(ASK, 404),
    "PATCH /api/conversations/{identity}": Row(ASK, 404, {"json": {"title": "名"}}),
    "DELETE /api/conversations/{identity}": Row(ASK, 404),
    "POST /api/conversations/{identity}/ask": Row(ASK, 404, {"json": {"question": QUESTION}}),
    "GET /api/conversations/{identity}/export": Row(ASK, 404),
    "POST /api/feedback": Row(ASK, 404, {"json": {"answer_id": "0" * 16, "verdict": "up"}}),
    "GET /api/feedback": Row(ASK),
    "DELETE /api/feedback/{identity}": Row(ASK, 404),
    "GET /api/suggestions": Row(ASK),
    "POST /v1/chat/completions": Row(ASK, request={"json": CHAT}),
    "GET /v1/models": Row(ASK),
    "GET /v1/models/{model}": Row(ASK, 404),
    **{
        f"{method} /v1/{{rest:path}}": Row(KNOWN, 404)
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE")
    },
    "GET /widget.js": Row(NAMES),
    "GET /evaluation/{name}": Row(("admin",), 404),
    "GET /api/evaluations": Row(("admin",)),
    "GET /api/evaluations/{name}": Row(("admin",), 404),
    # The page's own scripts and styles.
    "GET /ui/{name}": Row(KNOWN, 404),
    "GET /source/": Row(KNOWN),
    "GET /source/{identity}": Row(ASK, other=404),
    # The document is a text, of which there is no picture.
    "GET /source/{identity}/page/{number}.png": Row(ASK, 404),
}
# Of Gradio's routes these are used by the page; all others are shut for everybody.
PAGE = {
    "GET /", "HEAD /", "GET /config", "GET /theme.css", "GET /favicon.ico", "GET /robots.txt",
    "GET /manifest.json", "GET /assets/{path:path}", "GET /static/{path:path}",
    "GET /svelte/{path:path}", "POST /gradio_api/queue/join", "GET /gradio_api/queue/data",
    "POST /gradio_api/run/{api_name}", "POST /gradio_api/upload",
    "GET /gradio_api/upload_progress", "GET /gradio_api/info", "GET /gradio_api/theme.css",
    "GET /gradio_api/startup-events", "POST /gradio_api/reset", "POST /gradio_api/cancel",
    "GET /gradio_api/heartbeat/{session_hash}",
}  # fmt: skip
# What the page's events do; what needs no scope works on nothing but the page itself.
EVENTS = {
    "turn_to": "ask", "finding": "ask", "turning": "ask", "turning_back": "ask",
    "adding": "upload", "cancelling": "upload", "removing": "upload", "giving": "admin",
    "offering": None, "following": None, "unfinished": None, "show": None, "<lambda>": None,
}  # fmt: skip


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with office(Settings(store=tmp_path_factory.mktemp("matrix") / "store")) as made:
        yield made


def routes(app: FastAPI) -> set[str]:
    """Routes as ``METHOD path``, mounted apps left out."""
    return {
        f"{method} {route.path}"
        for route in iter_route_contexts(app.routes)
        if not isinstance(route.original_route, Mount)
        for method in route.methods or ()
    }


def test_no_route_is_missing(service: Office) -> None:
    ours = {route for route in routes(service.app) if not route.startswith("HEAD ")}
    assert ours == set(API)
    assert routes(service.gradio) > PAGE


def filled(service: Office, path: str) -> str:
    """A path with the identities of what is there."""
    service.refill()
    job = service.jobs.submit(
        "upload/在途.txt", "会议决定修路。".encode(), service.identity("upload")
    )
    identity = job.id if "/jobs/" in path else service.documents["secret"]
    return path.replace("{identity}", identity).replace("{number}", "1").replace("{name}", "none")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("route", sorted(API))
def test_who_gets_what(service: Office, route: str, name: str) -> None:
    method, path = route.split(" ")
    row = API[route]
    response = service.client(name).request(method, filled(service, path), **row.request)
    assert response.status_code == row.expected(name), response.text
    if name in ("nobody", "wrong", "other"):
        assert TELLTALE not in response.text
    if response.status_code in (401, 403) and path != "/login":
        kind = "application/json" if path.startswith("/v1/") else "application/problem+json"
        assert response.headers["content-type"] == kind


def example(path: str) -> str:
    """An address that a route of Gradio's would serve."""
    for name, value in {
        "{path:path}": "x", "{api_name}": "predict", "{session_hash}": "abc", "{path_or_url:path}":
        "/etc/passwd", "{url_path:path}": "http://10.0.0.1/",
    }.items():  # fmt: skip
        path = path.replace(name, value)
    return path.replace("{", "").replace("}", "")


def test_what_of_gradio_is_open(service: Office) -> None:
    nobody, admin = service.client("nobody"), service.client("admin")
    for route in sorted(routes(service.gradio)):
        if route in API:  # ours stands before it
            continue
        method, path = route.split(" ")
        assert nobody.request(method, example(path)).status_code == 401, route
        if route in PAGE:
            continue
        response = admin.request(method, example(path))
        assert response.status_code in (404, 405), route


@pytest.mark.parametrize("name", KNOWN)
def test_the_page_is_there_for_those_who_are_known(service: Office, name: str) -> None:
    assert service.client(name).get("/").status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "request_"),
    [
        ("POST", "/api/ask", {"json": {"question": QUESTION}}),
        ("POST", "/api/ask", {"json": {"question": QUESTION, "stream": True}}),
        ("GET", "/api/search", {"params": {"q": QUESTION, "k": 50}}),
        ("POST", "/v1/chat/completions", {"json": CHAT}),
        ("POST", "/v1/chat/completions", {"json": {**CHAT, "stream": True}}),
        ("GET", "/api/documents/{identity}", {}),
        ("GET", "/source/{identity}", {}),
    ],
)
def test_those_in_the_group_are_told(
    service: Office, method: str, path: str, request_: dict[str, Any]
) -> None:
    for name, told in (("ask", True), ("admin", True), ("other", False)):
        response = service.client(name).request(method, filled(service, path), **request_)
        assert (TELLTALE in response.text) is told, name


def test_a_browser_is_shown_the_way_in(service: Office) -> None:
    response = service.client("nobody").get("/", headers={"accept": "text/html"})
    assert (response.status_code, response.headers["location"]) == (303, "/login")


def events(service: Office) -> dict[int, Any]:
    """What the page can have done, by number."""
    fns = service.gradio.get_blocks().fns
    return {number: event for number, event in fns.items() if event.fn}


def test_no_event_is_missing(service: Office) -> None:
    assert {event.fn.__name__ for event in events(service).values()} == set(EVENTS)


@pytest.mark.parametrize("name", ["ask", "upload"])
def test_events_are_for_those_who_may(service: Office, name: str) -> None:
    client = service.client(name)
    for number, event in events(service).items():
        if EVENTS[event.fn.__name__] in (None, name):
            continue
        body = {"fn_index": number, "data": [None] * len(event.inputs), "session_hash": name}
        response = client.post("/gradio_api/run/predict", json=body)
        assert response.status_code == 500
        assert "的权限" in response.json()["error"]


def event(service: Office, name: str, which: str, *data: Any, session: str = "") -> str:
    """What the page gets from an event that caller ``name`` brings about."""
    body = {"fn_index": service.event(which), "data": data, "session_hash": session or f"of-{name}"}
    return service.client(name).post("/gradio_api/run/predict", json=body).text


def listed(service: Office, name: str, session: str = "") -> str:
    """What the library tab shows."""
    return event(service, name, "turn_to", "", "新收录的在前", None, session=session)


def test_the_page_shows_to_each_his_own(service: Office) -> None:
    service.refill()
    for name, told in (("admin", True), ("ask", True), ("other", False)):
        assert ("人事.txt" in listed(service, name)) is told
        client = service.client(name)
        path = f"/api/conversations/{client.post('/api/conversations', json={}).json()['id']}"
        answer = client.post(f"{path}/ask", json={"question": QUESTION}).text
        assert (TELLTALE in answer) is told
        assert (TELLTALE in client.get(path).text) is told
        for stranger in {"ask", "admin", "other"} - {name}:
            assert service.client(stranger).get(path).status_code == 404


def test_the_page_deletes_nothing_unseen(service: Office) -> None:
    service.refill()
    identity = service.documents["secret"]
    listed(service, "other")
    # Gradio itself takes only what it has offered.
    assert "is not in the list" in event(service, "other", "removing", identity)
    service.library.set_groups(identity, frozenset())
    assert identity in listed(service, "other")
    service.library.set_groups(identity, frozenset({"办公室"}))
    assert "没有编号" in event(service, "other", "removing", identity)
    assert service.library.info(identity)
    listed(service, "admin")
    assert "已删除" in event(service, "admin", "removing", identity)


def test_groups_are_offered_to_those_in_them_and_all_to_the_administrator(
    service: Office,
) -> None:
    service.refill()
    assert "办公室" in event(service, "upload", "offering")
    assert "办公室" not in event(service, "other", "offering")
    assert "财务" not in event(service, "upload", "offering")
    assert "办公室" in event(service, "admin", "offering")


def test_the_administrator_changes_who_sees_a_file_in_the_page(service: Office) -> None:
    service.refill()
    identity = service.documents["secret"]
    for name in ("admin", "other"):
        listed(service, name)
    assert "给财务看" in event(service, "admin", "giving", identity, ["财务"])
    assert service.library.info(identity).groups == ("财务",)
    assert "人事.txt" in listed(service, "other")
    assert "人事.txt" not in listed(service, "ask")
    assert "不能用" in event(service, "admin", "giving", identity, ["财务,办公室"])
    assert "请选择文件" in event(service, "admin", "giving", identity, [])
    assert service.library.info(identity).groups == ("财务",)
    assert "给所有人看" in event(service, "admin", "giving", identity, ["所有人"])
    service.refill()
    service.library.set_groups(identity, frozenset({"办公室"}))


def test_nobody_goes_on_in_anothers_session(service: Office) -> None:
    service.refill()
    assert "人事.txt" in listed(service, "ask", "mine")
    stolen = listed(service, "other", "mine")
    assert "没有这个会话" in stolen
    other = service.client("other")
    for path in ("/gradio_api/queue/data?session_hash=mine", "/gradio_api/heartbeat/mine"):
        assert other.get(path).status_code == 404
    join = {"fn_index": 0, "data": ["x", None], "session_hash": "mine"}
    assert other.post("/gradio_api/queue/join", json=join).status_code == 404
    assert "人事.txt" in listed(service, "ask", "mine")
    large = {"session_hash": "x" * 2**20}
    assert other.post("/gradio_api/queue/join", json=large).status_code == 413


def test_evaluations_are_shown_to_the_administrator_alone(service: Office) -> None:
    assert "只给管理员看" in event(service, "ask", "show", None)
    assert "只给管理员看" not in event(service, "admin", "show", None)
