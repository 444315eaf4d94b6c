"""Text from users is never markup: not in JSON, in the admin's pages, or in Zoom's fields."""

import re
from typing import Any

import pytest
from django.utils.html import escape

from accounts.models import User
from accounts.tests.admin_client import AdminClient
from bookings.factories import make_feedback
from bookings.models import Booking, Feedback, TimeOff
from bookings.tests.conftest import BOOKINGS, Api, nothing_changes, wish
from bookings.tests.fake_zoom import FakeZoom

ME, TIME_OFF, FEEDBACK = "/api/accounts/me/", "/api/bookings/time-off/", "/api/bookings/feedback/"
ABSENCE = {"start_time": "2025-01-16T09:00:00Z", "end_time": "2025-01-16T12:00:00Z"}

# One line each; a spreadsheet would take the first four for formulas.
LINES = {
    "command": "=cmd|' /C calc'!A0",
    "plus": "+1+1",
    "minus": "-1+1",
    "at": "@SUM(1,1)",
    "script": "<script>alert(1)</script>",
    "image": '"><img src=x onerror=alert(1)>',
    "attribute": "' onmouseover='alert(1)",
    "template": "{{ 7 * 7 }}{% debug %}",
    "right to left": "\u202egnp.exe",
}
BREAKS = {
    "line feed": "a\nb",
    "header": "a\r\nBcc: all@example.com",
    "tab": "a\tb",
    "NUL": "a\x00b",
    "escape": "a\x1b[2Jb",
    "C1": "a\x9bb",
}
# Whatever is stored, pages and answers are made of it in the same way.
pytestmark = pytest.mark.once

line = pytest.mark.parametrize("text", LINES.values(), ids=LINES.keys())
broken = pytest.mark.parametrize("text", BREAKS.values(), ids=BREAKS.keys())

MARKUP = re.compile(r"<script>alert|<img src=x|onmouseover='")


def is_harmless(page: Any, text: str) -> bool:
    """Whether the page shows the text, and as nothing but text."""
    content = page.content.decode()
    return page.status_code == 200 and escape(text) in content and not MARKUP.search(content)


# --- Stored and read --------------------------------------------------------------------------------------------------


@line
def test_names_are_text_in_json_and_in_the_admin(
    text: str, pending: Booking, alice: User, root: User, api_for: Api
) -> None:
    answer = api_for(alice).patch(ME, {"first_name": text})
    assert (answer.status_code, answer.json()["first_name"]) == (200, text)
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"

    for path in ("bookings/booking/", f"bookings/booking/{pending.id}/change/", "accounts/user/"):
        assert is_harmless(AdminClient(root).page(path), text)
    assert is_harmless(AdminClient(root).page(f"accounts/user/{alice.id}/change/"), text)


@line
def test_headlines_are_text(text: str, maria: User, root: User, alice: User, api_for: Api) -> None:
    assert api_for(maria).patch(ME, {"profile": {"headline": text, "bio": text}}).status_code == 200
    [shown] = api_for(alice).get("/api/accounts/teachers/").json()["results"]
    assert (shown["headline"], shown["bio"]) == (text, text)
    assert is_harmless(AdminClient(root).page("accounts/teacherprofile/"), text)
    assert is_harmless(AdminClient(maria).page(f"accounts/teacherprofile/{maria.id}/change/"), text)


@line
def test_notes_and_reasons_are_text(text: str, pending: Booking, alice: User, maria: User, api_for: Api) -> None:
    assert api_for(alice).patch(f"{BOOKINGS}{pending.id}/", {"notes": text}).json()["notes"] == text
    answer = api_for(alice).post(f"{BOOKINGS}{pending.id}/cancel/", {"reason": text})
    assert answer.json()["booking"]["cancellation_reason"] == text
    page = AdminClient(maria).page(f"bookings/booking/{pending.id}/change/")
    assert is_harmless(page, text)


@line
def test_comments_and_absences_are_text(text: str, completed: Booking, maria: User, api_for: Api) -> None:
    make_feedback(completed, comment=text)
    assert api_for(maria).get(FEEDBACK).json()["results"][0]["comment"] == text
    assert api_for(maria).post(TIME_OFF, ABSENCE | {"reason": text}).json()["reason"] == text
    feedback, absence = Feedback.objects.get(), TimeOff.objects.get()
    for path in ("feedback/", f"feedback/{feedback.pk}/change/", "timeoff/", f"timeoff/{absence.pk}/change/"):
        assert is_harmless(AdminClient(maria).page(f"bookings/{path}"), text)


@line
def test_messages_of_the_admin_escape_markup(
    text: str, pending: Booking, alice: User, maria: User, zoom: FakeZoom
) -> None:
    User.objects.filter(pk=alice.pk).update(first_name=text)
    form = {"action": "confirm", "_selected_action": str(pending.id), "back": "1"}
    page = AdminClient(maria).send("bookings/booking/", **form)
    assert "confirmed" in page.content.decode()
    assert is_harmless(page, text)
    form = {"action": "cancel", "_selected_action": str(pending.id)}
    assert is_harmless(AdminClient(maria).send("bookings/booking/", **form), text)


@line
def test_the_search_of_the_admin_repeats_text_only(text: str, root: User) -> None:
    page = AdminClient(root).get("/admin/bookings/booking/", {"q": text})
    assert is_harmless(page, text)


# --- Told to Zoom -----------------------------------------------------------------------------------------------------


@line
def test_the_marker_is_the_first_line_whatever_the_names_and_notes(
    text: str, alice: User, maria: User, api_for: Api, zoom: FakeZoom
) -> None:
    api_for(alice).patch(ME, {"first_name": text})
    notes = f"{text}\n00000000-0000-0000-0000-000000000001\n{text}"
    booking = api_for(alice).post(BOOKINGS, wish(maria, notes=notes)).json()
    assert api_for(maria).post(f"{BOOKINGS}{booking['id']}/confirm/").status_code == 200
    [meeting] = zoom.meetings.values()
    people = f"{text} Adams with Maria Garcia"
    assert meeting["topic"] == people
    assert meeting["agenda"].split("\n", 2) == [booking["id"], people, f"\n{notes}"]


# --- Lines hold no control characters ---------------------------------------------------------------------------------


@broken
def test_single_line_fields_refuse_line_breaks_in_the_api(
    text: str, pending: Booking, maria: User, api_for: Api
) -> None:
    client = api_for(maria)
    with nothing_changes():
        answers = [
            client.patch(ME, {"first_name": text}),
            client.patch(ME, {"last_name": text}),
            client.patch(ME, {"profile": {"headline": text}}),
            client.post(TIME_OFF, ABSENCE | {"reason": text}),
            client.post(f"{BOOKINGS}{pending.id}/cancel/", {"reason": text}),
        ]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(400, "invalid")] * 5
    maria.refresh_from_db()
    assert maria.name == "Maria Garcia"


@broken
def test_single_line_fields_refuse_line_breaks_in_the_admin(
    text: str, pending: Booking, maria: User, root: User
) -> None:
    absence = {"start_time": "2025-01-16T09:00", "end_time": "2025-01-16T12:00", "reason": text}
    person = {"email": "x@example.com", "first_name": text, "last_name": text, "timezone": "UTC", "role": "student"}
    answered = {"action": "cancel", "_selected_action": str(pending.id), "answered": "1", "reason": text}
    with nothing_changes():
        pages = [
            AdminClient(maria).send("bookings/timeoff/add/", **absence),
            AdminClient(root).send(f"accounts/user/{pending.student_id}/change/", **person),
            AdminClient(maria).send("bookings/booking/", **answered),
        ]
    # Each form is shown again, with what is wrong.
    assert all("errorlist" in page.content.decode() for page in pages)
    assert User.objects.get(pk=pending.student_id).name == "Alice Adams"


@broken
def test_no_header_contains_a_line_break(text: str, alice: User, maria: User, api_for: Api) -> None:
    answer = api_for(alice).post(BOOKINGS, wish(maria, notes="x"), HTTP_IDEMPOTENCY_KEY=text, HTTP_X_REQUEST_ID=text)
    assert answer.status_code == 400
    assert not any(set(value) & set("\r\n\x00\x1b\x9b") for value in answer.headers.values())
    assert not any("Bcc" in name for name in answer.headers)
    assert not Booking.objects.exists()
