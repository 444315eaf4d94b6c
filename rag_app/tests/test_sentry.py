"""Sentry gets each unexpected error once, with the request id; no expected ones, and no secrets."""

import datetime as dt
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import pytest
import requests
from pytest_django import DjangoDbBlocker

from accounts.authentication.dev_tokens import mint
from accounts.factories import make_student, make_teacher
from bookings.errors import Busy, Refused
from bookings.factories import make_booking
from bookings.models import Booking
from rag_app.operations import sentry
from testing.processes import until
from testing.sentry_server import SentryServer, sentry_server
from testing.site import Site, site
from testing.web_server import web_server
from testing.zoom_server import Fault, Reply

pytestmark = pytest.mark.production

START = dt.datetime(2126, 1, 7, 10, tzinfo=dt.UTC)
# What testing/faulty_wsgi.py raises. To import it would put the fault into this process.
FAULT = "The meeting was made, and then this."
NOTES = "Words that are for the teacher alone."
# A body that the server takes, and that must not be repeated.
IN_THE_BODY = START.isoformat()


class Faulty(NamedTuple):
    """A site with a fault, and where it reports to."""

    sentry: SentryServer
    here: Site
    address: str

    def confirm(self, booking: Booking, **headers: str) -> requests.Response:
        return self.post(f"bookings/bookings/{booking.id}/confirm/", booking.teacher_id, **headers)

    def post(self, path: str, user_id: Any, **headers: str) -> requests.Response:
        headers |= {"Authorization": f"Bearer {mint(user_id=user_id)}", "Cookie": "sessionid=in-the-cookie"}
        return requests.post(
            f"{self.address}/api/{path}", json={"expected_start_time": IN_THE_BODY}, headers=headers, timeout=30
        )


@pytest.fixture
def faulty(tmp_path: Path, django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Faulty]:
    with django_db_blocker.unblock(), sentry_server() as sentry, site(tmp_path) as here:
        settings = {"SENTRY_DSN": sentry.dsn, "SENTRY_ENVIRONMENT": "staging", "SENTRY_RELEASE": "1.2.3"}
        with patch.dict(os.environ, here.environment | settings):
            served = web_server(here.database_url, tmp_path, application="testing.faulty_wsgi", workers=1)
        with patch.dict(os.environ, here.environment | settings), served as server:
            yield Faulty(sentry, here, f"http://127.0.0.1:{server.port}")


def pending() -> Booking:
    return make_booking(make_student(), make_teacher(), start=START, notes=NOTES)


def test_an_unexpected_error_is_reported_once_and_no_planned_one(faulty: Faulty) -> None:
    booking = pending()
    # Planned: nobody, the wrong person, no such thing, a bad body, and a Zoom that does not work.
    assert requests.get(f"{faulty.address}/api/bookings/bookings/", timeout=30).status_code == 401
    assert faulty.post(f"bookings/bookings/{booking.id}/confirm/", booking.student_id).status_code == 403
    assert requests.get(f"{faulty.address}/nothing", timeout=30).status_code == 404
    assert faulty.post("bookings/bookings/", booking.student_id).status_code == 400
    faulty.here.zoom.fail(Fault(Reply(500, {"message": "No."})), "create")
    assert faulty.confirm(booking).status_code == 500
    faulty.here.zoom.recover()

    other = pending()
    failed = faulty.confirm(other, **{"X-Request-ID": "abc-1"})
    assert (failed.status_code, failed.json()["code"]) == (500, "server_error")
    until(lambda: faulty.sentry.events)

    [event] = faulty.sentry.events
    assert event["tags"]["request_id"] == "abc-1"
    assert (event["environment"], event["release"]) == ("staging", "1.2.3")
    assert event["request"] == {"method": "POST", "url": f"{faulty.address}/api/bookings/bookings/{other.id}/confirm/"}
    # The one exception, with where it was, and of its message the first line.
    *_, exception = event["exception"]["values"]
    assert (exception["type"], exception["value"]) == ("RuntimeError", FAULT)
    assert any(frame["function"] == "_create_and_fail" for frame in exception["stacktrace"]["frames"])
    assert not event.get("breadcrumbs", {}).get("values")
    assert secrets_in("".join(faulty.sentry.sent), faulty) == []


def secrets_in(text: str, faulty: Faulty) -> list[str]:
    assert FAULT in text
    [meeting] = faulty.here.zoom.meetings.values()
    secrets = [IN_THE_BODY, "in-the-cookie", "Bearer ", "eyJ", "host-secret", "start_url", NOTES]
    secrets += [meeting["join_url"], meeting["start_url"], "@example", json.dumps(meeting["password"])[1:-1]]
    secrets += [call.token for call in faulty.here.zoom.calls if call.token]
    secrets += [value for name, value in faulty.here.environment.items() if name.endswith(("SECRET", "SECRET_KEY"))]
    return [secret for secret in secrets if secret in text]


def test_of_a_message_only_the_first_line_is_sent() -> None:
    exception: dict[str, Any] = {"type": "IntegrityError", "value": "duplicate key\nDETAIL:  Key (email)=(a@b) exists."}
    found = sentry.reported({"exception": {"values": [exception]}, "extra": {"args": "secret"}}, {})
    assert found == {
        "exception": {"values": [{"type": "IntegrityError", "value": "duplicate key"}]},
        "tags": {"request_id": "none"},
    }


@pytest.mark.parametrize(("error", "is_sent"), [(Busy(), False), (Refused("No."), False), (RuntimeError("No."), True)])
def test_a_refusal_that_ends_a_task_is_planned(error: Exception, is_sent: bool) -> None:
    assert bool(sentry.reported({}, {"exc_info": (type(error), error, None)})) == is_sent
