"""/api/notifications/"""

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from bookings.tests.conftest import Api, refused
from notifications.kinds import Kind
from notifications.models import MailPreferences
from notifications.unsubscribing import token

PREFERENCES = "/api/notifications/preferences/"


def test_preferences_are_all_on_at_first(alice: User, api_for: Api) -> None:
    assert api_for(alice).get(PREFERENCES).json() == {"day_before": True, "hour_before": True, "feedback": True}
    assert not MailPreferences.objects.exists()


def test_a_preference_is_switched_off_alone(alice: User, bob: User, api_for: Api) -> None:
    answer = api_for(alice).patch(PREFERENCES, {"hour_before": False})
    assert answer.json() == {"day_before": True, "hour_before": False, "feedback": True}
    assert api_for(alice).patch(PREFERENCES, {"feedback": False}).json()["hour_before"] is False
    assert not MailPreferences.objects.filter(user=bob).exists()


def test_preferences_need_a_token(api_for: Api) -> None:
    assert api_for(None).get(PREFERENCES).status_code == 401
    assert api_for(None).patch(PREFERENCES, {"feedback": False}).status_code == 401


@pytest.mark.parametrize("body", [{"dead_address": "a@b.example"}, {"hour_before": "no"}, {"user": 1}])
def test_preferences_refuse_a_bad_body(body: dict[str, object], alice: User, api_for: Api) -> None:
    answer = api_for(alice).patch(PREFERENCES, body)
    assert answer.status_code == 400
    assert set(answer.json()["details"]) == set(body)
    assert not MailPreferences.objects.exists()


def test_one_click_unsubscribes_without_signing_in(alice: User) -> None:
    answer = APIClient().post(f"/api/notifications/unsubscribe/{token(alice, Kind.HOUR_BEFORE)}/")
    assert answer.json() == {"message": "You will no longer get these mails", "kind": "hour_before"}
    preferences = MailPreferences.of(alice)
    assert (preferences.hour_before, preferences.day_before) == (False, True)


def test_mail_programs_send_a_form(alice: User) -> None:
    """RFC 8058: the body is `List-Unsubscribe=One-Click` as a form."""
    answer = APIClient().post(
        f"/api/notifications/unsubscribe/{token(alice, Kind.DAY_BEFORE)}/",
        "List-Unsubscribe=One-Click",
        content_type="application/x-www-form-urlencoded",
    )
    assert answer.status_code == 200
    assert MailPreferences.of(alice).day_before is False


@pytest.mark.parametrize("text", ["forged", "a:b:c"])
def test_a_forged_token_is_not_found(text: str, db: None) -> None:
    answer = APIClient().post(f"/api/notifications/unsubscribe/{text}/")
    assert refused(answer, 404, "This link is not valid", "not_found")


def test_mandatory_mails_cannot_be_switched_off(alice: User) -> None:
    assert APIClient().post(f"/api/notifications/unsubscribe/{token(alice, Kind.CANCELLED)}/").status_code == 404
    assert not MailPreferences.objects.exists()


def test_looking_at_the_link_switches_nothing_off(alice: User) -> None:
    """Mail scanners open every link."""
    assert APIClient().get(f"/api/notifications/unsubscribe/{token(alice, Kind.DAY_BEFORE)}/").status_code == 405
    assert not MailPreferences.objects.exists()
