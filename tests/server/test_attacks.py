"""Attacks over HTTP: paths, names, markup, addresses, size. Slow ones are in test_patience."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from huiwen.errors import ConfigError
from huiwen.settings import Settings
from server.app import create_app
from server.headers import embed_origins
from tests.canary import listening
from tests.server.office import Office, office

MARKUP = "<script>alert(1)</script><img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with office(Settings(store=tmp_path_factory.mktemp("attacks") / "store")) as made:
        yield made


def upload(service: Office, name: str, data: bytes):  # type: ignore[no-untyped-def]
    return service.client("admin").post("/api/documents", files={"file": (name, data)})


@pytest.mark.parametrize(
    "path",
    [
        "/../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/assets/../../../../../../etc/passwd",
        "/assets/%2e%2e/%2e%2e/%2e%2e/routes.py",
        "/assets/..%2f..%2f..%2froutes.py",
        "/static/%2e%2e/%2e%2e/routes.py",
        "/static/..\\..\\routes.py",
        "/static//etc/passwd",
        "/svelte/../../../routes.py",
        "/svelte//etc/passwd",
        "/source/..%2f..%2fetc%2fpasswd",
        "/source/0/page/..%2f1.png",
        "/api/documents/..%2f..%2fcatalog.sqlite",
        "/api/documents/%00",
        "/gradio_api/file=/etc/passwd",
        "/gradio_api/file=catalog.sqlite",
        "/gradio_api/file%3D/etc/passwd",
        "/gradio_api//file=/etc/passwd",
        "//gradio_api/file=/etc/passwd",
        "/gradio_api/file//etc/passwd",
        "/gradio_api/heartbeat/../file=/etc/passwd",
        "/gradio_api/heartbeat/%2e%2e/file=/etc/passwd",
        "/file=/etc/passwd",
        "/gradio_api/proxy=http://127.0.0.1:9/",
        "/gradio_api/stream/a/b/c/playlist.m3u8",
        "/gradio_api/call/ask/1",
        "/gradio_api/deep_link",
        "/theme.css/../../etc/passwd",
        "/config/../gradio_api/file=/etc/passwd",
    ],
)
@pytest.mark.parametrize("name", ["nobody", "admin"])
def test_no_path_leads_to_a_file(service: Office, name: str, path: str) -> None:
    secret = service.settings.store / "catalog.sqlite"
    path = path.replace("catalog.sqlite", str(secret))
    client = service.client(name)
    # As it stands: the client would tidy it.
    with client.stream("GET", client.base_url.copy_with(raw_path=path.encode())) as response:
        if "heartbeat" not in path:
            response.read()
            assert b"root:" not in response.content
            assert b"SQLite format" not in response.content
            assert b"import " not in response.content
        assert response.status_code in (400, 401, 403, 404, 422)


@pytest.mark.parametrize(
    "host", ["x/api/health?", "x/login?", "x/login#", "x/api/health?@", "x:80/login?", "[", "[::1"]
)
@pytest.mark.parametrize(
    "path", ["/api/documents", "/", "/config", "/api/openapi.json", "/gradio_api/file=/etc/passwd"]
)
def test_no_host_makes_another_path_of_it(service: Office, host: str, path: str) -> None:
    """Addresses are put together of the Host header, which anybody writes as he likes."""
    nobody = service.client("nobody")
    assert nobody.get(path, headers={"host": host}).status_code == 401
    admin = service.client("admin").get(
        "/gradio_api/file=/etc/passwd", headers={"host": f"{host}/assets/"}
    )
    assert admin.status_code == 404


@pytest.mark.parametrize("path", ["/api/health%3F", "/login%3F/x", "/login%23", "/api/health%2F"])
def test_only_the_very_path_is_public(service: Office, path: str) -> None:
    assert service.client("nobody").get(path).status_code == 401


def test_the_files_of_an_upload_are_nobodys_to_fetch(service: Office) -> None:
    admin = service.client("admin")
    sent = admin.post("/gradio_api/upload", files={"files": ("人事.txt", b"secret text")})
    (path,) = sent.json()
    assert Path(path).read_bytes() == b"secret text"
    for name in ("nobody", "ask", "other", "admin"):
        for route in (f"/gradio_api/file={path}", f"/gradio_api/file/{path}", f"/file={path}"):
            assert service.client(name).get(route).status_code in (401, 404)
    Path(path).unlink()


@pytest.mark.parametrize(
    "name",
    [
        "../../../tmp/evil.txt", "..\\..\\evil.txt", "/etc/cron.d/evil.txt", "C:\\evil.txt",
        "a/../../evil.txt", "evil.txt\x00.pdf", "....//evil.txt",
    ],
)  # fmt: skip
def test_no_name_leads_out_of_the_store(service: Office, name: str) -> None:
    folder = service.settings.store.parent
    before = {path for path in folder.rglob("*") if path.is_file()}
    response = upload(service, name, "会议决定植树。".encode())
    assert response.status_code in (200, 201, 422)
    if response.status_code != 422:
        assert "/" not in response.json()["document"]["name"]
        assert "\\" not in response.json()["document"]["name"]
    new = {path for path in folder.rglob("*") if path.is_file()} - before
    assert all(path.is_relative_to(service.settings.store) for path in new)
    assert not list(folder.rglob("evil*"))


def pages(service: Office, identity: str) -> Iterator[str]:
    """Every page of ours that shows something of a document or of a request."""
    client = service.client("admin")
    for path in (f"/source/{identity}", f"/source/{identity}?passage={MARKUP}"):
        response = client.get(path)
        assert response.headers["content-type"].startswith("text/html")
        yield response.text
    yield client.get("/source/<img src=x onerror=alert(1)>").text
    yield service.client("nobody").post("/login", data={"key": MARKUP}).text


def test_no_markup_of_a_document_is_markup_of_ours(service: Office) -> None:
    text = f"{MARKUP}会议\n\n一、{MARKUP}\n\n{MARKUP}指出：会议决定{MARKUP}植树。\n"
    made = upload(service, f"会议{MARKUP}.txt".replace("/", "∕"), text.encode())
    assert made.status_code == 201
    for page in pages(service, made.json()["document"]["id"]):
        assert "<script" not in page
        assert "onerror=alert" not in page.replace("&lt;img src=x onerror=alert(1)&gt;", "")


def test_what_is_not_a_page_is_never_taken_for_one(service: Office) -> None:
    upload(service, "会议.txt", f"会议\n\n{MARKUP}\n".encode())
    admin, nobody = service.client("admin"), service.client("nobody")
    answers = [
        admin.get("/api/documents"),
        admin.post("/api/ask", json={"question": MARKUP}),
        admin.get("/api/search", params={"q": MARKUP}),
        admin.get(f"/api/documents/{MARKUP}"),
        admin.get(f"/{MARKUP}"),
        nobody.get(f"/{MARKUP}"),
        admin.post("/api/ask", json={MARKUP: 1}),
    ]
    for answer in answers:
        assert answer.headers["content-type"] in ("application/json", "application/problem+json")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")


def test_headers_of_every_kind_of_answer(service: Office) -> None:
    for name, path in (
        ("nobody", "/"), ("nobody", "/login"), ("nobody", "/api/health"), ("admin", "/"),
        ("admin", "/source/"), ("admin", "/nowhere"), ("admin", "/theme.css"),
    ):  # fmt: skip
        headers = service.client(name).get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "SAMEORIGIN"
        policy = headers["content-security-policy"]
        assert policy.count("frame-ancestors 'self'") == 1
        assert policy.startswith(("default-src 'none'", "default-src 'self'"))
        assert "http:" not in policy
        assert "*" not in policy


def test_an_error_of_ours_has_them_too(service: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError(service.secrets["admin"])

    monkeypatch.setattr(service.library, "documents", fails)
    answer = service.client("admin").get("/api/documents")
    assert answer.status_code == 500
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert service.secrets["admin"] not in answer.text


def test_portals_that_may_frame_us(service: Office) -> None:
    settings = service.settings.model_copy(
        update={"embed_origins": "https://portal.example.gov.cn，http://10.0.0.8:8080"}
    )
    app = create_app(service.library, service.jobs, None, settings)  # type: ignore[arg-type]
    headers = TestClient(app).get("/login").headers
    assert headers["content-security-policy"].endswith(
        "; frame-ancestors 'self' https://portal.example.gov.cn http://10.0.0.8:8080"
    )
    assert "x-frame-options" not in headers


@pytest.mark.parametrize(
    "origin", ["portal", "*", "https://*.cn", "https://a/b", "https://a; script-src *", "data:"]
)
def test_what_is_no_origin_is_said(settings: Settings, origin: str) -> None:
    with pytest.raises(ConfigError, match="embed_origins"):
        embed_origins(settings.model_copy(update={"embed_origins": origin}))


@pytest.fixture
def canary() -> Iterator[Any]:
    """A server that nobody has a reason to ask."""
    with listening() as server:
        yield server


def word_with_links(url: str) -> bytes:
    """A Word file whose picture, template and entity are elsewhere."""
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    main = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    word = "application/vnd.openxmlformats-officedocument.wordprocessingml"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{package}/content-types"><Default Extension="rels" ContentType='
            '"application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Override PartName="/word/document.xml" '
            f'ContentType="{word}.document.main+xml"/></Types>',
        )
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
            f'Type="{relations}/officeDocument" Target="word/document.xml"/></Relationships>',
        )
        archive.writestr(
            "word/_rels/document.xml.rels",
            f'<Relationships xmlns="{package}/relationships"><Relationship Id="r2" '
            f'Type="{relations}/image" TargetMode="External" Target="{url}/image.png"/>'
            f'<Relationship Id="r3" Type="{relations}/attachedTemplate" TargetMode="External" '
            f'Target="{url}/template.dotm"/></Relationships>',
        )
        archive.writestr(
            "word/document.xml",
            f'<w:document xmlns:w="{main}"><w:body><w:p><w:r><w:t>会议决定植树。</w:t></w:r></w:p>'
            "</w:body></w:document>",
        )
    return out.getvalue()


def test_nothing_fetches_what_a_document_points_to(service: Office, canary: Any) -> None:
    url = canary.url
    page = (
        f'<html><head><link rel=stylesheet href="{url}/a.css"><base href="{url}/">'
        f'<script src="{url}/a.js"></script>'
        f'<meta http-equiv=refresh content="0;url={url}/m"></head>'
        f'<body><p>会议决定植树八千棵。</p><img src="{url}/a.png"><iframe src="{url}/f"></iframe>'
        f'<object data="{url}/o"></object></body></html>'
    )
    mail = (
        "Subject: x\nMIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n\n" + page
    )  # fmt: skip
    entity = f'<!DOCTYPE x [<!ENTITY e SYSTEM "{url}/e">]><x>&e;会议</x>'
    for name, data in (
        ("a.html", page.encode()), ("b.eml", mail.encode()), ("c.docx", word_with_links(url)),
        ("d.html", entity.encode()), ("e.txt", f"会议\n\n见 {url}/t 与 ![x]({url}/i.png)".encode()),
        ("f.md", f"# 会议\n\n![x]({url}/i.png) [1]: {url}/r".encode()),
    ):  # fmt: skip
        made = upload(service, name, data)
        assert made.status_code in (201, 415, 422)
        if made.status_code == 201:
            identity = made.json()["document"]["id"]
            text = service.client("admin").get(f"/source/{identity}").text
            assert 'src="http' not in text
            assert 'href="http' not in text
            service.client("admin").get(f"/source/{identity}/page/1.png")
    service.client("admin").post("/api/ask", json={"question": f"打开 {url}/q 看看"})
    assert canary.asked == []


def test_no_request_gives_an_address_to_fetch(service: Office, canary: Any) -> None:
    schema = service.client("admin").get("/api/openapi.json").json()
    fields = {
        name
        for shape, each in schema["components"]["schemas"].items()
        if shape.endswith("In") or shape.startswith("Body")
        for name in each.get("properties", {})
    }
    assert "question" in fields
    assert not {name for name in fields if "url" in name or "link" in name or "path" in name}
    admin = service.client("admin")
    meta = {"_type": "gradio.FileData"}
    files = [{"path": f"{canary.url}/x", "url": f"{canary.url}/y", "meta": meta}]
    body: dict[str, Any] = {"fn_index": service.event("adding"), "data": [files]}
    body["session_hash"] = "s"
    assert admin.post("/gradio_api/run/predict", json=body).status_code == 500
    stolen = [{"path": str(service.settings.store / "catalog.sqlite")}]
    body["data"] = [stolen]
    assert admin.post("/gradio_api/run/predict", json=body).status_code == 500
    assert (service.settings.store / "catalog.sqlite").exists()
    assert canary.asked == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/documents"), ("POST", "/api/ask"), ("POST", "/login"),
        ("PATCH", "/api/documents/0123456789abcdef"), ("GET", "/api/documents"),
        ("POST", "/gradio_api/queue/join"), ("POST", "/gradio_api/run/predict"),
        ("POST", "/gradio_api/cancel"), ("POST", "/gradio_api/reset"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("announced", [True, False])
def test_no_body_is_larger_than_it_need_be(
    service: Office, method: str, path: str, announced: bool
) -> None:
    piece, count = b"x" * 2**20, 22
    taken = 0

    def body() -> Iterator[bytes]:
        nonlocal taken
        for _ in range(count):
            taken += len(piece)
            yield piece

    headers = {"content-type": "application/json"}
    if announced:
        headers["content-length"] = str(count * len(piece))
    response = service.client("admin").request(method, path, content=body(), headers=headers)
    # Where the body is of no use, it need not be read to answer.
    assert response.status_code == 413 or taken < len(piece) * 3
    if response.status_code == 413:
        assert response.headers["content-type"] == "application/problem+json"


def test_a_page_of_many_files_is_bounded_too(service: Office) -> None:
    files = [("files", (f"{at}.txt", b"x" * 2**20)) for at in range(3)]
    admin = service.client("admin")
    sent = admin.post("/gradio_api/upload", files=files)
    for path in sent.json():
        Path(path).unlink()
    headers = {"content-length": str(300 * 2**20)}
    assert admin.post("/gradio_api/upload", content=b"x", headers=headers).status_code == 413
