"""Find, create and update the account of a verified token."""

import uuid
from collections.abc import Callable, Iterable
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import Q

from accounts.authentication.claims import Claims
from accounts.models import AtSupabase, Role, TeacherProfile, User


def account_for(claims: Claims, *, read: Callable[[uuid.UUID], User | None] | None = None) -> User:
    """Return the account with the token's user id. It may be inactive: the caller must check.

    Accounts are never matched by e-mail: taking over an address would take over the account. A known account costs one
    read, by `read` instead of `by_id` if given, and a write only if the token has changes.
    """
    user = (read or User.objects.by_id)(claims.user_id)
    if user is None:
        return _create(claims)
    changes = news(user, claims) | _readmission(user, claims)
    return _follow(user, claims, changes) if changes else user


def _create(claims: Claims) -> User:
    """Create the account, or return the one that a concurrent request has created."""
    with transaction.atomic():
        user, _ = User.objects.get_or_create(id=claims.user_id, defaults=first_fields(claims))
        ensure_profile(user)
    return user


def first_fields(claims: Claims) -> dict[str, Any]:
    """Return the fields of a new account: a student's, unless an administrator has set another role."""
    return {
        "email": claims.email,
        "role": claims.role or Role.STUDENT,
        "first_name": claims.first_name,
        "last_name": claims.last_name,
        "password": make_password(None),
        "at_supabase": AtSupabase.PRESENT,
        "identity_as_of": claims.issued_at,
    }


def _follow(user: User, claims: Claims, changes: dict[str, Any]) -> User:
    """Write the changes, unless newer ones were written since the account was read."""
    is_newest = Q(identity_as_of=None)
    if claims.issued_at:
        is_newest |= Q(identity_as_of__lte=claims.issued_at)
    with transaction.atomic():
        if not User.objects.filter(is_newest, pk=user.pk).update(**changes):
            return User.objects.get(pk=user.pk)
        for name, value in changes.items():
            setattr(user, name, value)
        ensure_profile(user)
    return user


def news(user: User, claims: Claims) -> dict[str, Any]:
    """Return the fields that the claims change, with their new values. Empty claims change nothing.

    A token older than the account's data changes nothing: two devices may hold tokens with different roles. Erased data
    stays erased, even if Supabase still has it.
    """
    if user.erased_at is not None:
        return {}
    as_of, said_at = user.identity_as_of, claims.issued_at
    if as_of and (said_at is None or said_at < as_of):
        return {}
    said: dict[str, Any] = {}
    if claims.role:
        said["role"] = claims.role
    # A superuser's e-mail is their local sign-in name, so it does not follow Supabase.
    if claims.email and not user.is_superuser:
        said["email"] = claims.email
    if not user.name:
        said |= {"first_name": claims.first_name, "last_name": claims.last_name}
    changes = {name: value for name, value in said.items() if getattr(user, name) != value}
    return changes | {"identity_as_of": said_at} if changes and said_at else changes


def _readmission(user: User, claims: Claims) -> dict[str, Any]:
    """Return the fields that reactivate the account, if the token is newer than the ban: banned users get none."""
    if user.is_active or user.at_supabase != AtSupabase.SHUT_OUT or not (claims.issued_at and user.identity_as_of):
        return {}
    if claims.issued_at <= user.identity_as_of:
        return {}
    return {"is_active": True, "at_supabase": AtSupabase.PRESENT, "identity_as_of": claims.issued_at}


def ensure_profile(user: User) -> None:
    """Give a teacher a profile with the default rules."""
    ensure_profiles([user])


def ensure_profiles(users: Iterable[User]) -> None:
    """Give teachers without a profile one, in a single statement."""
    profiles = [TeacherProfile(user_id=user.pk) for user in users if user.is_teacher]
    TeacherProfile.objects.bulk_create(profiles, ignore_conflicts=True)
