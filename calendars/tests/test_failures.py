"""calendars.failures: a teacher reads in their language why a calendar cannot be read; the row keeps English."""

import pytest
from django.utils import translation

from accounts.models import User
from accounts.tests.admin_client import AdminClient
from bookings.tests.conftest import Api
from calendars import failures
from calendars.models import OtherCalendar
from conftest import NOW

REFUSED = "The calendar's server does not let us in (403)."
RECHAZADO = "El servidor del calendario no nos deja entrar (403)."


@pytest.fixture
def failing(maria: User, now: object) -> OtherCalendar:
    return OtherCalendar.objects.create(
        teacher=maria,
        name="Choir",
        address="https://example.com/a.ics",
        created_at=NOW,
        due_at=NOW,
        failing_since=NOW,
        last_error=REFUSED,
    )


@pytest.mark.parametrize("sentence", failures.SENTENCES)
def test_every_stored_sentence_has_a_translation(sentence: str) -> None:
    stored = sentence % {"seconds": 20, "megabytes": 5, "most": 3, "status": 403}
    assert failures.in_words(stored) == stored
    with translation.override("es"):
        assert failures.in_words(stored) not in (stored, "")


def test_the_api_shows_it_in_the_callers_language(failing: OtherCalendar, api_for: Api) -> None:
    for language, sentence in (("es", RECHAZADO), ("en", REFUSED)):
        answer = api_for(failing.teacher).get("/api/accounts/me/calendars/", HTTP_ACCEPT_LANGUAGE=language)
        assert [each["error"] for each in answer.json()["results"]] == [sentence]


def test_the_workplace_shows_it_in_the_teachers_language(failing: OtherCalendar) -> None:
    failing.teacher.language = "es"
    failing.teacher.save()
    assert RECHAZADO in AdminClient(failing.teacher).page("hours/elsewhere/").content.decode()
    failing.refresh_from_db()
    assert failing.last_error == REFUSED
