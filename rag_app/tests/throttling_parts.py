"""What the tests of limits share: low limits, and how a refusal looks."""

from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django import Settings

from rag_app.http import counters
from rag_app.http.throttling import PER_ACCOUNT, PER_ADDRESS


@pytest.fixture
def few(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Limits are on, and low: a test of each number would only repeat the table."""
    settings.THROTTLE_ENABLED = True
    for scope, most in {"read": 5, "explain": 2, "write": 3, "confirm": 2, "export": 1}.items():
        monkeypatch.setitem(PER_ACCOUNT, scope, most)
    for scope, most in {"any": 9, "webhook": 3, "bad token": 2, "sign-in": 2}.items():
        monkeypatch.setitem(PER_ADDRESS, scope, most)
    counters.counters.cache_clear()
    yield
    counters.counters.cache_clear()


def is_throttled(answer: Any, seconds: int = 60) -> bool:
    """Whether the answer is a refusal in our shape that says when to come back."""
    sentence = f"Request was throttled. Expected available in {seconds} second{'s' if seconds > 1 else ''}."
    told = (answer.status_code, answer.json(), answer.headers["Retry-After"])
    return told == (429, {"error": sentence, "code": "throttled"}, str(seconds))
