"""Models from Hugging Face (or a mirror) and ModelScope, when the configuration asks for them."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from huiwen.errors import ModelDownloadError, ModelError, ModelVerifyError
from huiwen.models.assembly import Progress, Report
from huiwen.models.catalogue import BuiltIn
from huiwen.models.manifest import check_file, publish, sizes, write_manifest
from huiwen.settings import Settings

_POLL_S = 0.5
_GGUF_MAGIC = b"GGUF"
# What a model is made of and nothing that runs when read: no pickles, no code.
_WANTED = ["*.safetensors", "*.json", "*.txt", "*.model", "*.jinja", "*.md", "LICENSE*"]
# The same weights once more, for other runtimes.
_UNWANTED = ["onnx/*", "openvino/*", "original/*", "consolidated*"]
Fetch = Callable[[str, str, Path, Settings], None]


def pull_from_hub(
    name: str, final: Path, settings: Settings, report: Report, pinned: BuiltIn | None
) -> None:
    """Publish ``org/model``, or ``org/model:file.gguf``, from the configured hub as ``final``.

    A ``pinned`` single file must have that size and SHA-256. What an earlier
    call left is gone on from. Raises ModelDownloadError, ModelVerifyError.
    """
    repository, _, file = name.partition(":")
    partial = final.with_name(f"{final.name}.partial")
    try:
        with _watching(partial, f"从 {settings.model_source} 下载", report):
            _SOURCES[settings.model_source](repository, file, partial, settings)
        if file:
            _publish_file(partial, file, final, pinned)
        else:
            _publish_directory(partial, name, final, settings.model_source)
    except ModelError:
        raise
    except Exception as error:
        # Each client has errors of its own, network and disk ones among them.
        raise ModelDownloadError(
            f"从 {settings.model_source} 下载 {name} 失败：{error}。"
            "请检查名称、网络、磁盘空间与配置 hf_endpoint。"
        ) from error


@contextmanager
def _watching(folder: Path, step: str, report: Report) -> Iterator[None]:
    """Report how ``folder`` grows: the clients draw bars of their own or none."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(_POLL_S):
            report(Progress(step, sum(sizes(folder)), 0))

    report(Progress(step, 0, 0))
    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _publish_file(partial: Path, file: str, final: Path, pinned: BuiltIn | None) -> None:
    path = partial / file
    if not path.is_file():
        raise ModelDownloadError(f"仓库里没有文件 {file}；请检查配置 llm 里冒号后的文件名。")
    with path.open("rb") as stream:
        if stream.read(len(_GGUF_MAGIC)) != _GGUF_MAGIC:
            shutil.rmtree(partial)
            raise ModelVerifyError(f"{file} 不是 GGUF 文件；请检查名称，或换一个镜像。")
    if pinned:
        check = check_file(partial, file, pinned.size, pinned.sha256)
        if not check.ok:
            shutil.rmtree(partial)
            raise ModelVerifyError(
                f"{file} 与登记的不符（应为 {check.expected}，实为 {check.actual}）；"
                "已删除，请换一个镜像后重试。"
            )
    publish(path, final)
    shutil.rmtree(partial)


def _publish_directory(partial: Path, name: str, final: Path, source: str) -> None:
    if not (partial / "config.json").is_file() or not any(partial.rglob("*.safetensors")):
        raise ModelDownloadError(
            f"{name} 里没有 config.json 或 safetensors 权重，无法使用；请换一个模型。"
        )
    # What the clients keep to go on from; it is not part of the model.
    for path in partial.glob(".*"):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    write_manifest(partial, {"origin": name, "source": source})
    publish(partial, final)


def _huggingface(repository: str, file: str, folder: Path, settings: Settings) -> None:
    from huggingface_hub import HfApi, constants
    from huggingface_hub.utils.tqdm import disable_progress_bars

    disable_progress_bars()
    if settings.hf_endpoint.rstrip("/") != Settings.model_fields["hf_endpoint"].default:
        # Xet fetches from hosts of Hugging Face's own, past the mirror that was asked for.
        constants.HF_HUB_DISABLE_XET = True
    HfApi(endpoint=settings.hf_endpoint).snapshot_download(
        repository,
        local_dir=folder,
        allow_patterns=[file] if file else _WANTED,
        ignore_patterns=None if file else _UNWANTED,
    )


def _modelscope(repository: str, file: str, folder: Path, settings: Settings) -> None:
    try:
        from modelscope import snapshot_download
    except ImportError as error:
        raise ModelDownloadError(
            "从 modelscope 下载需要先安装：pip install 'huiwen[modelscope]'。"
        ) from error

    snapshot_download(
        repository,
        local_dir=os.fspath(folder),
        allow_patterns=[file] if file else _WANTED,
        ignore_patterns=None if file else _UNWANTED,
    )


_SOURCES: dict[str, Fetch] = {"huggingface": _huggingface, "modelscope": _modelscope}
