"""Every documented operation, tried with what its schema allows and what it does not."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from itertools import product
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from fastapi import FastAPI

from answer.engine import Answerer
from huiwen.settings import Settings
from index.jobs import Jobs
from index.library import Library
from server.app import create_app
from server.caller import Scope
from server.keys import Keys
from tests.fakes import HashEmbedder, ScriptedGenerator
from tests.portal.meeting import REPLY, TEXT

schemathesis = pytest.importorskip("schemathesis")
checks = pytest.importorskip("schemathesis.specs.openapi.checks")
# Of each operation and kind; `HUIWEN_EXAMPLES=500` looks further.
EXAMPLES = int(os.environ.get("HUIWEN_EXAMPLES", "15"))


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FastAPI, str]]:
    """The application and the key of one who may all."""
    folder: Path = tmp_path_factory.mktemp("schema")
    settings = Settings(store=folder / "store", access="keys")
    with Library(settings, HashEmbedder()) as library, Jobs(library, settings) as jobs:
        library.add("会议.txt", TEXT.encode())
        answerer = Answerer(library, ScriptedGenerator(REPLY), settings)
        app = create_app(library, jobs, answerer, settings)
        with closing(Keys(settings)) as keys:
            _, secret = keys.add("探查", [Scope.ADMIN], per_minute=0)
        yield app, secret


def test_no_fault_and_nothing_undocumented(service: tuple[FastAPI, str]) -> None:
    app, secret = service
    headers = {"Authorization": f"Bearer {secret}"}
    config = schemathesis.Config.from_dict({"generation": {"with-security-parameters": False}})
    schema = schemathesis.openapi.from_asgi(
        "/api/openapi.json", app, config=config, headers=headers
    )
    operations = [found.ok() for found in schema.get_all_operations()]
    assert {"/api/ask", "/v1/chat/completions", "/api/documents"} <= {o.path for o in operations}
    failures: list[str] = []
    for operation, mode in product(operations, schemathesis.GenerationMode):
        try:
            tried(operation, mode, headers)
        except hypothesis.errors.Unsatisfiable:
            # Nothing is wrong for an operation without parameters.
            assert mode.is_negative
        except (AssertionError, BaseExceptionGroup) as error:
            failures.append(f"{operation.label} {mode}: {error!r} {error}")
    assert not failures, "\n\n".join(failures)


def tried(operation: Any, mode: Any, headers: dict[str, str]) -> None:
    """Raises what schemathesis finds wrong with the responses of an operation."""

    @hypothesis.given(case=operation.as_strategy(mode))
    @hypothesis.settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    def run(case: Any) -> None:
        # What a schema cannot say is refused too: blank questions, files of no known format.
        excluded = [checks.positive_data_acceptance]
        response = case.call(headers=headers)
        if case.media_type == "multipart/form-data" or response.status_code == 413:
            # A number in a form is the text of a file as well as any other; what is too
            # large is refused as such, whatever it says.
            excluded.append(checks.negative_data_rejection)
        case.validate_response(response, headers=headers, excluded_checks=excluded)

    run()
