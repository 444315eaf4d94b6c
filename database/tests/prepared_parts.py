"""Shared by the tests of prepared queries."""

import uuid
from typing import Any

from django.db.models import QuerySet

from accounts.models import User

COLUMNS = ("id", "email", "is_active", "created_at", "profile__buffer_minutes")


def by_id(user_id: uuid.UUID) -> QuerySet[User, Any]:
    return User.objects.filter(id=user_id).values_list(*COLUMNS)
