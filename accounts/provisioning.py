"""The account that a verified token speaks of, made at the first contact and kept in step afterwards."""

from typing import Any

from django.db import transaction

from accounts.models import Role, TeacherProfile, User
from accounts.tokens import Claims


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
    newcomer = User()
    newcomer.set_unusable_password()
    fields = {
        "email": claims.email,
        "role": claims.role or Role.STUDENT,
        "first_name": claims.first_name,
        "last_name": claims.last_name,
        "password": newcomer.password,
    }
    with transaction.atomic():
        user, _ = User.objects.get_or_create(id=claims.user_id, defaults=fields)
        ensure_profile(user)
    return user


def _follow(user: User, claims: Claims) -> None:
    changes = {name: value for name, value in _news(user, claims).items() if getattr(user, name) != value}
    if not changes:
        return
    for name, value in changes.items():
        setattr(user, name, value)
    with transaction.atomic():
        user.save(update_fields=list(changes))
        ensure_profile(user)


def _news(user: User, claims: Claims) -> dict[str, Any]:
    """What the token may set. It is silent where its claim is empty."""
    news: dict[str, Any] = {}
    if claims.role:
        news["role"] = claims.role
    # A superuser's e-mail is the name that they sign in by, and this site's own.
    if claims.email and not user.is_superuser:
        news["email"] = claims.email
    if not user.name:
        news |= {"first_name": claims.first_name, "last_name": claims.last_name}
    return news


def ensure_profile(user: User) -> None:
    """Gives a teacher a profile, with the default rules."""
    if user.is_teacher:
        TeacherProfile.objects.get_or_create(user=user)
