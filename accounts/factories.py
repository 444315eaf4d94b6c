"""Accounts for tests and for the demo."""

import uuid
from typing import TypedDict, Unpack

from accounts.models import Role, TeacherProfile, User


class ProfileFields(TypedDict, total=False):
    """Fields of a teacher's profile; omitted ones take the model's default."""

    headline: str
    bio: str
    zoom_host: str
    slot_interval_minutes: int
    buffer_minutes: int
    minimum_notice_minutes: int
    horizon_days: int
    cancel_notice_minutes: int
    reschedule_notice_minutes: int


def make_student(
    *,
    id: uuid.UUID | None = None,  # noqa: A002  # the model's own name
    email: str = "",
    first_name: str = "John",
    last_name: str = "Doe",
    timezone: str = "UTC",
    is_active: bool = True,
) -> User:
    """A student, who signs in through Supabase only."""
    return _make(Role.STUDENT, id or uuid.uuid4(), email, first_name, last_name, timezone, is_active=is_active)


def make_teacher(
    *,
    id: uuid.UUID | None = None,  # noqa: A002  # the model's own name
    email: str = "",
    first_name: str = "Maria",
    last_name: str = "Garcia",
    timezone: str = "UTC",
    is_active: bool = True,
    **profile: Unpack[ProfileFields],
) -> User:
    """A teacher with a profile."""
    user = _make(Role.TEACHER, id or uuid.uuid4(), email, first_name, last_name, timezone, is_active=is_active)
    TeacherProfile.objects.create(user=user, **profile)
    return user


def _make(
    role: Role, user_id: uuid.UUID, email: str, first_name: str, last_name: str, timezone: str, *, is_active: bool
) -> User:
    user = User(
        id=user_id,
        role=role,
        email=email or f"{first_name}.{user_id.hex[:8]}@example.com".lower(),
        first_name=first_name,
        last_name=last_name,
        timezone=timezone,
        is_active=is_active,
    )
    user.set_unusable_password()
    user.save(force_insert=True)
    return user
