"""GET /api/bookings/bookings/<id>/calendar.ics"""

from accounts.models import User
from bookings.models import Booking
from bookings.tests.conftest import Api, refused
from calendars.tests.parts import read


def test_a_booking_comes_as_a_calendar_file(confirmed: Booking, api_for: Api) -> None:
    for person in (confirmed.student, confirmed.teacher):
        answer = api_for(person).get(f"/api/bookings/bookings/{confirmed.id}/calendar.ics")
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == "text/calendar"
        assert answer.headers["Content-Disposition"] == 'attachment; filename="session-2025-01-15.ics"'
        assert b"METHOD:PUBLISH" in answer.content
        event = read(answer.content).vevent
        assert event.uid.value == f"{confirmed.id}@bookings"
        assert event.location.value == confirmed.zoom_join_url
        assert "attendee" not in event.contents  # RFC 5546, 3.2.1


def test_the_calendar_file_needs_a_token(confirmed: Booking, api_for: Api) -> None:
    assert api_for(None).get(f"/api/bookings/bookings/{confirmed.id}/calendar.ics").status_code == 401


def test_a_strangers_calendar_file_is_not_found(confirmed: Booking, bob: User, carl: User, api_for: Api) -> None:
    for stranger in (bob, carl):
        answer = api_for(stranger).get(f"/api/bookings/bookings/{confirmed.id}/calendar.ics")
        assert refused(answer, 404, "Booking not found", "not_found")


def test_the_event_is_named_in_its_readers_language(confirmed: Booking, api_for: Api) -> None:
    confirmed.student.language = "es"
    confirmed.student.save()
    titles = [
        read(api_for(person).get(f"/api/bookings/bookings/{confirmed.id}/calendar.ics").content).vevent.summary.value
        for person in (confirmed.student, confirmed.teacher)
    ]
    assert titles == ["Sesión con Maria Garcia", "Session with Alice Adams"]
