"""/admin/hours/: the week, and single days."""

import datetime as dt
from typing import Any

import pytest

from accounts.factories import make_teacher
from accounts.models import User
from bookings.factories import make_booking, make_hours
from bookings.models import Availability, Booking, TimeOff
from bookings.states import Status
from workplace.hours import Row, WeekForm
from workplace.tests.pages import AdminClient, madrid, read, text, told

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
PATH = "hours/"


def week(**days: list[tuple[str, str]]) -> dict[str, Any]:
    """What the form sends for days such as `d0`."""
    fields: dict[str, Any] = {}
    for day, spans in days.items():
        fields[f"from-{day[1:]}"] = [start for start, _ in spans]
        fields[f"to-{day[1:]}"] = [end for _, end in spans]
    return fields


def stored(teacher: User) -> list[tuple[int, str, str]]:
    rows = Availability.objects.filter(teacher=teacher, is_recurring=True)
    return [(row.day_of_week, f"{row.start_time:%H:%M}", f"{row.end_time:%H:%M}") for row in rows]


def test_the_week_is_replaced_at_once(maria: User, carl: User) -> None:
    page = AdminClient(maria).send(PATH, **week(d0=[("09:00", "12:00"), ("14:00", "18:00")], d6=[("20:00", "00:00")]))
    assert told(page) == ["Your week is saved."]
    assert stored(maria) == [(0, "09:00", "12:00"), (0, "14:00", "18:00"), (6, "20:00", "00:00")]
    assert len(stored(carl)) == 7


def test_the_form_shows_the_week(maria: User) -> None:
    page = AdminClient(maria).page(PATH).content.decode()
    assert page.count('value="09:00"') == 5
    assert "By the clock in Madrid (UTC+1)." in read(maria, PATH)


@pytest.mark.parametrize(
    ("button", "rows"),
    [
        ("add-0", [("09:00", "12:00"), ("", "")]),
        ("remove-0-0", []),
        ("remove-0-7", [("09:00", "12:00")]),
        ("add-9", [("09:00", "12:00")]),
        ("junk", [("09:00", "12:00")]),
        ("add-x", [("09:00", "12:00")]),
    ],
)
def test_a_button_changes_the_form_and_saves_nothing(button: str, rows: list[tuple[str, str]], maria: User) -> None:
    before = stored(maria)
    page = AdminClient(maria).send(PATH, do=button, **week(d0=[("09:00", "12:00")]))
    assert [(row.start, row.end) for row in page.context["form"].days[0].rows] == rows
    assert "Not saved yet." in text(page)
    assert stored(maria) == before


def test_a_day_is_copied_to_the_days_that_are_ticked(maria: User) -> None:
    spans = [("09:00", "12:00"), ("14:00", "18:00")]
    sent = week(d0=spans, d2=[("20:00", "21:00")]) | {"copy-0": ["1", "2", "junk", "9"]}
    days = AdminClient(maria).send(PATH, do="copy-0", **sent).context["form"].days
    assert [[(row.start, row.end) for row in day.rows] for day in days] == [spans, spans, spans, [], [], [], []]


@pytest.mark.parametrize(
    ("spans", "sentence"),
    [
        ([("09:00", "")], "Both times are needed."),
        ([("09:00", "junk")], "Both times are needed."),
        ([("12:00", "09:00")], "The end must be after the start."),
        ([("09:00", "09:00")], "The end must be after the start."),
        ([("09:00", "12:00"), ("11:00", "13:00")], "Overlaps 09:00–12:00."),
        ([("20:00", "00:00"), ("21:00", "22:00")], "Overlaps 20:00–00:00."),
        ([("09:00", "12:00"), ("12:00", "13:00")], "Follows 09:00–12:00 without a break."),
    ],
)
def test_errors_are_shown_in_their_row(spans: list[tuple[str, str]], sentence: str, maria: User) -> None:
    before = stored(maria)
    page = AdminClient(maria).send(PATH, **week(d3=spans))
    assert [row.error for row in page.context["form"].days[3].rows][-1] == sentence
    assert sentence in text(page)
    assert stored(maria) == before


def test_spans_that_overlap_or_touch_are_merged_on_request(maria: User) -> None:
    spans = [("14:00", "18:00"), ("09:00", "12:00"), ("11:00", "13:00"), ("13:00", "14:00"), ("x", "")]
    page = AdminClient(maria).send(PATH, do="merge-3", **week(d3=spans))
    assert [(row.start, row.end) for row in page.context["form"].days[3].rows] == [("09:00", "18:00"), ("x", "")]


def test_merging_keeps_a_midnight() -> None:
    form = WeekForm({0: [Row("20:00", "00:00"), Row("19:00", "21:00")]})
    form.change("merge-0")
    assert [(row.start, row.end) for row in form.days[0].rows] == [("19:00", "00:00")]


def test_sessions_outside_the_new_week_are_shown_before_it_is_saved(maria: User, confirmed: Booking) -> None:
    before, sent = stored(maria), week(d0=[("09:00", "12:00")])
    page = AdminClient(maria).send(PATH, **sent)
    assert "One session would lie outside these hours They stay as they are: Wed 15 Jan, 12:00 Alice Adams" in text(
        page
    )
    assert stored(maria) == before
    assert f'href="/admin/bookings/{confirmed.id}/"' in page.content.decode()

    page = AdminClient(maria).send(PATH, do="anyway", **sent)
    assert stored(maria) == [(0, "09:00", "12:00")]
    confirmed.refresh_from_db()
    assert confirmed.status == Status.CONFIRMED


def test_absences_and_single_days_are_listed_below(maria: User, confirmed: Booking) -> None:
    TimeOff.objects.create(teacher=maria, start_time=madrid("00:00"), end_time=madrid("00:00", day=17), reason="Trip")
    make_hours(maria, date=dt.date(2025, 1, 18), start="10:00", end="12:00")
    page = read(maria, PATH)
    assert "Wed 15 Jan – Thu 16 Jan Trip · one session inside" in page
    assert "Sat 18 Jan, 10:00–12:00 open" in page


# --- One day only -----------------------------------------------------------------------------------------------------

DAY = {"date": "2025-01-18", "start": "10:00", "end": "12:00"}


def test_hours_on_one_day_are_added(maria: User) -> None:
    page = AdminClient(maria).send("hours/day/", **DAY)
    assert page.redirect_chain == [("/admin/hours/", 302)]
    hours = Availability.objects.get(is_recurring=False)
    assert (hours.teacher, hours.date, hours.day_of_week, hours.start_time) == (
        maria,
        dt.date(2025, 1, 18),
        5,
        dt.time(10),
    )


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"end": "10:00"}, "The end must be after the start."),
        ({"date": "9999-12-31"}, "The year must lie between 2000 and 2200."),
        ({"date": "junk"}, "Enter a valid date."),
        ({"start": ""}, "This field is required."),
    ],
)
def test_invalid_hours_are_refused(fields: dict[str, str], sentence: str, maria: User) -> None:
    assert sentence in text(AdminClient(maria).send("hours/day/", **(DAY | fields)))
    assert not Availability.objects.filter(is_recurring=False).exists()


def test_the_same_hours_are_not_added_twice(maria: User) -> None:
    AdminClient(maria).send("hours/day/", **DAY)
    assert "These working hours are there already" in text(AdminClient(maria).send("hours/day/", **DAY))


# --- Going away -------------------------------------------------------------------------------------------------------

AWAY = {"first": "2025-01-14", "last": "2025-01-16", "reason": "Trip"}


def query(**fields: str) -> str:
    return "&".join(f"{name}={value}" for name, value in fields.items())


def test_sessions_inside_the_absence_are_shown_before_it_is_saved(
    maria: User, pending: Booking, confirmed: Booking
) -> None:
    page = read(maria, f"hours/away/?{query(**AWAY)}")
    assert "Away: Tue 14 Jan – Thu 16 Jan" in page
    assert "2 sessions lie inside" in page
    assert "Wed 15 Jan, 10:00–11:00 Alice Adams , Waits for you" in page
    assert not TimeOff.objects.exists()


def test_each_session_is_kept_or_cancelled(maria: User, pending: Booking, confirmed: Booking) -> None:
    choice = {f"booking-{pending.id}": "cancel", f"booking-{confirmed.id}": "keep"}
    shown = [str(pending.id), str(confirmed.id)]
    page = AdminClient(maria).send(
        "hours/away/", **AWAY, **choice, shown=shown, cancellation_reason="I am away", do="chosen"
    )
    assert told(page) == ["You are away: Tue 14 Jan – Thu 16 Jan. 1 session is cancelled."]
    pending.refresh_from_db()
    confirmed.refresh_from_db()
    assert (pending.status, pending.cancellation_reason) == (Status.CANCELLED, "I am away")
    assert confirmed.status == Status.CONFIRMED
    away = TimeOff.objects.get()
    assert (away.start_time, away.end_time, away.reason) == (madrid("00:00", day=14), madrid("00:00", day=17), "Trip")


def test_all_that_were_shown_are_cancelled_with_one_button(
    maria: User, alice: User, pending: Booking, confirmed: Booking
) -> None:
    AdminClient(maria).send("hours/away/", **AWAY, shown=[str(pending.id)], do="all")
    # Asked for while the page was open.
    confirmed.refresh_from_db()
    pending.refresh_from_db()
    assert (pending.status, confirmed.status) == (Status.CANCELLED, Status.CONFIRMED)


def test_an_absence_may_cover_only_some_hours(maria: User) -> None:
    some = {"some_hours": "on", "start": "16:00", "end": "18:00"}
    AdminClient(maria).send("hours/away/", **(AWAY | {"last": AWAY["first"]}), **some)
    away = TimeOff.objects.get()
    assert (away.start_time, away.end_time) == (madrid("16:00", day=14), madrid("18:00", day=14))


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"last": "2025-01-13"}, "The last day must not be before the first."),
        ({"first": "junk"}, "Enter a valid date."),
        ({"some_hours": "on"}, "Both times are needed."),
        (
            {"some_hours": "on", "start": "18:00", "end": "16:00", "last": "2025-01-14"},
            "The end must be after the start.",
        ),
        (
            {"some_hours": "on", "start": "02:30", "end": "16:00", "first": "2025-03-30", "last": "2025-03-30"},
            "The clock in Europe/Madrid skips this time.",
        ),
        ({"reason": "x" * 201}, "at most 200 characters"),
    ],
)
def test_an_invalid_absence_is_refused(fields: dict[str, str], sentence: str, maria: User) -> None:
    for page in (
        AdminClient(maria).page(f"hours/away/?{query(**(AWAY | fields))}"),
        AdminClient(maria).send("hours/away/", **(AWAY | fields)),
    ):
        assert sentence in text(page)
    assert not TimeOff.objects.exists()


def test_another_teachers_session_is_not_cancelled(maria: User, strange: Booking) -> None:
    fields = {f"booking-{strange.id}": "cancel", "shown": str(strange.id)}
    assert "Bob" not in read(maria, f"hours/away/?{query(**AWAY)}")
    AdminClient(maria).send("hours/away/", **AWAY, **fields, do="chosen")
    strange.refresh_from_db()
    assert strange.status == Status.CONFIRMED


def test_a_day_that_the_zone_skipped_cannot_be_blocked() -> None:
    teacher = make_teacher(timezone="Pacific/Apia")
    page = AdminClient(teacher).page("hours/away/?first=2011-12-30&last=2011-12-30")
    assert "The clock skips this day." in text(page)


def test_a_session_at_the_edge_lies_inside_by_the_teachers_clock(maria: User, alice: User) -> None:
    make_booking(alice, maria, start=madrid("23:30", day=16), status=Status.CONFIRMED)
    make_booking(alice, maria, start=madrid("08:00", day=17), status=Status.CONFIRMED)
    assert "One session lies inside" in read(maria, f"hours/away/?{query(**AWAY)}")
