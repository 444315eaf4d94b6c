"""Sync accounts with Supabase's list of users, for `manage.py sync_supabase_users`.

Everything is read before anything is written, so that a failure half-way changes nothing here. Accounts are never
deleted, because bookings are kept: users who are banned or deleted there are deactivated here, and reactivated when
that is over. Accounts that never had a counterpart there are left alone, and so are those with a local password.
"""

import datetime as dt
import enum
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import transaction

from accounts.authentication.provisioning import ensure_profiles, first_fields, news
from accounts.models import AtSupabase, User
from accounts.supabase import users as supabase_admin
from accounts.supabase.users import ListedUser

Item = TypeVar("Item")
# Role and e-mail, by account.
Said = dict[uuid.UUID, tuple[str, str]]

BATCH_SIZE = 1000
# This many deletions between two runs are always plausible; see `TooManyGone`.
FEW = 10


class TooManyGone(Exception):
    """Most accounts are missing at Supabase: probably the wrong project."""

    def __init__(self, gone: int, known: int) -> None:
        super().__init__(f"{gone} of {known} active accounts are not there. Is SUPABASE_URL the right project?")


class Outcome(enum.StrEnum):
    """Result for an account. LEFT: banned or deleted at Supabase, but active here because of its local password."""

    CREATED = "created"
    UPDATED = "updated"
    DEACTIVATED = "deactivated"
    REACTIVATED = "reactivated"
    UNCHANGED = "unchanged"
    LEFT = "left active"


@dataclass(frozen=True)
class Step:
    """An account, its outcome and the fields that changed."""

    user: User
    outcome: Outcome
    fields: tuple[str, ...]


def sync(*, now: dt.datetime, dry_run: bool = False, believe: bool = False) -> list[Step]:
    """Sync every account with Supabase; with `dry_run` only return what would change.

    Raises SupabaseUnavailable, and TooManyGone unless told to `believe` the list; then nothing has changed.
    """
    said = _said()
    listed = supabase_admin.list_users(now=now)
    gone = _gone(listed, believe=believe)
    steps = [step for batch in _batches(listed) for step in _follow(batch, said, now=now, dry_run=dry_run)]
    return steps + [step for batch in _batches(gone) for step in _shut_out(batch, now=now, dry_run=dry_run)]


def _said() -> Said:
    """Return accounts as they are before the list is read: what differs at the time of writing is newer."""
    return {user_id: (role, email) for user_id, role, email in User.objects.values_list("id", "role", "email")}


def _gone(listed: list[ListedUser], *, believe: bool) -> list[uuid.UUID]:
    """Return active accounts deleted at Supabase. One missing from the list is looked up to make sure."""
    there = {user.claims.user_id for user in listed}
    known = User.objects.filter(is_active=True).exclude(at_supabase=AtSupabase.UNSEEN)
    ids = list(known.order_by("id").values_list("id", flat=True))
    missing = [user_id for user_id in ids if user_id not in there]
    if len(missing) > max(FEW, len(ids) // 2) and not believe:
        raise TooManyGone(len(missing), len(ids))
    return supabase_admin.gone(missing) if missing else []


# --- Writing: one transaction per batch -------------------------------------------------------------------------------


def _follow(batch: Sequence[ListedUser], said: Said, *, now: dt.datetime, dry_run: bool) -> list[Step]:
    with transaction.atomic():
        known = _locked([listed.claims.user_id for listed in batch])
        steps = [_step(known.get(listed.claims.user_id), listed, said, now) for listed in batch]
        if not dry_run:
            _write(steps)
    return steps


def _shut_out(batch: Sequence[uuid.UUID], *, now: dt.datetime, dry_run: bool) -> list[Step]:
    with transaction.atomic():
        steps = [_shut_out_step(user, now) for user in _locked(batch).values() if user.is_active]
        if not dry_run:
            _write(steps)
    return steps


def _locked(user_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, User]:
    """Lock these accounts, so that no concurrent change is undone; their bookings are not blocked."""
    return User.objects.select_for_update(no_key=True).order_by("id").in_bulk(user_ids)


def _write(steps: list[Step]) -> None:
    """Write one account. If a concurrent first sign-in has just made it, leave it to the next run."""
    made = [step.user for step in steps if step.outcome is Outcome.CREATED]
    changed = [step.user for step in steps if step.fields and step.outcome is not Outcome.CREATED]
    fields = sorted({name for step in steps for name in step.fields})
    User.objects.bulk_create(made, ignore_conflicts=True)
    if changed:
        User.objects.bulk_update(changed, fields)
    ensure_profiles(made + changed)


# --- What changes -----------------------------------------------------------------------------------------------------


def _step(user: User | None, listed: ListedUser, said: Said, now: dt.datetime) -> Step:
    claims, is_banned = listed.claims, listed.is_banned(now)
    if user is None:
        newcomer = User(id=claims.user_id, **first_fields(claims))
        return _change(newcomer, _standing(newcomer, now, is_banned=is_banned), Outcome.CREATED)
    left = Outcome.LEFT if is_banned and user.is_active and user.signs_in_locally else None
    # An administrator or a fresh token has changed it since: the next run sees whether Supabase agrees.
    is_newer = said.get(user.id) != (user.role, user.email)
    return _change(user, ({} if is_newer else news(user, claims)) | _standing(user, now, is_banned=is_banned), left)


def _shut_out_step(user: User, now: dt.datetime) -> Step:
    return _change(user, {}, Outcome.LEFT) if user.signs_in_locally else _change(user, _shutting_out(now))


def _shutting_out(now: dt.datetime) -> dict[str, Any]:
    """Keep the moment, because a token issued later reactivates the account."""
    return {"is_active": False, "at_supabase": AtSupabase.SHUT_OUT, "identity_as_of": now}


def _standing(user: User, now: dt.datetime, *, is_banned: bool) -> dict[str, Any]:
    """Return whether the account is to be active. One deactivated by an administrator here stays so."""
    by_sync = user.at_supabase == AtSupabase.SHUT_OUT
    if is_banned and by_sync and not user.is_active:
        return {}
    if is_banned and user.is_active and not user.signs_in_locally:
        return _shutting_out(now)
    if by_sync and not is_banned:
        return {"is_active": True, "at_supabase": AtSupabase.PRESENT}
    return {"at_supabase": AtSupabase.PRESENT}


def _change(user: User, wanted: dict[str, Any], outcome: Outcome | None = None) -> Step:
    changes = {name: value for name, value in wanted.items() if getattr(user, name) != value}
    for name, value in changes.items():
        setattr(user, name, value)
    return Step(user, outcome or _outcome(changes), tuple(changes))


def _outcome(changes: dict[str, Any]) -> Outcome:
    if "is_active" in changes:
        return Outcome.REACTIVATED if changes["is_active"] else Outcome.DEACTIVATED
    return Outcome.UPDATED if changes else Outcome.UNCHANGED


def _batches(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    for first in range(0, len(items), BATCH_SIZE):
        yield items[first : first + BATCH_SIZE]
