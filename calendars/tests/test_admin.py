"""Teachers' other calendars in the admin: superusers look, and change nothing."""

import datetime as dt

import pytest

from accounts.models import User
from accounts.tests.admin_client import AdminClient, told
from calendars import others
from calendars.models import OtherCalendar
from conftest import NOW

pytestmark = pytest.mark.usefixtures("now")
LIST = "calendars/othercalendar/"
ERROR = "The calendar's server refuses the user name or the password."


@pytest.fixture
def account(maria: User) -> OtherCalendar:
    address = "https://dav.example.com/private-path/"
    others.add(teacher=maria, address=address, name="Work", username="maria-at-work", password="secret", now=NOW)
    OtherCalendar.objects.update(failing_since=NOW, last_error=ERROR, refusals=2, due_at=NOW + dt.timedelta(days=1))
    return OtherCalendar.objects.get()


def test_the_state_is_shown_without_secrets(account: OtherCalendar, root: User) -> None:
    for path in (LIST, f"{LIST}{account.pk}/change/"):
        content = AdminClient(root).page(path).content.decode()
        assert "dav.example.com" in content
        assert "server refuses the user name or the password." in content
        for secret in ("private-path", "secret", account.encrypted_password):
            assert secret not in content


def test_nothing_can_be_changed_added_or_deleted(account: OtherCalendar, root: User) -> None:
    client = AdminClient(root)
    assert client.post(f"/admin/{LIST}{account.pk}/change/", {"last_error": ""}).status_code == 403
    assert client.post(f"/admin/{LIST}{account.pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.get(f"/admin/{LIST}add/").status_code == 403
    assert OtherCalendar.objects.get().last_error == ERROR


def test_one_can_be_tried_again(account: OtherCalendar, root: User) -> None:
    page = AdminClient(root).send(LIST, action="retry", _selected_action=[str(account.pk)])
    assert told(page) == ["Tried again in a moment: 1."]
    account.refresh_from_db()
    assert (account.due_at, account.refusals) == (NOW, 0)


def test_teachers_cannot_see_it(account: OtherCalendar, maria: User) -> None:
    assert AdminClient(maria).get(f"/admin/{LIST}").status_code == 403
    assert AdminClient(maria).get(f"/admin/{LIST}{account.pk}/change/").status_code == 403
