"""Settings: where they come from, what is refused, and that the README names every one."""

from __future__ import annotations

from pathlib import Path

import pytest

from huiwen.errors import ConfigError
from huiwen.settings import Settings, load_settings
from tests.conftest import ROOT


@pytest.mark.parametrize("readme", ["README.md", "README.en.md"])
@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_is_documented(readme: str, name: str) -> None:
    assert f"`{name}`" in (ROOT / readme).read_text("utf-8")


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_has_a_description(name: str) -> None:
    assert Settings.model_fields[name].description


def test_environment_over_file_over_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "my.toml"
    config.write_text('port = 9000\nevidence = 7\n"llm_backend" = "none"\n', "utf-8")
    monkeypatch.setenv("HUIWEN_CONFIG", str(config))
    monkeypatch.setenv("HUIWEN_PORT", "9001")
    settings = load_settings()
    assert (settings.port, settings.evidence, settings.llm_backend) == (9001, 7, "none")
    assert settings.candidates == Settings.model_fields["candidates"].default
    assert load_settings(port=9002).port == 9002


@pytest.mark.parametrize(
    ("content", "said"),
    [("prot = 9000\n", "prot"), ("port = 99999\n", "port"), ("port = = 1\n", "配置文件")],
)
def test_a_wrong_setting_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str, said: str
) -> None:
    config = tmp_path / "my.toml"
    config.write_text(content, "utf-8")
    monkeypatch.setenv("HUIWEN_CONFIG", str(config))
    with pytest.raises(ConfigError, match=said):
        load_settings()


def test_a_named_file_must_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUIWEN_CONFIG", "/nowhere/huiwen.toml")
    with pytest.raises(ConfigError, match="nowhere"):
        load_settings()
