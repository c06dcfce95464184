"""Models from Hugging Face (or a mirror) and ModelScope, when the configuration asks for them."""

from __future__ import annotations

from pathlib import Path

from huiwen.errors import ModelDownloadError
from huiwen.settings import Settings


def download(name: str, folder: Path, settings: Settings) -> None:
    """Fetch ``org/model`` (or ``org/model:file.gguf``) into ``folder``, resuming what is there.

    Raises ModelDownloadError with the cause.
    """
    repository, _, file = name.partition(":")
    try:
        _SOURCES[settings.model_source](repository, file, folder, settings)
    except ImportError as error:
        raise ModelDownloadError(
            f"从 {settings.model_source} 下载需要先安装："
            f"pip install 'huiwen[{settings.model_source}]'。"
        ) from error
    except Exception as error:
        # Each client has errors of its own, network ones among them; all mean the same here.
        raise ModelDownloadError(
            f"从 {settings.model_source} 下载 {name} 失败：{error}。"
            "请检查名称、网络与 hf_endpoint。"
        ) from error


def _huggingface(repository: str, file: str, folder: Path, settings: Settings) -> None:
    from huggingface_hub import HfApi

    api = HfApi(endpoint=settings.hf_endpoint)
    api.snapshot_download(
        repository,
        local_dir=folder,
        allow_patterns=[file] if file else None,
        ignore_patterns=None if file else ["*.bin", "*.pt", "*.pkl", "onnx/*", "openvino/*"],
    )


def _modelscope(repository: str, file: str, folder: Path, settings: Settings) -> None:
    from modelscope import snapshot_download

    snapshot_download(repository, local_dir=str(folder), allow_patterns=[file] if file else None)


_SOURCES = {"huggingface": _huggingface, "modelscope": _modelscope}
