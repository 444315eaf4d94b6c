"""Roles given in the admin reach Supabase, and the superuser is warned where they do not."""

import datetime as dt
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from accounts.authentication.claims import Claims
from accounts.authentication.provisioning import account_for
from accounts.authentication.roles import RoleClaim
from accounts.factories import make_student, make_teacher
from accounts.models import AtSupabase, Role, User
from accounts.supabase import users as supabase_admin
from accounts.supabase import write_back
from accounts.supabase.client import PAGE
from accounts.tests.admin_client import AdminClient, told
from testing.supabase_server import SupabaseServer
from testing.zoom_server import Fault, Reply

# With real commits: what is told after them must still be on the page.
pytestmark = pytest.mark.django_db(transaction=True)

PROVIDER = {"provider": "email", "providers": ["email"]}


@pytest.fixture
def root() -> User:
    return User.objects.create_superuser("root@example.com", "a long pass phrase", first_name="Root")


@pytest.fixture
def alice(supabase: SupabaseServer) -> User:
    student = make_student(first_name="Alice", last_name="Adams")
    supabase.add(student.id, app_metadata=PROVIDER | {"role": "student"})
    return student


def save(root: User, user: User, **changes: str) -> list[str]:
    """Save the form of an account; return the messages of the next page."""
    fields = {"email": user.email, "first_name": user.first_name, "last_name": user.last_name, "timezone": "UTC"}
    form = fields | {"role": user.role, "is_active": "on"} | changes
    return told(AdminClient(root).send(f"accounts/user/{user.id}/change/", **form))


def send_again(root: User, *users: User) -> list[str]:
    path = "/admin/accounts/user/"
    form: dict[str, Any] = {"action": "write_roles", "_selected_action": [str(user.id) for user in users]}
    return told(AdminClient(root).post(path, form, follow=True))


def stored_role(user: User) -> str:
    return User.objects.get(id=user.id).role


# --- Reaching Supabase ------------------------------------------------------------------------------------------------


def test_promoting_writes_the_role_and_nothing_else(supabase: SupabaseServer, root: User, alice: User) -> None:
    sentences = save(root, alice, role="teacher")
    assert supabase.users[str(alice.id)]["app_metadata"] == PROVIDER | {"role": "teacher"}
    assert stored_role(alice) == Role.TEACHER
    assert "Supabase has the role of Alice Adams now: teacher." in sentences[-1]
    assert supabase.count("update") == 1


def test_a_teacher_is_made_a_student_again(supabase: SupabaseServer, root: User) -> None:
    teacher = make_teacher()
    supabase.add(teacher.id, app_metadata={"role": "teacher"})
    save(root, teacher, role="student")
    assert supabase.users[str(teacher.id)]["app_metadata"] == {"role": "student"}


def test_a_teacher_added_by_hand_is_a_teacher_at_supabase_too(supabase: SupabaseServer, root: User) -> None:
    user_id = supabase.add()
    form = {"id": str(user_id), "email": "new@example.com", "timezone": "UTC", "role": "teacher"}
    AdminClient(root).send("accounts/user/add/", **form)
    assert supabase.users[str(user_id)]["app_metadata"]["role"] == "teacher"


def test_other_changes_send_no_request_to_supabase(supabase: SupabaseServer, root: User, alice: User) -> None:
    save(root, alice, first_name="Alicia")
    form = {"id": str(supabase.add()), "email": "new@example.com", "timezone": "UTC", "role": "student"}
    AdminClient(root).send("accounts/user/add/", **form)
    assert User.objects.get(id=alice.id).first_name == "Alicia"
    assert supabase.calls == []


def test_an_invalid_form_changes_neither_database(supabase: SupabaseServer, root: User, alice: User) -> None:
    save(root, alice, role="teacher", email="no e-mail")
    assert stored_role(alice) == Role.STUDENT
    assert supabase.calls == []


def test_no_transaction_is_open_while_supabase_is_asked(
    supabase: SupabaseServer, root: User, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def set_role(*arguments: Any) -> bool:
        seen.append((connection.in_atomic_block, stored_role(alice)))
        return supabase_admin.set_role(*arguments)

    monkeypatch.setattr(write_back, "set_role", set_role)
    save(root, alice, role="teacher")
    send_again(root, alice)
    assert seen == [(False, Role.TEACHER)] * 2


def test_a_projects_own_name_for_the_role_is_written(
    supabase: SupabaseServer, root: User, alice: User, settings: Settings
) -> None:
    settings.SUPABASE_ROLE_CLAIM = RoleClaim.parse("app_metadata.kind", ["tutor=teacher"])
    save(root, alice, role="teacher")
    assert supabase.users[str(alice.id)]["app_metadata"] == PROVIDER | {"role": "student", "kind": "tutor"}


def test_a_role_that_only_the_project_writes_is_stored_here_with_a_warning(
    supabase: SupabaseServer, root: User, alice: User, settings: Settings
) -> None:
    settings.SUPABASE_ROLE_CLAIM = RoleClaim.parse("user_role")
    sentence = save(root, alice, role="teacher")[-1]
    assert "the project writes the claim user_role by itself, and this site cannot." in sentence
    assert supabase.calls == []


@pytest.mark.usefixtures("supabase")
def test_a_token_from_before_a_change_of_role_does_not_undo_it(root: User, alice: User) -> None:
    earlier = timezone.now() - dt.timedelta(minutes=5)
    save(root, alice, role="teacher")
    account_for(Claims(alice.id, alice.email, "student", "Alice", "Adams", issued_at=earlier))
    assert stored_role(alice) == Role.TEACHER


# --- Bans -------------------------------------------------------------------------------------------------------------


def is_banned(supabase: SupabaseServer, user: User) -> bool:
    return bool(supabase.users[str(user.id)].get("banned_until"))


def test_deactivating_an_account_bans_it_at_supabase_and_reactivating_lifts_the_ban(
    supabase: SupabaseServer, root: User, alice: User
) -> None:
    assert save(root, alice, is_active="")[-1] == (
        "Alice Adams is deactivated here and banned at Supabase, which signs them in no more."
    )
    assert is_banned(supabase, alice)
    assert supabase.users[str(alice.id)]["app_metadata"] == PROVIDER | {"role": "student"}
    assert save(root, alice, is_active="on")[-1] == "Alice Adams is active again, and not banned at Supabase."
    assert not is_banned(supabase, alice)
    assert User.objects.get(id=alice.id).is_active


def test_reactivating_lifts_a_ban_that_was_set_at_supabase(supabase: SupabaseServer, root: User, alice: User) -> None:
    supabase.change(alice.id, banned_until="2124-12-17T11:00:00Z")
    call_command("sync_supabase_users", stdout=StringIO())
    assert not User.objects.get(id=alice.id).is_active
    save(root, alice, is_active="on")
    assert not is_banned(supabase, alice)
    call_command("sync_supabase_users", stdout=StringIO())
    account = User.objects.get(id=alice.id)
    assert (account.is_active, account.at_supabase) == (True, AtSupabase.PRESENT)


def test_the_account_is_deactivated_even_if_supabase_is_unavailable(
    supabase: SupabaseServer, root: User, alice: User
) -> None:
    supabase.fail(Fault(None), "update")
    sentence = save(root, alice, is_active="")[-1]
    assert sentence.startswith(
        "Alice Adams is deactivated here and locked out of this site, but not banned at Supabase."
    )
    assert not User.objects.get(id=alice.id).is_active
    supabase.recover()
    send_again(root, User.objects.get(id=alice.id))
    assert is_banned(supabase, alice)


def test_sending_again_lifts_no_ban_and_replaces_none(supabase: SupabaseServer, root: User, alice: User) -> None:
    supabase.change(alice.id, banned_until="2124-01-01T00:00:00Z")
    send_again(root, alice)
    assert supabase.users[str(alice.id)]["banned_until"] == "2124-01-01T00:00:00Z"
    call_command("sync_supabase_users", stdout=StringIO())
    send_again(root, User.objects.get(id=alice.id))
    assert supabase.users[str(alice.id)]["banned_until"] == "2124-01-01T00:00:00Z"


def test_a_missing_key_or_supabase_account_is_reported(
    supabase: SupabaseServer, root: User, alice: User, settings: Settings
) -> None:
    assert "has no account at Supabase to be banned" in save(root, make_student(), is_active="")[-1]
    settings.SUPABASE_SERVICE_ROLE_KEY = ""
    assert "They are not banned at Supabase: SUPABASE_URL and" in save(root, alice, is_active="")[-1]
    assert not User.objects.get(id=alice.id).is_active


# --- Not reaching it --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (None, "It returned no usable response (AuthRetryableError)."),
        (Reply(503, "<html>"), "It returned no usable response (503)."),
        (Reply(403, {"code": "not_admin"}), "It refuses SUPABASE_SERVICE_ROLE_KEY (403 not_admin)."),
    ],
)
def test_the_role_is_stored_and_the_superuser_is_warned(
    supabase: SupabaseServer, root: User, alice: User, reply: Reply | None, reason: str
) -> None:
    supabase.fail(Fault(reply), "update")
    sentences = save(root, alice, role="teacher")
    assert sentences[-1].startswith(f"The role of Alice Adams is stored here but not at Supabase. {reason}")
    assert "the-service-role-key" not in sentences[-1]
    assert stored_role(alice) == Role.TEACHER
    assert supabase.users[str(alice.id)]["app_metadata"]["role"] == "student"


def test_the_page_does_not_wait_for_a_silent_supabase(
    supabase: SupabaseServer, root: User, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supabase_admin, "PAGE", PAGE._replace(seconds=0.1))
    supabase.fail(Fault(hangs=True), "update")
    assert "not at Supabase" in save(root, alice, role="teacher")[-1]


def test_without_a_key_the_page_says_what_to_do(
    supabase: SupabaseServer, root: User, alice: User, settings: Settings
) -> None:
    settings.SUPABASE_SERVICE_ROLE_KEY = ""
    sentences = save(root, alice, role="teacher")
    assert "SUPABASE_URL and SUPABASE_SERVICE_ROLE_KEY must both be set." in sentences[-1]
    assert stored_role(alice) == Role.TEACHER
    assert supabase.calls == []


def test_an_account_unknown_to_supabase_has_the_role_here(supabase: SupabaseServer, root: User) -> None:
    student = make_student(first_name="Only", last_name="Here")
    sentences = save(root, student, role="teacher")
    assert sentences[-1] == "Only Here has no account at Supabase, so the role is stored here only."
    assert str(student.id) not in supabase.users


# --- Sending again ----------------------------------------------------------------------------------------------------


def test_a_role_that_could_not_be_written_can_be_sent_again(supabase: SupabaseServer, root: User, alice: User) -> None:
    supabase.fail(Fault(None), "update")
    save(root, alice, role="teacher")
    supabase.recover()
    other = make_teacher()
    supabase.add(other.id)
    sentences = send_again(root, alice, other)
    assert [sentence.partition(" now:")[0] for sentence in sentences] == [
        f"Supabase has the role of {user}"
        for user in User.objects.filter(id__in=[alice.id, other.id]).order_by("email")
    ]
    assert {supabase.users[str(user.id)]["app_metadata"]["role"] for user in (alice, other)} == {"teacher"}


def test_sending_again_stops_at_the_first_failure(supabase: SupabaseServer, root: User, alice: User) -> None:
    supabase.fail(Fault(None), "update")
    told_of_first, told_of_rest = send_again(root, alice, make_teacher())
    assert "is stored here but not at Supabase" in told_of_first
    assert told_of_rest == "1 more account was not tried after that; send again once Supabase can be reached."
    assert supabase.count("update") == 1


@pytest.mark.parametrize(("others", "sentence"), [(0, ""), (3, "3 more accounts were not tried after that;")])
def test_it_says_how_many_were_not_tried(
    others: int, sentence: str, supabase: SupabaseServer, root: User, alice: User
) -> None:
    supabase.fail(Fault(None), "update")
    rest = send_again(root, alice, *(make_teacher() for _ in range(others)))[1:]
    assert [line.startswith(sentence) for line in rest] == ([True] if others else [])


def test_teachers_cannot_send_roles(supabase: SupabaseServer, alice: User) -> None:
    client = AdminClient(make_teacher())
    form = {"action": "write_roles", "_selected_action": str(alice.id)}
    assert client.post("/admin/accounts/user/", form).status_code == 403
    assert supabase.calls == []
