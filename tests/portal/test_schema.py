"""Every documented operation, tried with what its schema allows and what it does not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from fastapi import FastAPI

from answer.engine import Answerer
from huiwen.settings import Settings
from index.jobs import Jobs
from index.library import Library
from server.app import create_app
from tests.fakes import HashEmbedder, ScriptedGenerator
from tests.portal.meeting import REPLY, TEXT

schemathesis = pytest.importorskip("schemathesis")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    folder: Path = tmp_path_factory.mktemp("schema")
    settings = Settings(store=folder / "store")
    with Library(settings, HashEmbedder()) as library, Jobs(library, settings) as jobs:
        library.add("会议.txt", TEXT.encode())
        answerer = Answerer(library, ScriptedGenerator(REPLY), settings)
        yield create_app(library, jobs, answerer, settings)


@pytest.fixture(scope="module")
def openapi(app: FastAPI) -> object:
    return schemathesis.openapi.from_asgi("/api/openapi.json", app)


schema = schemathesis.pytest.from_fixture("openapi")


@schema.parametrize()
@hypothesis.settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(hypothesis.HealthCheck),
)
def test_no_fault_and_nothing_undocumented(case: schemathesis.Case) -> None:
    case.call_and_validate()
