"""Write every body of docs/openapi.yaml as TypeScript, each with the type that it must have: tsc then compares them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from scripts.server import ROOT

TARGET = ROOT / "client" / "e2e" / "bodies.ts"
HEAD = """// Made by scripts/client_bodies.py: the examples of docs/openapi.yaml, each with the type made for it.

import type { paths } from "../src/client.js";

"""
JSON = "application/json"


def examples(content: dict[str, Any]) -> list[Any]:
    return [example["value"] for example in content.get(JSON, {}).get("examples", {}).values()]


def bodies(api: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The type of each body, and the body."""
    for path, methods in api["paths"].items():
        for method, operation in methods.items():
            of = f'paths["{path}"]["{method}"]'
            for body in examples(operation.get("requestBody", {}).get("content", {})):
                yield f'NonNullable<{of}["requestBody"]>["content"]["{JSON}"]', body
            for status, answer in operation["responses"].items():
                if "$ref" in answer:
                    answer = api["components"]["responses"][answer["$ref"].rpartition("/")[2]]
                for body in examples(answer.get("content", {})):
                    yield f'{of}["responses"][{status}]["content"]["{JSON}"]', body


def main() -> None:
    api = yaml.safe_load((ROOT / "docs" / "openapi.yaml").read_text())
    lines = [
        f"export const body{number}: {type_} = {json.dumps(body, indent=2)};\n"
        for number, (type_, body) in enumerate(bodies(api))
    ]
    Path(TARGET).write_text(HEAD + "\n".join(lines))


if __name__ == "__main__":
    main()
