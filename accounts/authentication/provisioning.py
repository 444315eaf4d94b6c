"""The account that a verified token speaks of, made at the first contact and kept in step afterwards."""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import transaction

from accounts.authentication.tokens import Claims
from accounts.models import AtSupabase, Role, TeacherProfile, User


def account_for(claims: Claims) -> User:
    """The account with the token's user id; active or not, the caller must look.

    It is never found by e-mail: whoever takes over an address would take over the account. A known account costs one
    read, and a write only where the token says something new.
    """
    user = User.objects.by_id(claims.user_id)
    if user is None:
        return _create(claims)
    _follow(user, claims)
    return user


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
    }


def _follow(user: User, claims: Claims) -> None:
    changes = news(user, claims)
    if not changes:
        return
    for name, value in changes.items():
        setattr(user, name, value)
    with transaction.atomic():
        user.save(update_fields=list(changes))
        ensure_profile(user)


def news(user: User, claims: Claims) -> dict[str, Any]:
    """The fields that the claims change, with their new values. Claims are silent where they are empty."""
    said: dict[str, Any] = {}
    if claims.role:
        said["role"] = claims.role
    # A superuser's e-mail is the name that they sign in by, and this site's own.
    if claims.email and not user.is_superuser:
        said["email"] = claims.email
    if not user.name:
        said |= {"first_name": claims.first_name, "last_name": claims.last_name}
    return {name: value for name, value in said.items() if getattr(user, name) != value}


def ensure_profile(user: User) -> None:
    """Gives a teacher a profile, with the default rules."""
    ensure_profiles([user])


def ensure_profiles(users: Iterable[User]) -> None:
    """Gives the teachers among them profiles, where they have none; one statement for all."""
    profiles = [TeacherProfile(user_id=user.pk) for user in users if user.is_teacher]
    TeacherProfile.objects.bulk_create(profiles, ignore_conflicts=True)
