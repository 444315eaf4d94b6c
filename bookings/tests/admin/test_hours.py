"""/admin/bookings/availability/ and /admin/bookings/timeoff/"""

import datetime as dt
import re
from typing import Any

import pytest

from accounts.factories import make_teacher
from accounts.models import User
from accounts.tests.admin_client import AdminClient, errors, told
from bookings.factories import make_hours
from bookings.models import Availability, TimeOff
from bookings.tests.conftest import at, nothing_changes

HOURS = {"day_of_week": "1", "start_time": "10:00", "end_time": "00:00", "is_recurring": "on"}
AWAY = {"start_time": "2025-03-10T09:00", "end_time": "2025-03-11T18:30", "reason": "Conference"}


@pytest.fixture
def away(carl: User) -> TimeOff:
    return TimeOff.objects.create(teacher=carl, start_time=at("09:00"), end_time=at("18:00"), reason="Dentist")


@pytest.fixture
def chiara(db: None) -> User:
    """Has a clock of her own, which skips the 30th of March from two to three."""
    return make_teacher(first_name="Chiara", last_name="Conti", timezone="Europe/Rome")


def test_a_teacher_sets_their_own_hours_whatever_else_is_sent(maria: User, carl: User) -> None:
    Availability.objects.all().delete()
    AdminClient(maria).send("bookings/availability/add/", **HOURS, teacher=str(carl.id))
    hours = Availability.objects.get()
    assert (hours.teacher, hours.day_of_week, hours.start_time, hours.end_time) == (maria, 1, dt.time(10), dt.time(0))


def test_the_weekday_follows_from_the_date(maria: User) -> None:
    Availability.objects.all().delete()
    once = {"start_time": "10:00", "end_time": "12:00", "day_of_week": "", "date": "2025-01-18"}
    AdminClient(maria).send("bookings/availability/add/", **once)
    hours = Availability.objects.get()
    assert (hours.day_of_week, hours.date, hours.is_recurring) == (5, dt.date(2025, 1, 18), False)


@pytest.mark.parametrize(
    ("fields", "field", "sentence"),
    [
        ({"end_time": "09:00"}, "__all__", "The end must be after the start."),
        ({"end_time": "10:00"}, "__all__", "The end must be after the start."),
        ({"date": "2025-01-18"}, "__all__", "Hours that do not recur need a date; hours that recur have none."),
        ({"is_recurring": ""}, "__all__", "Hours that do not recur need a date; hours that recur have none."),
        ({"day_of_week": ""}, "day_of_week", "Hours that recur need a weekday."),
        ({"day_of_week": "7"}, "day_of_week", "Select a valid choice. 7 is not one of the available choices."),
        ({"start_time": "10:00:30"}, "start_time", "Enter a valid time."),
        ({"start_time": "\x00"}, "start_time", "Enter a valid time."),
        ({"date": "9999-12-31", "is_recurring": ""}, "date", "The year must lie between 2000 and 2200."),
        ({"date": "31/12/2025", "is_recurring": ""}, "date", "Enter a valid date."),
    ],
)
def test_invalid_hours_are_refused_with_a_reason(
    fields: dict[str, str], field: str, sentence: str, maria: User
) -> None:
    with nothing_changes():
        page = AdminClient(maria).send("bookings/availability/add/", **(HOURS | fields))
    assert sentence in errors(page)[field]


def test_time_off_is_typed_by_the_readers_clock(chiara: User) -> None:
    AdminClient(chiara).send("bookings/timeoff/add/", **AWAY)
    away = TimeOff.objects.get()
    assert away.teacher == chiara
    assert away.start_time == dt.datetime(2025, 3, 10, 8, tzinfo=dt.UTC)
    assert away.end_time == dt.datetime(2025, 3, 11, 17, 30, tzinfo=dt.UTC)

    page = AdminClient(chiara).page(f"bookings/timeoff/{away.id}/change/").content.decode()
    assert "2025-03-10T09:00" in page
    assert "Times in Rome (UTC+" in page


def test_saving_time_off_again_moves_nothing(chiara: User) -> None:
    AdminClient(chiara).send("bookings/timeoff/add/", **AWAY)
    away = TimeOff.objects.get()
    page = AdminClient(chiara).page(f"bookings/timeoff/{away.id}/change/").content.decode()
    shown = dict(re.findall(r'name="(start_time|end_time)" value="([^"]+)"', page))
    assert shown == {name: AWAY[name] for name in ("start_time", "end_time")}
    with nothing_changes():
        saved = AdminClient(chiara).send(f"bookings/timeoff/{away.id}/change/", **shown, reason="Conference")
    assert "changed successfully" in told(saved)[0]


@pytest.mark.parametrize(
    ("fields", "field", "sentence"),
    [
        ({"end_time": "2025-03-10T09:00"}, "__all__", "The end must be after the start."),
        ({"start_time": "2025-03-30T02:30"}, "start_time", "The clock in Europe/Rome skips this time."),
        ({"start_time": "0001-01-01T00:00"}, "start_time", "The year must lie between 2000 and 2200."),
        ({"end_time": "9999-12-31T23:59"}, "end_time", "The year must lie between 2000 and 2200."),
        ({"start_time": "2025-03-10T09:00:30"}, "start_time", "Enter a valid date/time."),
        ({"start_time": "2025-03-10T09:00Z"}, "start_time", "Enter a valid date/time."),
        ({"start_time": "\x00"}, "start_time", "Enter a valid date/time."),
        ({"start_time": ""}, "start_time", "This field is required."),
    ],
)
def test_an_invalid_absence_is_refused_with_a_reason(
    fields: dict[str, str], field: str, sentence: str, chiara: User
) -> None:
    with nothing_changes():
        page = AdminClient(chiara).send("bookings/timeoff/add/", **(AWAY | fields))
    assert sentence in errors(page)[field]


def test_an_ambiguous_local_time_means_the_first(chiara: User) -> None:
    AdminClient(chiara).send("bookings/timeoff/add/", **(AWAY | {"end_time": "2025-10-26T02:30"}))
    assert TimeOff.objects.get().end_time == dt.datetime(2025, 10, 26, 0, 30, tzinfo=dt.UTC)


@pytest.mark.parametrize("model", ["availability", "timeoff"])
@pytest.mark.parametrize("page", ["change/", "delete/", "history/"])
def test_a_teacher_cannot_open_another_teachers_rows(
    page: str, model: str, maria: User, carl: User, away: TimeOff
) -> None:
    row = away if model == "timeoff" else carl.availabilities.get()
    fields: dict[str, Any] = {**(AWAY if model == "timeoff" else HOURS), "post": "yes"}
    path = f"bookings/{model}/{row.id}/{page}"
    with nothing_changes():
        for answer in (AdminClient(maria).page(path), AdminClient(maria).send(path, **fields)):
            assert answer.redirect_chain == [("/admin/", 302)]
            assert "exist" in told(answer)[0]
            assert "Dentist" not in answer.content.decode()


@pytest.mark.parametrize("model", ["availability", "timeoff"])
def test_a_teacher_neither_sees_nor_deletes_another_teachers_rows_in_the_list(
    model: str, maria: User, carl: User, away: TimeOff
) -> None:
    row = away if model == "timeoff" else carl.availabilities.get()
    client = AdminClient(maria)
    page = client.page(f"bookings/{model}/?q=carl")
    assert row not in page.context["cl"].result_list
    assert "Carl" not in page.content.decode()
    assert row not in client.page(f"bookings/{model}/?teacher__exact={carl.id}").context["cl"].result_list
    with nothing_changes():
        client.send(f"bookings/{model}/", action="delete_selected", _selected_action=str(row.id), post="yes")


def test_a_teacher_deletes_their_own_rows(maria: User, carl: User) -> None:
    hours = maria.availabilities.get()
    AdminClient(maria).send(f"bookings/availability/{hours.id}/delete/", post="yes")
    assert not maria.availabilities.exists()
    assert carl.availabilities.exists()


def test_a_superuser_chooses_the_teacher_once(root: User, maria: User, carl: User) -> None:
    client = AdminClient(root)
    client.send("bookings/timeoff/add/", **AWAY, teacher=str(maria.id))
    away = TimeOff.objects.get()
    assert away.teacher == maria

    client.send(f"bookings/timeoff/{away.id}/change/", **(AWAY | {"reason": "Holiday"}), teacher=str(carl.id))
    away.refresh_from_db()
    assert (away.teacher, away.reason) == (maria, "Holiday")


def test_students_have_no_hours(root: User, alice: User) -> None:
    with nothing_changes():
        page = AdminClient(root).send("bookings/availability/add/", **HOURS, teacher=str(alice.id))
    assert list(errors(page)) == ["teacher"]


@pytest.mark.parametrize("model", ["availability", "timeoff"])
def test_superusers_search_by_teacher(model: str, root: User, maria: User, carl: User, away: TimeOff) -> None:
    make_hours(maria, day_of_week=3)
    found = AdminClient(root).page(f"bookings/{model}/?q=clark").context["cl"].result_list
    assert [row.teacher for row in found] == [carl]


def test_a_zone_with_a_fixed_offset_reads_times_too(db: None) -> None:
    teacher = make_teacher(timezone="Etc/GMT-11")
    AdminClient(teacher).send("bookings/timeoff/add/", **AWAY)
    assert TimeOff.objects.get().start_time == dt.datetime(2025, 3, 9, 22, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("model", "fields", "sentence"),
    [
        ("availability", HOURS, "These working hours are there already"),
        ("timeoff", AWAY, "This absence is there already"),
    ],
)
def test_a_row_that_the_service_refuses_is_not_saved(
    model: str, fields: dict[str, str], sentence: str, maria: User
) -> None:
    AdminClient(maria).send(f"bookings/{model}/add/", **fields)
    with nothing_changes():
        page = AdminClient(maria).send(f"bookings/{model}/add/", **fields)
    assert told(page) == [sentence]
