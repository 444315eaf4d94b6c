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


def test_each_calendar_shows_its_state_and_not_its_secret(calendar: OtherCalendar, maria: User, carl: User) -> None:
    OtherCalendar.objects.update(fetched_at=NOW, ignored_events=2)
    page = read(maria, PATH)
    assert "Private calendar.google.com Read on Fri 10 Jan, 13:00 2 events cannot be read and block nothing." in page
    OtherCalendar.objects.update(failing_since=NOW, last_error="There is no calendar at this address (404).")
    content = AdminClient(maria).page(PATH).content.decode()
    assert "There is no calendar at this address (404)." in content
    assert "private-secret" not in content
    assert "Private" not in read(carl, PATH)


def test_a_calendar_is_removed_with_its_busy_times(calendar: OtherCalendar, maria: User) -> None:
    page = AdminClient(maria).send(f"{PATH}{calendar.pk}/remove/")
    assert told(page) == ["Private is removed; what it held can be booked."]
    assert (OtherCalendar.objects.count(), BusyElsewhere.objects.count()) == (0, 0)


def test_another_teachers_calendar_is_404(calendar: OtherCalendar, carl: User, root: User) -> None:
    path = f"/admin/{PATH}{calendar.pk}/remove/"
    assert AdminClient(carl).post(path).status_code == 404
    assert AdminClient(root).post(path).status_code == 403
    assert AdminClient(calendar.teacher).get(path).status_code == 405
    assert (OtherCalendar.objects.count(), BusyElsewhere.objects.count()) == (1, 1)


# --- CalDAV accounts ---

ACCOUNT = {
    "kind": "caldav",
    "name": "Work",
    "address": "https://dav.example.com/",
    "username": "maria",
    "password": " app password ",
}


@pytest.fixture
def account(maria: User) -> OtherCalendar:
    fields = {name: value for name, value in ACCOUNT.items() if name != "kind"}
    return others.add(teacher=maria, **fields, now=NOW)


def test_an_account_is_added(maria: User) -> None:
    page = AdminClient(maria).send(PATH, **ACCOUNT)
    assert told(page) == ["Work is read within a minute."]
    assert "Work dav.example.com maria Not read yet" in text(page)
    [made] = OtherCalendar.objects.all()
    assert (made.kind, made.login().password) == ("caldav", " app password ")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"username": ""}, "This field is required."),
        ({"password": ""}, "This field is required."),
        ({"username": "ma:ria"}, "A user name cannot contain a colon."),
        ({"address": "http://dav.example.com/"}, "The address must begin with https://."),
    ],
)
def test_an_error_of_an_account_is_shown_without_its_password(
    change: dict[str, str], sentence: str, maria: User
) -> None:
    page = AdminClient(maria).send(PATH, **(ACCOUNT | change))
    assert sentence in text(page)
    assert "app password " not in page.content.decode().replace("app password)", "")
    assert not OtherCalendar.objects.exists()


def test_a_form_of_another_kind_adds_nothing(maria: User) -> None:
    assert AdminClient(maria).post(f"/admin/{PATH}", ACCOUNT | {"kind": "junk"}).status_code == 200
    assert not OtherCalendar.objects.exists()


def test_a_wrong_password_is_shown_and_can_be_changed(account: OtherCalendar, maria: User) -> None:
    sentence = "The calendar's server refuses the user name or the password."
    OtherCalendar.objects.update(failing_since=NOW, last_error=sentence, refusals=1)
    assert sentence in read(maria, PATH)
    assert sentence in read(maria, "")  # Today, at once
    page = AdminClient(maria).send(f"{PATH}{account.pk}/password/", password="another")
    assert told(page) == ["Work is read within a minute."]
    assert sentence not in text(page)
    account.refresh_from_db()
    assert (account.login().password, account.refusals) == ("another", 0)


def test_an_empty_password_changes_nothing(account: OtherCalendar, maria: User) -> None:
    page = AdminClient(maria).send(f"{PATH}{account.pk}/password/", password="")
    assert told(page) == ["Enter the new password."]
    account.refresh_from_db()
    assert account.login().password == " app password "


def test_the_password_of_another_teachers_account_cannot_be_changed(
    account: OtherCalendar, calendar: OtherCalendar, maria: User, carl: User, root: User
) -> None:
    path = f"/admin/{PATH}{account.pk}/password/"
    assert AdminClient(carl).post(path, {"password": "new"}).status_code == 404
    assert AdminClient(root).post(path, {"password": "new"}).status_code == 403
    assert AdminClient(maria).get(path).status_code == 405
    assert AdminClient(maria).post(f"/admin/{PATH}{calendar.pk}/password/", {"password": "new"}).status_code == 404
    account.refresh_from_db()
    assert account.login().password == " app password "
