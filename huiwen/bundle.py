"""An installation for machines without any network: wheels, models, checksums, one script."""

from __future__ import annotations

import csv
import platform
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterable, Sequence
from importlib import metadata
from importlib.resources import files
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import huiwen
from huiwen.errors import ConfigError, InputError, ModelDownloadError
from huiwen.models.int8 import folder_of
from huiwen.models.manifest import sha256
from huiwen.models.store import ModelStore, Role
from huiwen.settings import Settings

SUMS, REQUIREMENTS, INSTALLER = "SHA256SUMS", "requirements.txt", "install.sh"
LICENCES = "licences.csv"
_PACKAGES = ("huiwen", "ingest", "index", "answer", "server", "ui", "eval")
_SOURCES = (*_PACKAGES, "pyproject.toml", "README.md", "LICENSE")
_PAPERS = ("README.md", "README.en.md", "LICENSE", "CHANGELOG.md", "docs", "samples", "deploy")

Report = Callable[[str], None]


def make_bundle(settings: Settings, target: Path, extras: Sequence[str], report: Report) -> None:
    """Fill ``target``, which must not exist or be empty, with what runs here now.

    The packages are those installed in this environment, at their versions:
    what was tested is what is installed. Works from a source tree only.
    Raises InputError, ConfigError, ModelError, ModelDownloadError.
    """
    root = Path(huiwen.__file__).resolve().parent.parent
    if not (root / "pyproject.toml").exists():
        raise ConfigError("离线安装包要在源码目录里制作；请在会问的源码目录安装后再运行。")
    if target.exists() and any(target.iterdir()):
        raise InputError(f"目录 {target} 不是空的；请换一个新的目录。")
    # Before the long part: these fail when a model or package is missing.
    models = _models(settings)
    pinned = closure(_wanted(root, settings, extras))
    wheels = target / "wheels"
    wheels.mkdir(parents=True)
    (target / REQUIREMENTS).write_text("".join(f"{n}=={v}\n" for n, v in pinned.items()), "utf-8")
    (target / LICENCES).write_text(_licences(pinned), "utf-8-sig")
    report(f"取 {len(pinned)} 个软件包")
    _pip(
        "wheel", "--no-deps", "--prefer-binary", "-r", str(target / REQUIREMENTS), "-w", str(wheels)
    )
    report("制作会问自己的安装包")
    _build(root, wheels)
    for path in models:
        report(f"复制模型 {path.name}")
        _copy(path, target / "models" / path.name)
    for name in _PAPERS:
        if (root / name).exists():
            _copy(root / name, target / name)
    _write_installer(target / INSTALLER, settings)
    report("计算校验值")
    write_sums(target)


def closure(requirements: Iterable[str]) -> dict[str, str]:
    """Version by name of every installed package that ``requirements`` bring in, sorted.

    What a package asks for but this environment does without, such as CUDA
    libraries beside a torch for CPUs, is left out. Raises ConfigError where
    one of ``requirements`` itself is not installed.
    """
    found: dict[str, str] = {}
    done: set[tuple[str, str]] = set()
    first = [Requirement(text) for text in requirements]
    waiting = [(requirement, "") for requirement in first]
    while waiting:
        requirement, extra = waiting.pop()
        if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
            continue
        name = canonicalize_name(requirement.name)
        try:
            package = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            if requirement in first:
                raise ConfigError(
                    f"没有安装 {requirement}；请先运行 pip install，再制作离线安装包。"
                ) from None
            continue
        found[name] = package.version
        for wanted in ("", *requirement.extras):
            if (name, wanted) not in done:
                done.add((name, wanted))
                waiting += [(Requirement(text), wanted) for text in package.requires or ()]
    return dict(sorted(found.items()))


def write_sums(folder: Path) -> None:
    """List the SHA-256 of every file of ``folder`` the way ``sha256sum -c`` reads it."""
    lines = [
        f"{sha256(path)}  {path.relative_to(folder).as_posix()}\n"
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != SUMS
    ]
    (folder / SUMS).write_text("".join(lines), "utf-8")


def _wanted(root: Path, settings: Settings, extras: Sequence[str]) -> list[str]:
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    optional: dict[str, list[str]] = project["optional-dependencies"]
    unknown = set(extras) - set(optional)
    if unknown:
        raise InputError(
            f"没有名为 {'、'.join(sorted(unknown))} 的附加组；有：{'、'.join(optional)}。"
        )
    chosen = list(extras)
    if settings.llm_backend in ("auto", "llamacpp") and _installed("xllamacpp"):
        chosen.append("llama")
    return [*project["dependencies"], *(text for name in chosen for text in optional[name])]


def _licences(pinned: Iterable[str]) -> str:
    """What each package says of its licence, as a table for those who must approve of it."""
    out = StringIO()
    table = csv.writer(out)
    table.writerow(["软件包", "版本", "许可"])
    for name in pinned:
        facts = metadata.distribution(name).metadata
        classifiers = [c.split(" :: ")[-1] for c in facts.get_all("Classifier") or ()
                       if c.startswith("License ::")]  # fmt: skip
        # Older packages put the whole text there.
        said = _fact(facts, "License").strip().split("\n")[0][:80]
        table.writerow(
            [
                name,
                facts["Version"],
                _fact(facts, "License-Expression") or "、".join(classifiers) or said,
            ]
        )
    return out.getvalue()


def _fact(facts: metadata.PackageMetadata, name: str) -> str:
    return str((facts.get_all(name) or [""])[0])


def _installed(name: str) -> bool:
    try:
        metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def _models(settings: Settings) -> list[Path]:
    """The configured models that run in this process, and the embedder's int8 form."""
    store = ModelStore(settings)
    embedder = store.resolve(Role.EMBEDDER, settings.embedder)
    found = [embedder]
    if folder_of(embedder).is_dir():
        found.append(folder_of(embedder))
    if settings.llm_backend not in ("openai", "none"):
        found.append(store.resolve(Role.LLM, settings.llm))
    return found


def _build(root: Path, wheels: Path) -> None:
    # Not in the tree itself: setuptools leaves its working files where it builds.
    with TemporaryDirectory() as folder:
        for name in _SOURCES:
            _copy(root / name, Path(folder) / name)
        _pip("wheel", "--no-deps", "-w", str(wheels), folder)


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target)


def _write_installer(path: Path, settings: Settings) -> None:
    backend = settings.llm_backend if settings.llm_backend in ("openai", "none") else "auto"
    text = files("huiwen").joinpath(INSTALLER).read_text("utf-8")
    for name, value in (
        ("@PYTHON@", f"{sys.version_info.major}.{sys.version_info.minor}"),
        ("@MACHINE@", platform.machine()),
        ("@LLM_BACKEND@", backend),
    ):
        text = text.replace(name, value)
    path.write_text(text, "utf-8")
    path.chmod(0o755)


def _pip(*arguments: str) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = "\n".join(done.stderr.strip().splitlines()[-5:])
        raise ModelDownloadError(f"取软件包失败，请检查 PyPI 镜像是否连得上：\n{said}")
