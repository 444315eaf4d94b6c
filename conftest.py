"""Fixtures for the tests of all apps."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import hypothesis
import pytest
import time_machine
from django.test import TestCase
from rest_framework.test import APIClient

from accounts.authentication.dev_tokens import mint
from accounts.models import User
from testing.told_errors import assert_is_told

pytest_plugins = ["pytester", "testing.browser", "testing.once", "testing.only_postgresql", "testing.skips"]

# A deadline would make a busy machine a failing one.
hypothesis.settings.register_profile("here", deadline=None)
hypothesis.settings.load_profile("here")

# A Friday; the spec's own example date, 2025-01-15, is the Wednesday after.
NOW = dt.datetime(2025, 1, 10, 12, 0, tzinfo=dt.UTC)


class Client(APIClient):
    """Speaks JSON, and runs what a request leaves for after its commit, as a server would.

    Every error that it meets must be one that docs/openapi.yaml tells of.
    """

    def request(self, **kwargs: Any) -> Any:
        with TestCase.captureOnCommitCallbacks(execute=True):
            answer = super().request(**kwargs)
        assert_is_told(kwargs["REQUEST_METHOD"], kwargs["PATH_INFO"], answer)
        return answer


@pytest.fixture
def now() -> Iterator[dt.datetime]:
    """The clock, stopped at noon of 10 January 2025 UTC."""
    with time_machine.travel(NOW, tick=False):
        yield NOW


@pytest.fixture
def api_for(now: dt.datetime) -> Callable[[User | None], Client]:
    """A client of the API, signed in as the given person by a token (None: no token)."""

    def client(user: User | None) -> Client:
        signed_in = Client(raise_request_exception=False)
        signed_in.default_format = "json"
        if user is not None:
            signed_in.credentials(HTTP_AUTHORIZATION=f"Bearer {mint(user_id=user.id, email=user.email)}")
        return signed_in

    return client
