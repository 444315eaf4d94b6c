"""`manage.py sync_supabase_users`: dry runs, failures, other projects' lists, and what a large school costs."""

import uuid

import pytest
from django.core.management import CommandError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from accounts.factories import make_student
from accounts.models import AtSupabase, TeacherProfile, User
from accounts.supabase import sync as sync_module
from accounts.supabase import users as supabase_admin
from accounts.tests.supabase.runs import BANNED, counts, rows, sync
from testing.supabase_server import SupabaseServer
from testing.zoom_server import Fault, Reply

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]


# --- Dry runs ---------------------------------------------------------------------------------------------------------


def test_a_dry_run_says_what_would_change_and_changes_nothing(supabase: SupabaseServer) -> None:
    new, moved, banned, unchanged, deleted = (uuid.UUID(int=number) for number in range(1, 6))
    for user_id in (moved, banned, unchanged, deleted):
        make_student(id=user_id, email=f"{user_id.int}@example.com")
    User.objects.update(at_supabase=AtSupabase.PRESENT)
    supabase.add(unchanged, email="4@example.com")
    supabase.add(banned, email="3@example.com", **BANNED)
    supabase.add(moved, email="new@example.com", app_metadata={"role": "teacher"})
    supabase.add(new, email="1@example.com", app_metadata={"role": "teacher"})
    before = rows()

    assert sync("--dry-run").splitlines() == [
        f"{new} 1@example.com: created",
        f"{moved} new@example.com: updated (role, email)",
        f"{banned} 3@example.com: deactivated (is_active, at_supabase)",
        f"{deleted} 5@example.com: deactivated (is_active, at_supabase)",
        "Would be: " + counts(created=1, updated=1, deactivated=2, unchanged=1).strip(),
    ]
    assert rows() == before
    assert sync() == counts(created=1, updated=1, deactivated=2, unchanged=1)


# --- Failures ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("operation", ["list", "get"])
@pytest.mark.parametrize("reply", [Reply(403, {"code": "not_admin"}), Reply(500, {}), Reply(200, "<html>"), None])
def test_a_failure_is_one_sentence_and_changes_nothing(
    supabase: SupabaseServer, operation: str, reply: Reply | None
) -> None:
    make_student()
    User.objects.update(at_supabase=AtSupabase.PRESENT)
    supabase.add()
    supabase.fail(Fault(reply), operation)
    before = rows()
    with pytest.raises(CommandError, match=r"^Supabase could not be reached; nothing was changed\. It") as failure:
        sync()
    assert "the-service-role-key" not in str(failure.value)
    assert rows() == before


def test_a_failure_on_a_later_page_changes_nothing(supabase: SupabaseServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supabase_admin, "PAGE_SIZE", 2)
    for _ in range(5):
        supabase.add()
    supabase.before = lambda call: supabase.fail(Fault(Reply(503)), "list") if call.target == "2" else None
    with pytest.raises(CommandError):
        sync()
    assert not User.objects.exists()


@pytest.mark.parametrize("name", ["SUPABASE_URL", "SUPABASE_SERVICE_ROLE_KEY"])
def test_a_missing_setting_is_named(supabase: SupabaseServer, settings: Settings, name: str) -> None:
    setattr(settings, name, "")
    with pytest.raises(CommandError, match="SUPABASE_URL and SUPABASE_SERVICE_ROLE_KEY must both be set"):
        sync()
    assert supabase.calls == []


def test_a_list_of_another_project_changes_nothing_unless_forced(supabase: SupabaseServer) -> None:
    for _ in range(11):
        make_student()
    User.objects.update(at_supabase=AtSupabase.PRESENT)
    supabase.add()
    before = rows()
    with pytest.raises(CommandError, match=r"^Nothing was changed: 11 of 11 active accounts are not there\."):
        sync()
    assert rows() == before
    assert supabase.count("get") == 0
    assert sync("--force") == counts(created=1, deactivated=11)


# --- A large school ---------------------------------------------------------------------------------------------------


def statements() -> int:
    """How many statements a run takes."""
    with CaptureQueriesContext(connection) as queries:
        sync()
    return len(queries)


def test_three_thousand_users_cost_some_statements_for_each_thousand(supabase: SupabaseServer) -> None:
    """SQLite takes 999 parameters at most, hence fifteen inserts for a thousand accounts; PostgreSQL takes one."""
    ids = [supabase.add() for _ in range(3_000)]
    assert statements() <= 3 * 21
    assert User.objects.count() == 3_000
    assert supabase.count("list") == 4

    assert statements() <= 3 * 6, "nothing has changed"

    for user_id in ids[:100]:
        supabase.change(user_id, app_metadata={"role": "teacher"}, email=f"new-{user_id.hex}@example.com")
    assert statements() <= 3 * 6
    assert TeacherProfile.objects.count() == User.objects.filter(email__startswith="new-").count() == 100


def test_no_user_is_lost_between_batches(supabase: SupabaseServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sync_module, "BATCH_SIZE", 3)
    for _ in range(7):
        supabase.add()
    assert sync() == counts(created=7)
    assert sync() == counts(unchanged=7)


def test_a_concurrent_first_sign_in_is_not_an_error(supabase: SupabaseServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The account appears between the look and the insert."""
    user_id = supabase.add(app_metadata={"role": "teacher"})
    make_student(id=user_id, email="first@example.com")
    monkeypatch.setattr(sync_module, "_locked", lambda _: {})
    sync()
    monkeypatch.undo()
    assert User.objects.get().email == "first@example.com"
    assert User.objects.get().role == "student"
