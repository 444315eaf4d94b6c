"""The product's document, section by section, and its examples."""

import json
import re
from pathlib import Path
from typing import Any

from django.conf import settings

DOCUMENT = (Path(settings.BASE_DIR) / "docs" / "zoom_booking_api.md").read_text()


def section(title: str) -> str:
    """Return the text under a heading of the document, up to the next of its level."""
    found = re.search(rf"^(#+) {re.escape(title)}\n(.*?)(?=^#{{2,4}} |\Z)", DOCUMENT, re.MULTILINE | re.DOTALL)
    assert found is not None, f"The document has no section {title!r}"
    return found[2]


def examples(title: str) -> list[Any]:
    """The JSON examples of a section, in order, without their comments."""
    blocks = re.findall(r"```json\n(.*?)```", section(title), re.DOTALL)
    return [json.loads(re.sub(r"(?<!:)//.*", "", block)) for block in blocks]


def filled(example: Any, names: dict[str, str]) -> Any:
    """Return the example with its placeholders replaced by ids."""
    text = json.dumps(example)
    for placeholder, value in names.items():
        text = text.replace(placeholder, value)
    return json.loads(text)


def assert_holds(answer: Any, example: Any) -> None:
    """Every key of the example is in the answer with the same value; lists match item by item."""
    if isinstance(example, dict):
        assert example.keys() <= answer.keys()
        for key, value in example.items():
            assert_holds(answer[key], value)
    elif isinstance(example, list):
        assert len(answer) == len(example)
        for one, expected in zip(answer, example, strict=True):
            assert_holds(one, expected)
    else:
        assert answer == example
