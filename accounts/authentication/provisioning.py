"""The account that a verified token speaks of, made at the first contact and kept in step afterwards."""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import Q

from accounts.authentication.claims import Claims
from accounts.models import AtSupabase, Role, TeacherProfile, User


def account_for(claims: Claims) -> User:
    """Return the account with the token's user id; active or not, the caller must look.

    It is never found by e-mail: whoever takes over an address would take over the account. A known account costs one
    read, and a write only where the token says something new.
    """
    user = User.objects.by_id(claims.user_id)
    if user is None:
        return _create(claims)
    changes = news(user, claims) | _readmission(user, claims)
    return _follow(user, claims, changes) if changes else user


def _create(claims: Claims) -> User:
    """A new account; where another request was first, the one that it made."""
    with transaction.atomic():
        user, _ = User.objects.get_or_create(id=claims.user_id, defaults=first_fields(claims))
        ensure_profile(user)
    return user


def first_fields(claims: Claims) -> dict[str, Any]:
    """What an account begins with, beside its id: a student's unless an administrator says otherwise."""
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
    """Write the changes, unless something newer was written since the account was read."""
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
    """Return the fields that the claims change, with their new values. Claims are silent where they are empty.

    A token that is older than what the account says has no news: two devices may hold tokens with two roles. What was
    erased stays so, whatever Supabase still says.
    """
    if user.erased_at is not None:
        return {}
    as_of, said_at = user.identity_as_of, claims.issued_at
    if as_of and (said_at is None or said_at < as_of):
        return {}
    said: dict[str, Any] = {}
    if claims.role:
        said["role"] = claims.role
    # A superuser's e-mail is the name that they sign in by, and this site's own.
    if claims.email and not user.is_superuser:
        said["email"] = claims.email
    if not user.name:
        said |= {"first_name": claims.first_name, "last_name": claims.last_name}
    changes = {name: value for name, value in said.items() if getattr(user, name) != value}
    return changes | {"identity_as_of": said_at} if changes and said_at else changes


def _readmission(user: User, claims: Claims) -> dict[str, Any]:
    """Supabase gives no tokens to banned or deleted users: one that is newer than the ban says that it is over."""
    if user.is_active or user.at_supabase != AtSupabase.SHUT_OUT or not (claims.issued_at and user.identity_as_of):
        return {}
    if claims.issued_at <= user.identity_as_of:
        return {}
    return {"is_active": True, "at_supabase": AtSupabase.PRESENT, "identity_as_of": claims.issued_at}


def ensure_profile(user: User) -> None:
    """Gives a teacher a profile, with the default rules."""
    ensure_profiles([user])


def ensure_profiles(users: Iterable[User]) -> None:
    """Gives the teachers among them profiles, where they have none; one statement for all."""
    profiles = [TeacherProfile(user_id=user.pk) for user in users if user.is_teacher]
    TeacherProfile.objects.bulk_create(profiles, ignore_conflicts=True)
