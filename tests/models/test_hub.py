"""Hugging Face's own client against a hub of ours on this machine."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import huggingface_hub.constants
import pytest

from huiwen.errors import ModelDownloadError
from huiwen.models.store import ModelStore, Role
from huiwen.settings import Settings

FILES = {
    "config.json": b"{}",
    "modules.json": b"[]",
    "model.safetensors": b"weights" * 100,
    "pytorch_model.bin": b"never fetched",
    "small.gguf": b"GGUF" * 50,
}
COMMIT = "c" * 40


class _Hub(BaseHTTPRequestHandler):
    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, *, body: bool) -> None:
        path = self.path.split("?")[0]
        if path.startswith("/api/models/org/model"):
            tree = [{"type": "file", "path": n, "size": len(d), "oid": n} for n, d in FILES.items()]
            info = {"id": "org/model", "sha": COMMIT, "siblings": [{"rfilename": n} for n in FILES]}
            self._send(json.dumps(tree if "/tree/" in path else info).encode(), body, {})
        elif path.startswith("/org/model/resolve/") and (data := FILES.get(path.split("/")[-1])):
            etag = hashlib.sha1(data).hexdigest()
            self._send(data, body, {"ETag": f'"{etag}"', "X-Repo-Commit": COMMIT})
        else:
            self.send_response(404)
            self.send_header("Content-Length", "0")
            self.end_headers()

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
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Hub)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def store(tmp_path: Path, endpoint: str) -> ModelStore:
    return ModelStore(
        Settings(models_dir=tmp_path, model_source="huggingface", hf_endpoint=endpoint)
    )


def test_a_directory(tmp_path: Path, endpoint: str) -> None:
    path = store(tmp_path, endpoint).pull(Role.EMBEDDER, "org/model")
    assert path == tmp_path / "org--model"
    assert (path / "model.safetensors").read_bytes() == FILES["model.safetensors"]
    assert not (path / "pytorch_model.bin").exists()
    assert all(check.ok for check in store(tmp_path, endpoint).verify(Role.EMBEDDER, "org/model"))


def test_a_single_file(tmp_path: Path, endpoint: str) -> None:
    path = store(tmp_path, endpoint).pull(Role.LLM, "org/model:small.gguf")
    assert path.read_bytes() == FILES["small.gguf"]
    assert store(tmp_path, endpoint).resolve(Role.LLM, "org/model:small.gguf") == path


def test_what_the_hub_lacks_is_an_error_of_ours(tmp_path: Path, endpoint: str) -> None:
    with pytest.raises(ModelDownloadError, match="org/none"):
        store(tmp_path, endpoint).pull(Role.LLM, "org/none")
    assert not (tmp_path / "org--none").exists()


def test_modelscope_is_optional(tmp_path: Path) -> None:
    settings = Settings(models_dir=tmp_path, model_source="modelscope")
    with pytest.raises(ModelDownloadError, match=r"huiwen\[modelscope\]|modelscope"):
        ModelStore(settings).pull(Role.LLM, "org/model")
