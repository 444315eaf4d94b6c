"""manage.py check_zoom: changes from outside are reported, and repaired on request."""

import datetime as dt
import io

import pytest
from django.core.management import CommandError, call_command
from pytest_django import DjangoCaptureOnCommitCallbacks

from bookings import services
from bookings.models import Booking
from bookings.tests.fake_zoom import Failure, FakeZoom
from conftest import NOW

UNKNOWN = "00000000-0000-4000-8000-000000000000"

pytestmark = pytest.mark.usefixtures("now")


@pytest.fixture
def meeting(pending: Booking, zoom: FakeZoom) -> Booking:
    """Confirmed, with its meeting at Zoom."""
    return services.confirm_booking(booking_id=pending.id, by=pending.teacher, now=NOW)


def check(*, repair: bool = False, despite_unknown: bool = False) -> str:
    out = io.StringIO()
    call_command("check_zoom", repair=repair, despite_unknown=despite_unknown, stdout=out)
    return out.getvalue()


def test_it_says_when_all_agree(meeting: Booking, zoom: FakeZoom) -> None:
    zoom.calls.clear()
    assert check() == "Zoom agrees.\n"
    assert [call.split()[0] for call in zoom.calls] == ["GET"]


def test_a_missing_meeting_is_reported_and_nothing_is_changed(meeting: Booking, zoom: FakeZoom) -> None:
    zoom.meetings.clear()
    with pytest.raises(CommandError, match=r"1 disagreement\(s\) left"):
        check()
    assert zoom.meetings == {}


def test_a_missing_meeting_is_made_again(
    meeting: Booking, zoom: FakeZoom, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    zoom.meetings.clear()
    with django_capture_on_commit_callbacks(execute=True), pytest.raises(CommandError):
        # In a test nothing is committed before the end, so that the second look still finds it missing.
        check(repair=True)
    meeting.refresh_from_db()
    assert list(zoom.meetings) == [int(meeting.zoom_meeting_id or 0)]
    assert check() == "Zoom agrees.\n"


def test_a_moved_meeting_is_moved_back(
    meeting: Booking, zoom: FakeZoom, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    [number] = zoom.meetings
    zoom.meetings[number]["start_time"] = "2025-01-15T22:00:00Z"
    with django_capture_on_commit_callbacks(execute=True), pytest.raises(CommandError):
        check(repair=True)
    assert zoom.meetings[number]["start_time"] == f"{meeting.start_time:%Y-%m-%dT%H:%M:%SZ}"


def test_a_meeting_that_no_booking_owns_is_deleted(meeting: Booking, zoom: FakeZoom) -> None:
    extra = zoom.meetings.add(agenda=f"{meeting.id}\nwhat a dying process left")
    zoom.meetings[extra]["created_at"] = "2025-01-10T11:00:00Z"
    with pytest.raises(CommandError):
        check()
    assert extra in zoom.meetings
    assert "1 repaired" in check(repair=True)
    assert extra not in zoom.meetings
    assert len(zoom.meetings) == 1


@pytest.mark.parametrize(
    "agenda",
    [
        "",
        "A lesson",
        "see {id}",
        "{id}x",
    ],
)
def test_meetings_without_our_marker_are_never_touched(meeting: Booking, zoom: FakeZoom, agenda: str) -> None:
    stranger = zoom.meetings.add(agenda=agenda.format(id=meeting.id))
    zoom.meetings[stranger]["created_at"] = "2025-01-10T11:00:00Z"
    assert check(repair=True) == "Zoom agrees.\n"
    assert stranger in zoom.meetings


def restored(meeting: Booking, zoom: FakeZoom) -> tuple[int, int]:
    """After an older backup was restored: a meeting of an unknown booking, and one that its booking does not know."""
    unknown = zoom.meetings.add(agenda=f"{UNKNOWN}\n")
    newer = zoom.meetings.add(agenda=f"{meeting.id}\n")
    for number in (unknown, newer):
        zoom.meetings[number]["created_at"] = "2025-01-10T11:00:00Z"
    return unknown, newer


def test_nothing_is_deleted_if_the_database_is_older_than_zoom(
    meeting: Booking, zoom: FakeZoom, capsys: pytest.CaptureFixture[str]
) -> None:
    unknown, newer = restored(meeting, zoom)
    with pytest.raises(CommandError, match=r"Nothing was repaired. 1 meeting\(s\) of bookings that are not in this"):
        call_command("check_zoom", repair=True)
    assert f"unknown: meeting {unknown} of booking {UNKNOWN}, 2025-01-15 10:00 UTC\n" in capsys.readouterr().out
    assert {unknown, newer} <= set(zoom.meetings)


def test_unknown_meetings_stay_even_if_the_others_are_repaired(meeting: Booking, zoom: FakeZoom) -> None:
    unknown, newer = restored(meeting, zoom)
    assert "1 repaired" in check(repair=True, despite_unknown=True)
    assert unknown in zoom.meetings
    assert newer not in zoom.meetings


def test_a_young_meeting_may_be_just_being_written_down(meeting: Booking, zoom: FakeZoom) -> None:
    young = zoom.meetings.add(agenda=f"{meeting.id}\n")
    zoom.meetings[young]["created_at"] = f"{NOW - dt.timedelta(minutes=1):%Y-%m-%dT%H:%M:%SZ}"
    assert check(repair=True) == "Zoom agrees.\n"
    assert young in zoom.meetings


def test_it_fails_with_a_sentence_when_zoom_cannot_be_asked(meeting: Booking, zoom: FakeZoom) -> None:
    zoom.fail("GET", Failure(status=503))
    with pytest.raises(CommandError, match="Zoom could not be asked"):
        check()


def test_meetings_on_other_days_are_not_checked(meeting: Booking, zoom: FakeZoom) -> None:
    zoom.meetings.clear()
    out = io.StringIO()
    call_command("check_zoom", "--from", "2025-02-01", "--days", "5", stdout=out)
    assert out.getvalue() == "Zoom agrees.\n"
