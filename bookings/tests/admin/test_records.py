"""/admin/bookings/: what is read, and by whom."""

import datetime as dt
import re
import uuid
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.factories import make_student, make_teacher
from accounts.models import User
from accounts.tests.admin_client import AdminClient, told
from bookings import services
from bookings.factories import make_booking, make_feedback, make_hours
from bookings.models import Booking, MeetingSync, TimeOff
from bookings.states import Status
from bookings.tests.conftest import at, nothing_changes
from conftest import NOW


@pytest.fixture
def others(bob: User, carl: User) -> Booking:
    """A session of another teacher."""
    return make_booking(bob, carl, start=at("10:00"), notes="A secret between two", status=Status.CONFIRMED)


def shown(user: User, path: str = "bookings/booking/") -> list[Any]:
    return list(AdminClient(user).page(path).context["cl"].result_list)


def test_a_teacher_sees_their_bookings_a_superuser_all(
    maria: User, root: User, pending: Booking, others: Booking
) -> None:
    assert shown(maria) == [pending]
    assert set(shown(root)) == {pending, others}


def test_a_teacher_who_once_was_a_student_sees_those_bookings_too(bob: User, others: Booking) -> None:
    User.objects.filter(pk=bob.pk).update(role="teacher")
    assert shown(bob) == [others]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["today", "pending", "past"]),
        ("q=adams", ["today", "pending", "past"]),
        ("q=brown", []),
        ("status__exact=PENDING", ["pending"]),
        ("when=upcoming", ["today", "pending"]),
        ("when=past", ["past"]),
        ("when=today", ["today"]),
        ("when=junk", ["today", "pending", "past"]),
        ("start_time__year=2025&start_time__month=1&start_time__day=8", ["past"]),
    ],
)
def test_bookings_are_filtered(
    query: str, found: list[str], now: object, alice: User, pending: Booking, completed: Booking
) -> None:
    User.objects.filter(pk=pending.teacher_id).update(timezone="Pacific/Auckland")
    # Already the 11th in Auckland, as is the stopped clock.
    today = make_booking(alice, pending.teacher, start=at("13:00", day=10), status=Status.CONFIRMED)
    names = {pending: "pending", completed: "past", today: "today"}
    rows = shown(pending.teacher, f"bookings/booking/?{query}")
    assert {names[booking] for booking in rows} == set(found)
    assert rows == sorted(rows, key=lambda booking: booking.start_time, reverse=True)


def test_the_page_shows_the_readers_clock(alice: User) -> None:
    teacher = make_teacher(timezone="Asia/Tokyo")
    booking = make_booking(alice, teacher, start=at("10:00"))
    page = AdminClient(teacher).page(f"bookings/booking/{booking.id}/change/").content.decode()
    assert "Wed 15 Jan 2025, 19:00" in page
    assert "Times in Tokyo (UTC+9)" in page


def test_the_page_shows_the_history_and_the_meeting_but_no_passcode(
    maria: User, root: User, confirmed: Booking
) -> None:
    assert confirmed.zoom_password
    for user in (maria, root):
        page = AdminClient(user).page(f"bookings/booking/{confirmed.id}/change/").content.decode()
        link = f'<a href="{confirmed.zoom_join_url}" target="_blank" rel="noreferrer">Join</a>'
        assert link in page
        assert "Irregular verbs" in page
        history = page.partition("History")[2] or page.partition("history")[2]
        assert "Alice Adams" in history
        assert "Maria Garcia" in history
        assert confirmed.zoom_password not in page.replace(link, "")
        assert confirmed.zoom_password not in AdminClient(user).page("bookings/booking/").content.decode()


def test_the_passcode_cannot_be_guessed_through_the_list(maria: User, confirmed: Booking) -> None:
    first = confirmed.zoom_password[0]
    answer = AdminClient(maria).get(f"/admin/bookings/booking/?zoom_password__startswith={first}")
    assert answer.status_code == 400


def test_the_link_is_gone_with_its_meeting(maria: User, confirmed: Booking) -> None:
    services.cancel_booking(booking_id=confirmed.id, by=maria, reason="", now=confirmed.created_at)
    page = AdminClient(maria).page(f"bookings/booking/{confirmed.id}/change/").content.decode()
    assert f'href="{confirmed.zoom_join_url}"' not in page


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        (
            {"due_at": at("09:30"), "last_error": "Zoom did not answer."},
            "Zoom is asked again at Wed 15 Jan 2025, 10:30. Zoom did not answer.",
        ),
        ({"last_error": "Zoom did not answer."}, "Zoom is asked in a moment. Zoom did not answer."),
        ({"leased_until": NOW + dt.timedelta(seconds=60)}, "Zoom is being asked now."),
        ({"leased_until": NOW}, "Zoom is asked in a moment."),
        (
            {"stopped_at": NOW, "refusals": 3, "last_error": "Validation Failed."},
            "Zoom refused: Validation Failed. Zoom is not asked again until an administrator retries it.",
        ),
        (
            {"stopped_at": NOW, "last_error": "Zoom loses the meeting again and again."},
            "Zoom loses the meeting again and again. Zoom is not asked again until an administrator retries it.",
        ),
        ({"done_at": NOW, "last_error": "Zoom did not answer."}, "Nothing"),
    ],
)
def test_a_booking_shows_what_is_not_yet_delivered_to_zoom(
    fields: dict[str, Any], sentence: str, now: dt.datetime, maria: User, pending: Booking
) -> None:
    User.objects.filter(pk=maria.pk).update(timezone="Europe/Madrid")
    MeetingSync.objects.create(**{"booking": pending, "created_at": NOW, "due_at": NOW} | fields)
    page = AdminClient(maria).page(f"bookings/booking/{pending.id}/change/").content.decode()
    shown = re.search(r'field-to_do".*?"readonly">(.*?)</div>', page, re.DOTALL)
    assert shown
    assert shown[1].strip() == sentence


def test_a_booking_has_one_name_in_the_readers_zone(root: User, pending: Booking) -> None:
    User.objects.filter(pk=root.pk).update(timezone="Asia/Tokyo")
    event = MeetingSync.objects.create(booking=pending, created_at=at("09:00"), due_at=at("09:00"))
    name = "Wed 15 Jan 2025, 19:00, Alice Adams with Maria Garcia"
    for path, times in ((f"booking/{pending.id}/change/", 2), (f"meetingsync/{event.id}/change/", 3)):
        page = AdminClient(root).page(f"bookings/{path}").content.decode()
        assert page.count(name) >= times
        assert "UTC" not in page.replace("Times in Tokyo (UTC+9)", "")
    assert name in AdminClient(root).page("bookings/meetingsync/").content.decode()
    assert str(pending) == "Wed 15 Jan 2025, 10:00, Alice Adams with Maria Garcia"


def test_text_from_users_is_escaped(maria: User) -> None:
    evil = "<script>alert(1)</script>"
    booking = make_booking(make_student(first_name=evil), maria, start=at("10:00"), notes=evil)
    for path in ("bookings/booking/", f"bookings/booking/{booking.id}/change/"):
        assert evil not in AdminClient(maria).page(path).content.decode()


@pytest.mark.parametrize("page", ["change/", "history/", "delete/"])
def test_a_teacher_cannot_open_another_teachers_booking(page: str, maria: User, others: Booking) -> None:
    path = f"/admin/bookings/booking/{others.id}/{page}"
    client = AdminClient(maria)
    with nothing_changes():
        for answer in (client.get(path), client.post(path, {"status": "CANCELLED", "post": "yes"})):
            assert answer.status_code in (302, 403)
            assert "A secret between two" not in answer.content.decode()
    assert (
        "A secret between two" not in AdminClient(maria).page(f"bookings/booking/{others.id}/change/").content.decode()
    )


@pytest.mark.parametrize("who", ["maria", "root"])
def test_bookings_cannot_be_added_edited_or_deleted(who: str, pending: Booking, request: Any) -> None:
    client = AdminClient(request.getfixturevalue(who))
    fields = {"status": "CONFIRMED", "student": str(pending.teacher_id), "notes": "Mine", "post": "yes"}
    with nothing_changes():
        for page in ("add/", f"{pending.id}/change/", f"{pending.id}/delete/"):
            assert client.post(f"/admin/bookings/booking/{page}", fields).status_code == 403
        client.send("bookings/booking/", action="delete_selected", _selected_action=str(pending.id), post="yes")


@pytest.mark.parametrize("who", ["maria", "root"])
def test_feedback_is_read_only(who: str, completed: Booking, request: Any) -> None:
    feedback = make_feedback(completed, rating=4, comment="Clear and kind")
    user = request.getfixturevalue(who)
    client = AdminClient(user)
    assert shown(user, "bookings/feedback/") == [feedback]
    assert "Clear and kind" in client.page(f"bookings/feedback/{feedback.id}/change/").content.decode()
    with nothing_changes():
        for page in ("add/", f"{feedback.id}/change/", f"{feedback.id}/delete/"):
            fields = {"rating": "5", "booking": str(completed.id), "comment": "Best", "post": "yes"}
            assert client.post(f"/admin/bookings/feedback/{page}", fields).status_code == 403


def test_a_teacher_reads_no_feedback_on_others(maria: User, bob: User, carl: User) -> None:
    booking = make_booking(bob, carl, start=at("10:00", day=8), status=Status.COMPLETED)
    feedback = make_feedback(booking, comment="A secret between two")
    assert shown(maria, "bookings/feedback/") == []
    page = AdminClient(maria).page(f"bookings/feedback/{feedback.id}/change/")
    assert page.redirect_chain == [("/admin/", 302)]
    assert "exist" in told(page)[0]
    assert "A secret between two" not in page.content.decode()


def test_the_outbox_is_read_by_superusers_only(maria: User, root: User, pending: Booking) -> None:
    event = MeetingSync.objects.create(
        booking=pending, created_at=at("09:00"), due_at=at("09:00"), attempts=3, last_error="Zoom did not answer."
    )
    page = AdminClient(root).page("bookings/meetingsync/")
    assert list(page.context["cl"].result_list) == [event]
    assert "Zoom did not answer." in page.content.decode()
    with nothing_changes():
        assert AdminClient(root).post(f"/admin/bookings/meetingsync/{event.id}/delete/").status_code == 403
        for path in ("", f"{event.id}/change/"):
            assert AdminClient(maria).get(f"/admin/bookings/meetingsync/{path}").status_code == 403


MODELS = ["availability", "timeoff", "booking", "feedback", "meetingsync"]


@pytest.mark.parametrize("model", MODELS)
def test_a_list_costs_the_same_however_long(model: str, root: User) -> None:
    client, costs = AdminClient(root), []
    for _ in range(2):
        for _ in range(2):
            student, teacher = make_student(), make_teacher()
            make_hours(teacher)
            TimeOff.objects.create(teacher=teacher, start_time=at("09:00"), end_time=at("10:00"))
            booking = make_booking(student, teacher, start=at("10:00", day=8), status=Status.COMPLETED)
            make_feedback(booking)
            MeetingSync.objects.create(booking=booking, created_at=at("09:00"), due_at=at("09:00"))
        with CaptureQueriesContext(connection) as queries:
            client.page(f"bookings/{model}/")
        costs.append(len(queries))
    assert costs[0] == costs[1]


@pytest.mark.parametrize("word", ["junk", "%00", "..%2f", "9" * 30, "-1", "_5F", "é", str(uuid.uuid4())])
@pytest.mark.parametrize("page", ["change/", "history/", "delete/"])
@pytest.mark.parametrize("model", MODELS)
def test_a_malformed_id_does_not_fail(model: str, page: str, word: str, root: User) -> None:
    assert AdminClient(root).get(f"/admin/bookings/{model}/{word}/{page}").status_code in (302, 403, 404)


@pytest.mark.parametrize(
    "query",
    [
        "start_time__year=junk",
        "start_time__year=9999",
        "start_time__year=1",
        "start_time__year=99999999999999999999",
        "start_time__year=9999&start_time__month=12&start_time__day=31",
        "start_time__year=2025&start_time__month=13",
        "start_time__year=2025&start_time__day=31",
        "start_time__month=junk",
        "start_time__day=99999999999999999999999",
        "start_time__gte=junk",
        "start_time__gte=0001-01-01 00:00%2B14:00",
        "start_time__isnull=junk",
        "status__exact=%00",
        "status__exact=junk",
        "status__in=a,b",
        "when=%00",
        "student__exact=junk",
        "student__email=a",
        "id__exact=junk",
        "id__in=junk",
        "q=%00",
        "q=%22",
        "p=junk",
        "p=-1",
        "p=99999999999999999999",
        "all=",
        "o=junk.9.-9.99999999999999999999",
        "e=1",
        "_popup=1&_to_field=junk",
        "_facets=True&status__exact=PENDING",
    ],
)
def test_a_list_with_a_bad_parameter_does_not_fail(query: str, root: User, pending: Booking) -> None:
    User.objects.filter(pk=root.pk).update(timezone="Pacific/Kiritimati")
    page = AdminClient(root).get(f"/admin/bookings/booking/?{query}", follow=True)
    assert page.status_code in (200, 400)


def test_a_malformed_id_in_the_redirect_does_not_fail(root: User) -> None:
    kind = ContentType.objects.get_for_model(Booking).pk
    for path in (f"{kind}/junk/", f"{kind}/{uuid.uuid4()}/", "junk/junk/"):
        assert AdminClient(root).get(f"/admin/r/{path}").status_code == 404
