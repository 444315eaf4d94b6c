"""GET and PATCH /api/accounts/me/"""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from accounts.factories import make_student, make_teacher
from accounts.models import TeacherProfile, User

pytestmark = pytest.mark.django_db

ME = "/api/accounts/me/"
ApiFor = Callable[[User | None], APIClient]
DEFAULTS = {
    "headline": "",
    "bio": "",
    "zoom_host": "",
    "slot_interval_minutes": 30,
    "buffer_minutes": 0,
    "minimum_notice_minutes": 0,
    "horizon_days": 365,
    "cancel_notice_minutes": 0,
    "reschedule_notice_minutes": 0,
    "reconfirm_moves": False,
}


def stored(user: User) -> User:
    return User.objects.get(id=user.id)


def test_a_student_sees_themselves(api_for: ApiFor) -> None:
    student = make_student(email="john@example.com")
    assert api_for(student).get(ME).json() == {
        "id": str(student.id),
        "email": "john@example.com",
        "role": "student",
        "first_name": "John",
        "last_name": "Doe",
        "timezone": "UTC",
        "language": "",
        "profile": None,
    }


def test_a_teacher_sees_their_profile(api_for: ApiFor, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    client = api_for(make_teacher(headline="Spanish", buffer_minutes=10))
    with django_assert_num_queries(2):
        profile = client.get(ME).json()["profile"]
    assert profile == DEFAULTS | {"headline": "Spanish", "buffer_minutes": 10}


def test_a_teacher_without_a_stored_profile_sees_the_defaults_and_can_change_them(api_for: ApiFor) -> None:
    teacher = make_teacher()
    TeacherProfile.objects.all().delete()
    client = api_for(teacher)
    assert client.get(ME).json()["profile"] == DEFAULTS
    assert not TeacherProfile.objects.exists()
    assert client.patch(ME, {"profile": {"bio": "Hello"}}).json()["profile"] == DEFAULTS | {"bio": "Hello"}
    assert TeacherProfile.objects.get().bio == "Hello"


def test_names_and_zone_can_be_changed(api_for: ApiFor) -> None:
    student = make_student()
    answer = api_for(student).patch(ME, {"first_name": " Zoë ", "last_name": "", "timezone": "America/Vancouver"})
    assert answer.status_code == 200
    assert answer.json() == api_for(student).get(ME).json()
    after = stored(student)
    assert (after.first_name, after.last_name, after.timezone) == ("Zoë", "", "America/Vancouver")


def test_a_language_can_be_chosen_and_given_up(api_for: ApiFor) -> None:
    student = make_student()
    for language in ("es", "en", ""):
        answer = api_for(student).patch(ME, {"language": language})
        assert (answer.status_code, answer.json()["language"]) == (200, language)
        assert stored(student).language == language


def test_fields_that_are_not_sent_keep_their_values(api_for: ApiFor) -> None:
    teacher = make_teacher(headline="Spanish", bio="Twenty years", buffer_minutes=10)
    profile = api_for(teacher).patch(ME, {"profile": {"headline": "French"}}).json()["profile"]
    assert profile == DEFAULTS | {"headline": "French", "bio": "Twenty years", "buffer_minutes": 10}
    assert stored(teacher).name == "Maria Garcia"


def test_an_empty_change_changes_nothing(api_for: ApiFor) -> None:
    teacher = make_teacher()
    before = api_for(teacher).get(ME).json()
    bodies: list[dict[str, Any]] = [{}, {"profile": {}}]
    for body in bodies:
        assert api_for(teacher).patch(ME, body).json() == before


def test_a_request_without_a_token_is_refused(api_for: ApiFor) -> None:
    for answer in (api_for(None).get(ME), api_for(None).patch(ME, {"first_name": "x"})):
        assert answer.status_code == 401
        assert answer["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("method", ["put", "post", "delete"])
def test_other_methods_are_refused(api_for: ApiFor, method: str) -> None:
    student = make_student()
    answer = getattr(api_for(student), method)(ME, {"first_name": "x"})
    assert answer.status_code == 405
    assert answer["Allow"] == "GET, PATCH, HEAD, OPTIONS"
    assert stored(student).first_name == "John"


@pytest.mark.parametrize(
    "body",
    [
        {"role": "teacher"},
        {"email": "root@example.com"},
        {"id": "7c9e6679-7425-40de-944b-e07fc1f90ae7"},
        {"is_superuser": True},
        {"is_active": True},
        {"is_staff": True},
        {"password": "new"},
        {"user_permissions": []},
        {"unknown": 1},
    ],
)
def test_read_only_and_unknown_fields_are_refused_by_name(api_for: ApiFor, body: dict[str, Any]) -> None:
    student = make_student()
    before = User.objects.values().get(id=student.id)
    answer = api_for(student).patch(ME, body | {"first_name": "Changed"})
    assert answer.status_code == 400
    told = "This cannot be changed here." if body.keys() <= {"role", "email", "id"} else "There is no such field here."
    assert answer.json()["details"] == {name: [told] for name in body}
    assert User.objects.values().get(id=student.id) == before


@pytest.mark.parametrize("wrap", [lambda body: body, lambda body: {"profile": body}], ids=["account", "profile"])
def test_thousands_of_unknown_names_are_not_all_repeated(api_for: ApiFor, wrap: Callable[[Any], Any]) -> None:
    answer = api_for(make_teacher()).patch(ME, wrap({f"key{number:05}": 1 for number in range(15_000)}))
    assert answer.status_code == 400
    assert len(answer.json()["details"]) == 20
    assert len(answer.content) < 4000


def test_a_long_unknown_name_is_not_repeated_whole(api_for: ApiFor) -> None:
    answer = api_for(make_student()).patch(ME, {"k" * 200_000: 1})
    assert answer.json()["details"] == {"k" * 100: ["There is no such field here."]}


def test_a_student_has_no_profile_to_change(api_for: ApiFor) -> None:
    answer = api_for(make_student()).patch(ME, {"profile": {"headline": "Me"}})
    assert answer.status_code == 400
    assert answer.json()["details"] == {"profile": ["Only teachers have a profile."]}
    assert not TeacherProfile.objects.exists()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"timezone": "europe/berlin"}, "timezone"),
        ({"timezone": "../etc/passwd"}, "timezone"),
        ({"timezone": ""}, "timezone"),
        ({"timezone": None}, "timezone"),
        ({"timezone": ["UTC"]}, "timezone"),
        ({"language": "fr"}, "language"),
        ({"language": "ES"}, "language"),
        ({"language": None}, "language"),
        ({"language": ["es"]}, "language"),
        ({"first_name": "x" * 101}, "first_name"),
        ({"first_name": "a\nb"}, "first_name"),
        ({"last_name": "a\0b"}, "last_name"),
        ({"last_name": None}, "last_name"),
        ({"profile": None}, "profile"),
        ({"profile": []}, "profile.non_field_errors"),
        ({"profile": {"user": "x"}}, "profile.user"),
        ({"profile": {"headline": "x" * 201}}, "profile.headline"),
        ({"profile": {"headline": "a\r\nBcc: b"}}, "profile.headline"),
        ({"profile": {"bio": "x" * 5001}}, "profile.bio"),
        ({"profile": {"slot_interval_minutes": 4}}, "profile.slot_interval_minutes"),
        ({"profile": {"slot_interval_minutes": 481}}, "profile.slot_interval_minutes"),
        ({"profile": {"buffer_minutes": -1}}, "profile.buffer_minutes"),
        ({"profile": {"buffer_minutes": 241}}, "profile.buffer_minutes"),
        ({"profile": {"buffer_minutes": True}}, "profile.buffer_minutes"),
        ({"profile": {"buffer_minutes": 1.5}}, "profile.buffer_minutes"),
        ({"profile": {"horizon_days": 0}}, "profile.horizon_days"),
        ({"profile": {"horizon_days": 10**30}}, "profile.horizon_days"),
        ({"profile": {"zoom_host": ".."}}, "profile.zoom_host"),
        ({"profile": {"zoom_host": "me/meetings"}}, "profile.zoom_host"),
        ({"profile": {"zoom_host": "a?b@example.com"}}, "profile.zoom_host"),
    ],
)
def test_a_bad_value_is_refused_and_nothing_is_changed(api_for: ApiFor, body: dict[str, Any], field: str) -> None:
    teacher = make_teacher()
    before = api_for(teacher).get(ME).json()
    answer = api_for(teacher).patch(ME, {"first_name": "Changed", "last_name": "Too"} | body)
    assert answer.status_code == 400
    assert list(answer.json()["details"]) == [field]
    assert api_for(teacher).get(ME).json() == before


@pytest.mark.parametrize("host", ["", "me", "KDcuGIm1QgePTO8WbOqwIQ", "maria.garcia+zoom@example.com"])
def test_only_staff_can_set_the_zoom_host(api_for: ApiFor, host: str) -> None:
    teacher = make_teacher(zoom_host="own@example.com")
    answer = api_for(teacher).patch(ME, {"profile": {"zoom_host": host, "bio": "Changed"}})
    assert (answer.status_code, list(answer.json()["details"])) == (400, ["profile.zoom_host"])
    assert (stored(teacher).rules.zoom_host, stored(teacher).rules.bio) == ("own@example.com", "")


def test_a_profile_can_be_sent_back_as_it_was_read(api_for: ApiFor) -> None:
    teacher = make_teacher(zoom_host="own@example.com")
    read = api_for(teacher).get(ME).json()["profile"]
    answer = api_for(teacher).patch(ME, {"profile": read | {"bio": "Changed"}})
    assert (answer.status_code, answer.json()["profile"]) == (200, read | {"bio": "Changed"})


def test_account_and_profile_change_together_or_not_at_all(api_for: ApiFor, monkeypatch: pytest.MonkeyPatch) -> None:
    teacher = make_teacher()

    def fail(*args: object, **kwargs: object) -> None:
        raise IntegrityError

    monkeypatch.setattr(TeacherProfile, "save", fail)
    answer = api_for(teacher).patch(ME, {"first_name": "Changed", "profile": {"bio": "Changed"}})
    assert answer.status_code == 500
    assert stored(teacher).first_name == "Maria"


def test_a_change_does_not_undo_what_others_change_meanwhile(api_for: ApiFor, monkeypatch: pytest.MonkeyPatch) -> None:
    student = make_student()
    save = User.save

    def save_after_another(user: User, **kwargs: Any) -> None:
        User.objects.update(is_active=False, email="new@example.com")
        save(user, **kwargs)

    monkeypatch.setattr(User, "save", save_after_another)
    assert api_for(student).patch(ME, {"first_name": "Zoë"}).status_code == 200
    after = stored(student)
    assert (after.first_name, after.is_active, after.email) == ("Zoë", False, "new@example.com")
