"""The OpenAPI description, brought in line with what the framework cannot know of our errors."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

_PROBLEM = "#/components/schemas/Problem"
_INVALID = "HTTPValidationError"


def install(app: FastAPI) -> None:
    """Describe errors under their own media type, and 422 only where it is ours."""
    framework = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = framework()
            for path, operations in schema["paths"].items():
                for operation in operations.values():
                    _mend(operation["responses"], "422" if path.startswith("/v1/") else "")
            for unused in (_INVALID, "ValidationError"):
                schema["components"]["schemas"].pop(unused, None)
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]


def _mend(responses: dict[str, Any], dropped: str) -> None:
    responses.pop(dropped, None)
    for status, response in responses.items():
        content = response.get("content", {})
        kind = content.get("application/json", {}).get("schema", {}).get("$ref", "")
        if kind.endswith(_INVALID) or kind == _PROBLEM:
            response["description"] = "问题详情" if status == "422" else response["description"]
            response["content"] = {"application/problem+json": {"schema": {"$ref": _PROBLEM}}}
