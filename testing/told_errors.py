"""Hold the server to docs/openapi.yaml: no operation answers with an error that the document does not list for it."""

import functools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from django.http import HttpResponseBase

DOCUMENT = Path(__file__).parent.parent / "docs" / "openapi.yaml"
# What any address can answer, and what only a broken test can provoke.
EVERYWHERE = {"method_not_allowed", "https_required", "bad_request", "server_error"}
ID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


@functools.cache
def api() -> dict[str, Any]:
    """The document."""
    document: dict[str, Any] = yaml.safe_load(DOCUMENT.read_text())
    return document


def codes(answer: dict[str, Any]) -> set[str]:
    """The codes that an answer of the document lists."""
    if "$ref" in answer:
        answer = api()["components"]["responses"][answer["$ref"].rpartition("/")[2]]
    content = answer.get("content", {}).get("application/json", {})
    return set(content.get("examples", {}))


@functools.cache
def _operations() -> list[tuple[str, re.Pattern[str], dict[str, set[str]]]]:
    return list(_listed())


def _listed() -> Iterator[tuple[str, re.Pattern[str], dict[str, set[str]]]]:
    # Addresses without an id first: "my" is none.
    for path, methods in sorted(api()["paths"].items(), key=lambda entry: "{" in entry[0]):
        pattern = re.compile(path.replace("{id}", ID))
        for method, operation in methods.items():
            yield method.upper(), pattern, {status: codes(each) for status, each in operation["responses"].items()}


def assert_is_told(method: str, path: str, answer: HttpResponseBase) -> None:
    """Fail where an operation of the document answers with an error that it does not list."""
    if answer.status_code < 400 or answer.headers.get("Content-Type") != "application/json":
        return
    told = next((told for known, address, told in _operations() if known == method and address.fullmatch(path)), None)
    code = json.loads(getattr(answer, "content", b"{}")).get("code")
    if told is not None and code not in EVERYWHERE:
        listed = told.get(str(answer.status_code), set())
        assert code in listed, f"docs/openapi.yaml does not list {answer.status_code} `{code}` for {method} {path}"
