"""/admin/hours/elsewhere/: the teacher's calendars elsewhere."""

import pytest

from accounts.models import User
from bookings.models import BusyElsewhere
from bookings.scheduling.slots import Span
from bookings.services.busy_elsewhere import replace_busy
from calendars import others
from calendars.models import OtherCalendar
from conftest import NOW
from workplace.tests.pages import AdminClient, madrid, read, text, told

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
PATH = "hours/elsewhere/"
ADDRESS = "https://calendar.google.com/calendar/ical/private-secret/basic.ics"


@pytest.fixture
def calendar(maria: User) -> OtherCalendar:
    found = others.add(teacher=maria, address=ADDRESS, name="Private", now=NOW)
    replace_busy(teacher_id=maria.id, source=found.pk, spans=[Span(madrid("12:00"), madrid("13:00"))])
    return found


def test_a_calendar_is_added(maria: User) -> None:
    assert "None yet." in read(maria, PATH)
    page = AdminClient(maria).send(PATH, name="Private", address="webcal://p1.icloud.com/a.ics")
    assert told(page) == ["Private is read within a minute."]
    assert "Private p1.icloud.com Not read yet" in text(page)
    [made] = OtherCalendar.objects.all()
    assert (made.teacher, made.address) == (maria, "https://p1.icloud.com/a.ics")


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("", "This field is required."),
        ("nonsense", "This is not the address of a calendar."),
        ("http://calendar.example.com/", "The address must begin with https://."),
        (ADDRESS, "This calendar is there already"),
    ],
)
def test_an_error_is_shown_with_the_form(address: str, sentence: str, calendar: OtherCalendar, maria: User) -> None:
    page = AdminClient(maria).send(PATH, name="", address=address)
    assert sentence in text(page)
    assert OtherCalendar.objects.count() == 1


def test_each_says_how_it_is_and_not_its_secret(calendar: OtherCalendar, maria: User, carl: User) -> None:
    OtherCalendar.objects.update(fetched_at=NOW, ignored_events=2)
    page = read(maria, PATH)
    assert "Private calendar.google.com Read on Fri 10 Jan, 13:00 2 events cannot be read and block nothing." in page
    OtherCalendar.objects.update(failing_since=NOW, last_error="There is no calendar at this address (404).")
    content = AdminClient(maria).page(PATH).content.decode()
    assert "There is no calendar at this address (404)." in content
    assert "private-secret" not in content
    assert "Private" not in read(carl, PATH)


def test_one_is_removed_with_what_it_held(calendar: OtherCalendar, maria: User) -> None:
    page = AdminClient(maria).send(f"{PATH}{calendar.pk}/remove/")
    assert told(page) == ["Private is removed; what it held can be booked."]
    assert (OtherCalendar.objects.count(), BusyElsewhere.objects.count()) == (0, 0)


def test_another_teachers_is_not_there(calendar: OtherCalendar, carl: User, root: User) -> None:
    path = f"/admin/{PATH}{calendar.pk}/remove/"
    assert AdminClient(carl).post(path).status_code == 404
    assert AdminClient(root).post(path).status_code == 403
    assert AdminClient(calendar.teacher).get(path).status_code == 405
    assert (OtherCalendar.objects.count(), BusyElsewhere.objects.count()) == (1, 1)
