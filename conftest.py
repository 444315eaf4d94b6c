"""Fixtures for the tests of all apps."""

import contextlib
import datetime as dt
import gc
from collections.abc import Callable, Iterator
from typing import Any

import hypothesis
import pytest
import time_machine
from django.db import connection
from django.test import TestCase
from rest_framework.test import APIClient

from accounts.authentication.dev_tokens import mint
from accounts.factories import make_student, make_teacher
from accounts.models import User
from bookings.factories import make_booking, make_hours
from bookings.models import Booking
from bookings.states import Status
from testing.told_errors import assert_is_told
from testing.web_server import keeping_as_it_is

pytest_plugins = [
    "pytester",
    "testing.browser",
    "testing.once",
    "testing.one_stack",
    "testing.only_postgresql",
    "testing.skips",
]

# A deadline would make a busy machine a failing one.
hypothesis.settings.register_profile("here", deadline=None)
hypothesis.settings.load_profile("here")

# A Friday; the spec's own example date, 2025-01-15, is the Wednesday after.
NOW = dt.datetime(2025, 1, 10, 12, 0, tzinfo=dt.UTC)
WEDNESDAY_AT_TEN = dt.datetime(2025, 1, 15, 10, 0, tzinfo=dt.UTC)


@pytest.hookimpl
def pytest_collection_finish() -> None:
    """Spare the garbage collector the thousands of tests, which stay to the end: that saves a twentieth of the time."""
    gc.freeze()


@pytest.fixture(scope="session")
def database_of_settings() -> str:
    """The name of the database that is used without tests."""
    return str(connection.settings_dict["NAME"])


@pytest.fixture(scope="session")
def django_db_setup(
    database_of_settings: str, django_db_setup: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """The database of the tests, and a copy of it for those of other processes: migrating takes seconds."""
    with contextlib.ExitStack() as stack:
        # It stays the same where no chosen test needs the database.
        if connection.settings_dict["NAME"] != database_of_settings:
            stack.enter_context(keeping_as_it_is(tmp_path_factory.mktemp("migrated")))
        yield


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


# --- The people: alice and bob learn, maria and carl teach, root is staff ---------------------------------------------


@pytest.fixture
def alice(db: None) -> User:
    return make_student(first_name="Alice", last_name="Adams")


@pytest.fixture
def bob(db: None) -> User:
    return make_student(first_name="Bob", last_name="Brown")


@pytest.fixture
def maria(db: None) -> User:
    """Works on Wednesdays from nine to five, UTC."""
    teacher = make_teacher(first_name="Maria", last_name="Garcia")
    make_hours(teacher)
    return teacher


@pytest.fixture
def carl(db: None) -> User:
    """Works when Maria does."""
    teacher = make_teacher(first_name="Carl", last_name="Clark")
    make_hours(teacher)
    return teacher


@pytest.fixture
def root(db: None) -> User:
    """A superuser, who sees everything."""
    return User.objects.create_superuser("root@example.com", "a long pass phrase", first_name="Root")


@pytest.fixture
def pending(alice: User, maria: User) -> Booking:
    """Alice's request for Wednesday at ten."""
    return make_booking(alice, maria, start=WEDNESDAY_AT_TEN, notes="Irregular verbs")


@pytest.fixture
def confirmed(pending: Booking, api_for: Callable[[User | None], Client]) -> Booking:
    """The same, confirmed by Maria: its meeting is in the sandbox."""
    assert api_for(pending.teacher).post(f"/api/bookings/bookings/{pending.id}/confirm/").status_code == 200
    pending.refresh_from_db()
    return pending


@pytest.fixture
def completed(alice: User, maria: User) -> Booking:
    """A session of the Wednesday before."""
    return make_booking(alice, maria, start=WEDNESDAY_AT_TEN - dt.timedelta(days=7), status=Status.COMPLETED)
