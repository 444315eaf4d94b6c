"""/admin/accounts/"""

import uuid
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import backends
from accounts.authentication.claims import Claims
from accounts.factories import make_student, make_teacher
from accounts.models import Role, TeacherProfile, User
from accounts.supabase.client import Session
from accounts.tests.admin_client import AdminClient, errors, told

pytestmark = pytest.mark.django_db

USER = {"first_name": "Maria", "last_name": "Garcia", "timezone": "UTC", "role": "teacher", "is_active": "on"}


@pytest.fixture
def alice() -> User:
    return make_student(first_name="Alice", last_name="Adams")


# --- Signing in -------------------------------------------------------------------------------------------------------

PAGES = ["", "accounts/user/", "accounts/teacherprofile/", "bookings/booking/", "bookings/meetingsync/", "auth/"]


@pytest.mark.parametrize("path", PAGES)
def test_the_admin_requires_signing_in(path: str) -> None:
    page = AdminClient(None).page(path)
    assert page.redirect_chain == [(f"/admin/login/?next=/admin/{path}", 302)]


@pytest.mark.parametrize("path", PAGES)
def test_students_cannot_open_the_admin(path: str, alice: User) -> None:
    page = AdminClient(alice).page(path)
    assert page.redirect_chain == [(f"/admin/login/?next=/admin/{path}", 302)]
    assert "not authorized" in page.content.decode()


def test_teachers_sign_in_with_their_supabase_password(maria: User, monkeypatch: pytest.MonkeyPatch) -> None:
    session = Session(Claims(maria.id, maria.email, None, "", ""), "")
    known = (maria.email, "secret", "")
    monkeypatch.setattr(backends, "sign_in", lambda *words: session if words == known else None)
    client = AdminClient(None)
    refused = client.send("login/", username=maria.email, password="wrong")
    assert "Please enter the correct email and password" in refused.content.decode()
    assert client.page("").redirect_chain

    client.send("login/", username=maria.email, password="secret", next="/admin/")
    assert client.page("").redirect_chain == []


def test_superusers_sign_in_with_a_local_password(root: User) -> None:
    client = AdminClient(None)
    client.send("login/", username="Root@example.com", password="a long pass phrase", next="/admin/")
    assert client.page("records/").redirect_chain == []


def test_a_deactivated_teacher_loses_access_at_once(maria: User) -> None:
    client = AdminClient(maria)
    assert client.page("").redirect_chain == []
    User.objects.filter(pk=maria.pk).update(is_active=False)
    assert client.page("").redirect_chain


# --- The overview -----------------------------------------------------------------------------------------------------


def offered(user: User) -> dict[str, set[str]]:
    """What the overview lists for somebody, and what they may do there."""
    apps = AdminClient(user).page("records/").context["app_list"]
    return {
        model["object_name"]: {act for act, is_allowed in model["perms"].items() if is_allowed}
        for app in apps
        for model in app["models"]
    }


def test_teachers_see_the_models_that_they_may_change(maria: User) -> None:
    everything = {"view", "add", "change", "delete"}
    assert offered(maria) == {
        "TeacherProfile": {"view", "change"},
        "Availability": everything,
        "TimeOff": everything,
        "Booking": {"view"},
        "Feedback": {"view"},
    }


def test_superusers_are_offered_users_and_the_outbox_too(root: User) -> None:
    assert offered(root)["User"] == {"view", "add", "change"}
    assert offered(root)["Endpoint"] == {"view", "add", "change"}
    read = {"MeetingSync", "FailedSignIn", "Message", "Delivery", "Erasure", "OtherCalendar"}
    assert all(offered(root)[name] == {"view"} for name in read)
    assert set(offered(root)) - {"User", "Endpoint"} - read == set(offered(make_teacher()))


def test_every_page_names_the_readers_zone() -> None:
    teacher = make_teacher(timezone="Asia/Tokyo")
    assert "Times in Tokyo (UTC+9)" in AdminClient(teacher).page("").content.decode()


# --- Users ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["", "add/", "{}/change/", "{}/history/", "{}/delete/", "{}/password/"])
def test_teachers_cannot_open_accounts(page: str, maria: User, alice: User) -> None:
    client = AdminClient(maria)
    before = list(User.objects.order_by("id").values())
    fields = USER | {"is_superuser": "on", "password1": "changed-to-this", "password2": "changed-to-this"}
    for person in (maria, alice):
        path = f"/admin/accounts/user/{page.format(person.pk)}"
        for answer in (client.get(path), client.post(path, fields)):
            assert answer.status_code in (302, 403, 404)
            assert alice.email not in answer.content.decode()
    assert list(User.objects.order_by("id").values()) == before


def test_teachers_cannot_use_the_user_autocomplete(maria: User, root: User) -> None:
    path = "/admin/autocomplete/?app_label=bookings&model_name=timeoff&field_name=teacher&term="
    assert AdminClient(maria).get(path).status_code == 403
    assert AdminClient(root).get(path).status_code == 200


@pytest.mark.parametrize("term", ["", "a", "c\x00arl"])
def test_the_teacher_field_finds_only_teachers(term: str, root: User, carl: User, alice: User) -> None:
    query = {"app_label": "bookings", "model_name": "availability", "field_name": "teacher", "term": term}
    found = AdminClient(root).get("/admin/autocomplete/", query).json()["results"]
    assert [entry["id"] for entry in found] == [str(carl.id)]


def listed(user: User, path: str) -> list[Any]:
    return list(AdminClient(user).page(path).context["cl"].result_list)


def test_users_are_searched_and_filtered(root: User, maria: User, alice: User) -> None:
    gone = make_student(first_name="Gone", is_active=False)
    assert listed(root, "accounts/user/?q=garcia") == [maria]
    assert listed(root, f"accounts/user/?q={alice.email}") == [alice]
    assert listed(root, "accounts/user/?role__exact=teacher") == [maria]
    assert listed(root, "accounts/user/?is_active__exact=0") == [gone]


@pytest.mark.parametrize("path", ["accounts/user/", "accounts/teacherprofile/"])
def test_a_list_costs_the_same_however_long(path: str, root: User) -> None:
    client = AdminClient(root)
    costs = []
    for _ in range(2):
        make_teacher()
        make_teacher()
        with CaptureQueriesContext(connection) as queries:
            client.page(path)
        costs.append(len(queries))
    assert costs[0] == costs[1]


def test_a_superuser_adds_an_account(root: User) -> None:
    user_id = uuid.uuid4()
    fields = USER | {"id": str(user_id), "email": "Maria@Example.com", "is_superuser": "on", "password": "typed in"}
    AdminClient(root).send("accounts/user/add/", **fields)
    made = User.objects.get(id=user_id)
    assert (made.email, made.role, made.is_superuser) == ("maria@example.com", Role.TEACHER, False)
    assert made.password.startswith("!")
    assert TeacherProfile.objects.filter(user=made).exists()


def test_a_duplicate_id_is_refused(root: User, maria: User) -> None:
    page = AdminClient(root).send("accounts/user/add/", **(USER | {"id": str(maria.id), "email": "new@example.com"}))
    assert list(errors(page)) == ["id"]
    maria.refresh_from_db()
    assert maria.email == "maria@example.com"


def test_a_student_who_becomes_a_teacher_gets_a_profile(root: User, alice: User) -> None:
    AdminClient(root).send(f"accounts/user/{alice.id}/change/", **(USER | {"email": alice.email}))
    assert User.objects.get(id=alice.id).role == Role.TEACHER
    assert TeacherProfile.objects.filter(user=alice).count() == 1


def test_a_teacher_whose_role_is_unchanged_keeps_the_profile(root: User, carl: User) -> None:
    AdminClient(root).send(f"accounts/user/{carl.id}/change/", **USER)
    assert TeacherProfile.objects.get(user=carl).headline == "German"


def test_id_and_password_in_the_form_are_ignored(root: User, maria: User) -> None:
    fields = USER | {"id": str(uuid.uuid4()), "email": maria.email, "password": make_password("mine now")}
    AdminClient(root).send(f"accounts/user/{maria.id}/change/", **fields)
    assert User.objects.get(id=maria.id).password == maria.password
    assert User.objects.count() == 2


def test_the_password_is_shown_masked(root: User) -> None:
    page = AdminClient(root).page(f"accounts/user/{root.id}/change/").content.decode()
    assert "algorithm" in page
    assert root.password not in page
    assert root.password.rpartition("$")[2] not in page


def test_a_superusers_local_password_can_be_changed(root: User) -> None:
    other = User.objects.create_superuser("other@example.com", "a long pass phrase")
    fields = {"password1": "another pass phrase", "password2": "another pass phrase", "usable_password": "true"}
    AdminClient(root).send(f"accounts/user/{other.id}/password/", **fields)
    other.refresh_from_db()
    assert other.check_password("another pass phrase")


def test_only_superusers_are_offered_a_password_of_this_site(root: User, maria: User, alice: User) -> None:
    client = AdminClient(root)
    assert "../password/" in client.page(f"accounts/user/{root.id}/change/").content.decode()
    for user in (maria, alice):
        assert "../password/" not in client.page(f"accounts/user/{user.id}/change/").content.decode()
        fields = {"password1": "another pass phrase", "password2": "another pass phrase", "usable_password": "true"}
        page = client.send(f"accounts/user/{user.id}/password/", **fields)
        assert told(page) == [f"{user} signs in with Supabase and has no password here."]
        assert User.objects.get(id=user.id).password == user.password


def test_two_superusers_do_not_share_an_email(root: User, alice: User) -> None:
    fields = USER | {"role": "student", "email": "ROOT@example.com", "is_superuser": "on"}
    page = AdminClient(root).send(f"accounts/user/{alice.id}/change/", **fields)
    assert errors(page)
    assert not User.objects.get(id=alice.id).is_superuser


def test_superusers_cannot_lock_themselves_out(root: User) -> None:
    AdminClient(root).send(f"accounts/user/{root.id}/change/", email=root.email, timezone="UTC", role="student")
    root.refresh_from_db()
    assert (root.is_active, root.is_superuser) == (True, True)


def test_accounts_cannot_be_deleted(root: User, alice: User, maria: User) -> None:
    for path in (f"user/{alice.id}/delete/", f"teacherprofile/{maria.id}/delete/"):
        assert AdminClient(root).post(f"/admin/accounts/{path}", {"post": "yes"}).status_code == 403
    AdminClient(root).send("accounts/user/", action="delete_selected", _selected_action=str(alice.id), post="yes")
    assert set(User.objects.all()) == {root, alice, maria}


# --- Junk -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["junk", "%00", "..%2f", "9" * 30, "_5F", "é", str(uuid.uuid4())])
@pytest.mark.parametrize("page", ["change/", "history/", "delete/", "password/"])
@pytest.mark.parametrize("model", ["user", "teacherprofile"])
def test_a_malformed_id_does_not_fail(model: str, page: str, word: str, root: User) -> None:
    assert AdminClient(root).get(f"/admin/accounts/{model}/{word}/{page}").status_code in (302, 403, 404)


@pytest.mark.parametrize(
    "query",
    [
        "role__exact=%00",
        "is_active__exact=junk",
        "created_at__gte=junk",
        "created_at__gte=0001-01-01 00:00%2B14:00",
        "q=%00",
        "p=junk",
        "p=99999999",
        "o=junk.9.-9",
        "nothing=1",
        "password__startswith=a",
        "id__exact=junk",
        "_to_field=password",
    ],
)
def test_a_list_with_a_bad_parameter_does_not_fail(query: str, root: User) -> None:
    assert AdminClient(root).get(f"/admin/accounts/user/?{query}").status_code in (200, 302, 400)
