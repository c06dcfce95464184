"""What is found before a start, and that it is said in Chinese with its remedy."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from huiwen.errors import ConfigError
from huiwen.settings import Settings, load_settings
from index.doctor import Level
from server import preflight
from server.audit import NAME, Audit
from server.preflight import check_start, examine_audit, examine_settings, examine_start
from tests.conftest import ROOT


@pytest.fixture
def port() -> Iterator[int]:
    """A port that somebody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def found(settings: Settings, subject: str) -> list[tuple[Level, str]]:
    return [(f.level, f.message) for f in examine_start(settings) if f.subject == subject]


def test_a_taken_port_stops_the_start(settings: Settings, port: int) -> None:
    taken = settings.model_copy(update={"port": port})
    with pytest.raises(ConfigError, match=rf"监听 127\.0\.0\.1:{port}"):
        check_start(taken)


def test_an_address_that_is_not_this_machines(settings: Settings) -> None:
    ((level, message),) = found(settings.model_copy(update={"host": "203.0.113.7"}), "监听地址")
    assert (level, "203.0.113.7" in message) == (Level.WRONG, True)


def test_a_missing_embedder_stops_the_start(settings: Settings, tmp_path: Path) -> None:
    changes = {"models_dir": tmp_path / "none", "port": free_port(), "llm_backend": "none"}
    with pytest.raises(ConfigError, match="huiwen models pull"):
        check_start(settings.model_copy(update=changes))


def test_a_missing_language_model_is_told_and_no_more(settings: Settings, tmp_path: Path) -> None:
    changes = {"models_dir": tmp_path / "none", "port": free_port()}
    assert found(settings.model_copy(update=changes), "语言模型")[0][0] is Level.NOTE


@pytest.mark.parametrize(
    ("changes", "subject", "level", "said"),
    [
        ({"llm_backend": "openai", "openai_base_url": "10.0.0.8:8000"}, "openai_base_url",
         Level.WRONG, "不是网址"),
        ({"llm_backend": "openai", "openai_base_url": "http://127.0.0.1:9/v1"}, "openai_base_url",
         Level.NOTE, "连不上"),
        ({"catalog_url": "nonsense"}, "catalog_url", Level.WRONG, "不是数据库"),
        ({"evidence": 9, "candidates": 3}, "检索", Level.NOTE, "candidates"),
        ({"llm_max_tokens": 4000}, "语言模型", Level.NOTE, "llm_context"),
    ],
)  # fmt: skip
def test_settings_that_cannot_work(
    settings: Settings, changes: dict[str, Any], subject: str, level: Level, said: str
) -> None:
    findings = examine_settings(settings.model_copy(update=changes))
    (finding,) = [f for f in findings if f.subject == subject]
    assert finding.level is level
    assert said in finding.message
    assert finding.remedy


def test_a_missing_package_names_the_extra(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preflight, "_present", lambda _: False)
    changes = {"engine": "milvus", "embed_jobs": "ray", "catalog_url": "postgresql://u@h/d"}
    wrong = [f for f in examine_settings(settings.model_copy(update=changes))
             if f.level is Level.WRONG]  # fmt: skip
    assert {f.subject for f in wrong} == {"engine", "embed_jobs", "catalog_url"}
    assert all("huiwen[" in f.remedy for f in wrong)


def test_too_little_memory_is_told(
    real_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preflight, "_free_memory", lambda: 500)
    ((level, message),) = found(real_settings, "内存")
    assert level is Level.NOTE
    assert "500 MB" in message


def test_a_misspelt_variable_is_told(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUIWEN_PROT", "9000")
    assert "HUIWEN_PROT" in found(settings, "环境变量")[0][1]


def test_a_folder_that_cannot_be_written(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.doctor.os.access", lambda *_: False)
    assert found(settings, "资料库目录")[0][0] is Level.WRONG


def test_the_doctor_verifies_the_audit_log(settings: Settings) -> None:
    assert list(examine_audit(settings)) == []
    with Audit(settings.store / NAME, 180) as audit:
        audit.append("question", {"question": "问"})
        audit.append("question", {"question": "问"})
    assert [f.level for f in examine_audit(settings)] == [Level.FINE]
    with closing(sqlite3.connect(settings.store / NAME, isolation_level=None)) as db:
        db.executescript("DROP TRIGGER records_remain; DELETE FROM records WHERE number = 1;")
    assert [f.level for f in examine_audit(settings)] == [Level.WRONG]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PORT", "eins", "port：应为整数"),
        ("PORT", "99999", "port：不得大于 65535，现在是 '99999'"),
        ("ENGINE", "faiss", "engine：只能是 'local'、'milvus'"),
        ("ACCEPT_CLASSIFIED", "maybe", "accept_classified：应为 true 或 false"),
        ("AUDIT_DAYS", "30", "audit_days：不得小于 180"),
        ("LLM_TIMEOUT_S", "0", "llm_timeout_s：应大于 0"),
    ],
)
def test_wrong_settings_are_said_in_chinese(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(f"HUIWEN_{name}", value)
    with pytest.raises(ConfigError) as error:
        load_settings()
    assert said in str(error.value)


def test_a_misspelt_setting_is_shown_the_right_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my.toml").write_text('lm_backend = "none"\n', "utf-8")
    monkeypatch.setenv("HUIWEN_CONFIG", str(tmp_path / "my.toml"))
    with pytest.raises(ConfigError, match="lm_backend：没有这一项，是不是 llm_backend？"):
        load_settings()


def test_serve_ends_before_loading_models(settings: Settings, port: int) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "huiwen", "serve"], cwd=ROOT, capture_output=True, text=True,
        env={**os.environ, "HUIWEN_PORT": str(port), "HUIWEN_STORE": str(settings.store)},
        check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "不能启动" in done.stderr
    assert str(port) in done.stderr
    assert "Traceback" not in done.stderr
