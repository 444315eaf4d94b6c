"""Every code of the sources is in the document, and every code of the document is in the sources."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rest_framework import exceptions

from api_schema.error_codes import ErrorCode
from testing import told_errors

ROOT = Path(__file__).parent.parent.parent
APPS = ("accounts", "api_schema", "bookings", "notifications", "privacy", "rag_app")
# Bodies of rag_app.http.errors: `body(sentence, code)`.
BODY = 1
# Django's own word for what is wrong with a form's field, which becomes `invalid`, and the names of constraints.
OF_FIELDS = {"ValidationError"}


def sources() -> Iterator[Path]:
    for app in APPS:
        for path in (ROOT / app).rglob("*.py"):
            if not {"tests", "migrations", "admin"} & set(path.parts):
                yield path


def literal(node: ast.AST | None) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
        yield node.value


def name_of(call: ast.Call) -> str:
    return str(getattr(call.func, "id", getattr(call.func, "attr", "")))


def of_calls(tree: ast.AST) -> Iterator[str]:
    """`Refused(…, code="…")` and `body(sentence, "…")`."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and name_of(node) not in OF_FIELDS]
    for call in calls:
        values = [keyword.value for keyword in call.keywords if keyword.arg == "code"]
        for value in [*values, *(call.args[BODY : BODY + 1] if name_of(call) == "body" else [])]:
            yield from literal(value)


def of_classes(tree: ast.AST) -> Iterator[str]:
    """`code = "…"` in a class of refusals."""
    for node in ast.walk(tree):
        for each in node.body if isinstance(node, ast.ClassDef) else []:
            if isinstance(each, ast.Assign) and getattr(each.targets[0], "id", "") in ("code", "default_code"):
                yield from literal(each.value)


def codes_of_the_sources() -> set[str]:
    trees = [ast.parse(path.read_text()) for path in sources()]
    return {code for tree in trees for code in (*of_calls(tree), *of_classes(tree))}


# What this API lets DRF say itself.
OF_DRF = {
    error.default_code
    for error in (
        exceptions.MethodNotAllowed,
        exceptions.NotAuthenticated,
        exceptions.NotFound,
        exceptions.ParseError,
        exceptions.PermissionDenied,
        exceptions.Throttled,
        exceptions.UnsupportedMediaType,
        exceptions.ValidationError,
    )
}


def test_the_document_has_the_codes_of_the_sources_and_no_other() -> None:
    assert codes_of_the_sources() | OF_DRF == {code.value for code in ErrorCode}


def test_the_document_has_them_as_an_enum_with_meanings() -> None:
    schema = told_errors.api()["components"]["schemas"]["ErrorCode"]
    assert schema["enum"] == [code.value for code in ErrorCode]
    for code in ErrorCode:
        assert f"`{code.value}`: {code.label}" in schema["description"]
    of_errors = told_errors.api()["components"]["schemas"]["Error"]["properties"]["code"]
    assert "#/components/schemas/ErrorCode" in str(of_errors)


def refusals() -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in told_errors.api()["paths"].items():
        for method, operation in methods.items():
            for status, answer in operation["responses"].items():
                if status >= "400":
                    yield f"{method.upper()} {path} {status}", answer


@pytest.mark.parametrize(("operation", "answer"), list(refusals()))
def test_every_status_of_every_operation_lists_its_codes(operation: str, answer: dict[str, Any]) -> None:
    listed = told_errors.codes(answer)
    assert listed, operation
    assert listed <= {code.value for code in ErrorCode}


def test_every_code_is_documented_at_an_operation_or_for_all() -> None:
    listed = {code for _, answer in refusals() for code in told_errors.codes(answer)}
    assert listed | told_errors.EVERYWHERE == {code.value for code in ErrorCode}


# Codes that no caller can bring about alone: client/e2e has all others.
NOT_PROVOKED = {
    "already_erased": "two erasures of one account have to meet",
    "busy": "the database has to be contended for seconds",
    "host_busy": "Zoom has to say that another meeting runs",
    "own_teacher": "somebody's role has to change during their request",
    "refused": "two moves have to meet between two statements",
    "server_error": "it is what nobody foresaw",
    "sole_superuser": "the caller has to be the site's only superuser",
    "unavailable": "the database has to be away",
}


def test_every_code_that_a_caller_can_provoke_is_met_by_the_typescript_client() -> None:
    told = "".join(path.read_text() for path in (ROOT / "client" / "e2e").glob("*.test.ts"))
    assert {code.value for code in ErrorCode if f'"{code.value}"' not in told} == set(NOT_PROVOKED)
