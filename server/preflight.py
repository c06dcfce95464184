"""What would go wrong after the start, found before the models are loaded."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from huiwen.errors import ConfigError, HuiwenError
from huiwen.models.store import ModelStore, Role
from huiwen.settings import CONFIG_VARIABLE, Settings
from index.doctor import Finding, Level, folder
from server.audit import NAME, Audit

# Variables of the scripts and tests, which are no settings.
_NO_SETTINGS = {CONFIG_VARIABLE, "HUIWEN_VENV", "HUIWEN_CACHE", "HUIWEN_TORCH_INDEX"}
_PREFIX = "HUIWEN_"
_CONNECT_S = 2.0
# What the program itself, the embedder and the index take beside the language model.
_OURS_MB = 2048
_EXTRAS = {
    "milvus": ("pymilvus", "engine"),
    "postgres": ("psycopg", "catalog_url"),
    "ray": ("ray", "embed_jobs"),
    "otel": ("opentelemetry.sdk", "otlp_endpoint"),
}


def check_start(settings: Settings) -> list[Finding]:
    """All that is not as it should be. Raises ConfigError where serving cannot work."""
    found = [f for f in examine_start(settings) if f.level is not Level.FINE]
    wrong = [f"{f.subject}：{f.message}。{f.remedy}" for f in found if f.level is Level.WRONG]
    if wrong:
        raise ConfigError("不能启动：\n" + "\n".join(f"· {line}" for line in wrong))
    return found


def examine_start(settings: Settings) -> Iterator[Finding]:
    """Look at what a start needs; changes nothing and loads no model."""
    yield from folder(settings.store)
    yield _port(settings.host, settings.port)
    yield from _local_models(settings)
    yield from examine_settings(settings)


def examine_settings(settings: Settings) -> Iterator[Finding]:
    """Look at the settings alone and at the services they name."""
    yield from _variables()
    yield from _packages(settings)
    yield from _sizes(settings)
    if settings.llm_backend == "openai":
        yield _service("openai_base_url", settings.openai_base_url)
    if settings.engine == "milvus" and not settings.milvus_uri.endswith(".db"):
        yield _service("milvus_uri", settings.milvus_uri)
    if settings.otlp_endpoint:
        yield _service("otlp_endpoint", settings.otlp_endpoint)


def examine_audit(settings: Settings) -> Iterator[Finding]:
    """Whether the chain of the audit log holds, where there is one."""
    path = settings.store / NAME
    if not path.exists():
        return
    remedy = "保存好现在的文件，查明是谁改动的；以前导出的、抄存的哈希可用来核对。"
    try:
        with closing(Audit(path, settings.audit_days)) as audit:
            verdict = audit.verify()
    except HuiwenError as error:
        yield Finding(Level.WRONG, "审计日志", str(error), remedy)
        return
    if verdict.problems:
        yield Finding(Level.WRONG, "审计日志", "；".join(verdict.problems[:3]), remedy)
    else:
        yield Finding(Level.FINE, "审计日志", f"{verdict.records} 条记录首尾相接")


def _variables() -> Iterator[Finding]:
    known = {f"{_PREFIX}{name.upper()}" for name in Settings.model_fields} | _NO_SETTINGS
    unknown = sorted(
        n for n in os.environ if n.upper().startswith(_PREFIX) and n.upper() not in known
    )
    if unknown:
        yield Finding(
            Level.NOTE, "环境变量", f"{'、'.join(unknown)} 不是配置项，没有生效", "检查拼写。"
        )


def _port(host: str, port: int) -> Finding:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except PermissionError:
        said, remedy = f"没有权限监听 {host}:{port}", "1024 以下的端口要管理员权限；改配置 port。"
    except OSError as error:
        said = f"不能监听 {host}:{port}（{error.strerror or error}）"
        remedy = "停掉占用它的程序（可能是已在运行的会问），或改配置 host、port。"
    else:
        return Finding(Level.FINE, "监听地址", f"{host}:{port} 可用")
    return Finding(Level.WRONG, "监听地址", said, remedy)


def _packages(settings: Settings) -> Iterator[Finding]:
    wanted = set()
    try:
        if settings.catalog_url and make_url(settings.catalog_url).drivername.startswith(
            "postgres"
        ):
            wanted.add("postgres")
    except ArgumentError:
        remedy = "应如 postgresql://用户:密码@主机/库名。"
        yield Finding(Level.WRONG, "catalog_url", "不是数据库的地址", remedy)
    wanted |= {"milvus"} if settings.engine == "milvus" else set()
    wanted |= {"ray"} if settings.embed_jobs == "ray" else set()
    wanted |= {"otel"} if settings.otlp_endpoint else set()
    for extra in sorted(wanted):
        package, setting = _EXTRAS[extra]
        if not _present(package):
            remedy = f"运行 pip install 'huiwen[{extra}]'，或改配置 {setting}。"
            yield Finding(Level.WRONG, setting, f"没有安装 {package}", remedy)


def _present(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except ModuleNotFoundError:
        return False


def _local_models(settings: Settings) -> Iterator[Finding]:
    store = ModelStore(settings)
    try:
        store.resolve(Role.EMBEDDER, settings.embedder)
    except HuiwenError as error:
        yield Finding(Level.WRONG, "向量模型", str(error), "")
    if settings.llm_backend in ("openai", "none"):
        return
    try:
        path = store.resolve(Role.LLM, settings.llm)
    except HuiwenError as error:
        yield Finding(Level.NOTE, "语言模型", str(error), "没有它也能启动，只列原文。")
        return
    needed = _megabytes(path) + _OURS_MB
    free = _free_memory()
    if free is not None and free < needed:
        said = f"可用内存 {free} MB，载入 {path.name} 约需 {needed} MB"
        yield Finding(Level.NOTE, "内存", said, "换用更小的模型，或增加内存，否则可能被系统终止。")


def _sizes(settings: Settings) -> Iterator[Finding]:
    if settings.evidence > settings.candidates:
        said = f"evidence（{settings.evidence}）大于 candidates（{settings.candidates}）"
        yield Finding(Level.NOTE, "检索", said, "检索不到那么多；调大 candidates。")
    if settings.llm_max_tokens * 2 > settings.llm_context:
        said = f"llm_max_tokens（{settings.llm_max_tokens}）占去 llm_context 的一半以上"
        yield Finding(Level.NOTE, "语言模型", said, "资料会放不下；调大 llm_context。")


def _service(setting: str, url: str) -> Finding:
    """Whether somebody listens there; nothing is sent."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        remedy = "应以 http:// 或 https:// 开头，如 http://10.0.0.8:8000/v1。"
        return Finding(Level.WRONG, setting, f"“{url}”不是网址", remedy)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        socket.create_connection((parts.hostname, port), _CONNECT_S).close()
    except OSError as error:
        said = f"现在连不上 {parts.hostname}:{port}（{error.strerror or error}）"
        return Finding(
            Level.NOTE, setting, said, "检查那边的服务与网络；连上之前只列原文或不可用。"
        )
    return Finding(Level.FINE, setting, f"{parts.hostname}:{port} 连得上")


def _megabytes(path: Path) -> int:
    inside = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in inside if file.is_file()) // 2**20


def _free_memory() -> int | None:
    """Megabytes that can be had without swapping, None where the system does not tell."""
    try:
        lines = Path("/proc/meminfo").read_text("ascii").splitlines()
    except OSError:
        return None
    facts = dict(line.split(":", 1) for line in lines)
    return int(facts["MemAvailable"].split()[0]) // 1024
