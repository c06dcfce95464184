"""Hugging Face's own client against a hub of ours on this machine."""

from __future__ import annotations

import hashlib
import json
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import huggingface_hub.constants
import pytest

from huiwen.errors import ModelDownloadError, ModelVerifyError
from huiwen.models.store import ModelStore, Progress, Role
from huiwen.settings import Settings
from tests.models.tiny import NAME, file_model

GGUF = b"GGUF" * 50
FILES = {
    "config.json": b"{}",
    "modules.json": b"[]",
    "model.safetensors": b"weights" * 100,
    "1_Pooling/config.json": b"{}",
    "pytorch_model.bin": b"a pickle",
    "modeling.py": b"code",
    "onnx/model.json": b"{}",
    "small.gguf": GGUF,
    "fake.gguf": b"<html>not found</html>",
}
COMMIT = "c" * 40


@dataclass
class Hub:
    """What the hub holds, and what was asked of it."""

    endpoint: str = ""
    files: dict[str, bytes] = field(default_factory=lambda: dict(FILES))
    broken: str = ""
    asked: list[str] = field(default_factory=list)

    def store(self, models: Path) -> ModelStore:
        settings = Settings(
            models_dir=models, model_source="huggingface", hf_endpoint=self.endpoint
        )
        return ModelStore(settings, {NAME: replace(file_model([GGUF]), hub="org/model:small.gguf")})


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, hub: Hub, *args: object) -> None:
        self.hub = hub
        super().__init__(*args)  # type: ignore[arg-type]

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, *, body: bool) -> None:
        path = self.path.split("?")[0]
        files = self.hub.files
        if path.startswith("/api/models/org/model"):
            tree = [{"type": "file", "path": n, "size": len(d), "oid": n} for n, d in files.items()]
            info = {"id": "org/model", "sha": COMMIT, "siblings": [{"rfilename": n} for n in files]}
            self._send(json.dumps(tree if "/tree/" in path else info).encode(), body, {})
            return
        name = path.removeprefix(f"/org/model/resolve/{COMMIT}/")
        data = files.get(name)
        if data is None:
            self.send_error(404)
            return
        if body:
            self.hub.asked.append(name)
        if body and name == self.hub.broken:
            self.send_error(500)
            return
        etag = hashlib.sha1(data).hexdigest()
        self._send(data, body, {"ETag": f'"{etag}"', "X-Repo-Commit": COMMIT})

    def _send(self, data: bytes, body: bool, headers: dict[str, str]) -> None:
        self.send_response(200)
        for name, value in {**headers, "Content-Length": str(len(data))}.items():
            self.send_header(name, value)
        self.end_headers()
        if body:
            self.wfile.write(data)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_DISABLE_XET", False)
    hub = Hub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, hub))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    hub.endpoint = f"http://127.0.0.1:{server.server_port}"
    yield hub
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_directory_of_what_is_wanted(hub: Hub, models: Path) -> None:
    steps: list[Progress] = []
    store = hub.store(models)
    path = store.pull(Role.EMBEDDER, "org/model", steps.append)
    assert path == models / "org--model"
    made = {each.relative_to(path).as_posix() for each in path.rglob("*") if each.is_file()}
    assert made == {
        "config.json", "modules.json", "model.safetensors", "1_Pooling/config.json", "huiwen.json"
    }  # fmt: skip
    assert set(hub.asked) == made - {"huiwen.json"}
    assert steps[0].step == "从 huggingface 下载"
    checks = store.verify(Role.EMBEDDER, "org/model")
    assert len(checks) == 4
    assert all(check.ok for check in checks)
    (path / "config.json").write_bytes(b"[]")
    assert [c.file for c in store.verify(Role.EMBEDDER, "org/model") if not c.ok] == ["config.json"]
    assert {each.name for each in models.iterdir()} == {"org--model", "org--model.lock"}


def test_a_mirror_is_all_that_is_asked(hub: Hub, models: Path) -> None:
    hub.store(models).pull(Role.EMBEDDER, "org/model")
    assert huggingface_hub.constants.HF_HUB_DISABLE_XET


def test_an_interrupted_directory_goes_on(hub: Hub, models: Path) -> None:
    hub.broken = "model.safetensors"
    with pytest.raises(ModelDownloadError, match="org/model"):
        hub.store(models).pull(Role.EMBEDDER, "org/model")
    assert not (models / "org--model").exists()
    before = set(hub.asked) - {hub.broken}
    hub.broken = ""
    hub.asked.clear()
    hub.store(models).pull(Role.EMBEDDER, "org/model")
    assert before
    assert not before & set(hub.asked)


def test_a_single_file(hub: Hub, models: Path) -> None:
    store = hub.store(models)
    path = store.pull(Role.LLM, "org/model:small.gguf")
    assert path == models / "org--model--small.gguf"
    assert path.read_bytes() == GGUF
    assert set(hub.asked) == {"small.gguf"}
    assert store.resolve(Role.LLM, "org/model:small.gguf") == path


def test_a_built_in_model_is_the_pinned_one_from_a_hub_too(hub: Hub, models: Path) -> None:
    hub.files["small.gguf"] = GGUF[:-1] + b"x"
    with pytest.raises(ModelVerifyError, match="登记"):
        hub.store(models).pull(Role.LLM, NAME)
    assert {each.name for each in models.iterdir()} == {"tiny.lock"}
    hub.files["small.gguf"] = GGUF
    assert hub.store(models).pull(Role.LLM, NAME) == models / "tiny.gguf"
    assert all(check.ok for check in hub.store(models).verify(Role.LLM, NAME))


@pytest.mark.parametrize(
    ("name", "error", "said"),
    [
        ("org/none", ModelDownloadError, "org/none"),
        ("org/model:none.gguf", ModelDownloadError, "没有文件 none.gguf"),
        ("org/model:fake.gguf", ModelVerifyError, "不是 GGUF"),
    ],
)
def test_what_the_hub_lacks(
    hub: Hub, models: Path, name: str, error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        hub.store(models).pull(Role.LLM, name)
    assert not [each for each in models.iterdir() if each.suffix in ("", ".gguf")]


def test_pickled_weights_alone_are_no_model(hub: Hub, models: Path) -> None:
    del hub.files["model.safetensors"]
    with pytest.raises(ModelDownloadError, match="safetensors"):
        hub.store(models).pull(Role.EMBEDDER, "org/model")
    assert not (models / "org--model").exists()


def test_a_hub_that_is_not_there(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    hub = Hub("http://127.0.0.1:9")
    with pytest.raises(ModelDownloadError, match="hf_endpoint"):
        hub.store(models).pull(Role.EMBEDDER, "org/model")


def test_modelscope_is_optional(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "modelscope", None)
    store = ModelStore(Settings(models_dir=models, model_source="modelscope"))
    with pytest.raises(ModelDownloadError, match=r"pip install 'huiwen\[modelscope\]'"):
        store.pull(Role.LLM, "org/model")
