"""Create, renew, revoke and look up the secret of a person's calendar address."""

import datetime as dt
import hashlib
import secrets
from typing import Any

from django.urls import reverse

from accounts.models import User
from calendars.models import Feed


def renew(*, user: User, now: dt.datetime) -> tuple[Feed, str]:
    """Return the person's feed and its new path; the old address stops working."""
    secret = secrets.token_urlsafe(32)
    feed, _ = Feed.objects.update_or_create(user=user, defaults={"digest": _digest(secret), "created_at": now})
    return feed, reverse("calendar-feed", args=[secret])


def state(user: User) -> dict[str, Any]:
    """Return whether the person has an address, and since when."""
    feed = Feed.objects.filter(user=user).first()
    return {"exists": feed is not None, "created_at": feed and feed.created_at}


def close(*, user: User) -> None:
    Feed.objects.filter(user=user).delete()


def reader_of(secret: str) -> User | None:
    """Return the active person whose address has this secret."""
    # No constant-time comparison needed: a digest of 256 random bits cannot be guessed step by step.
    feed = Feed.objects.select_related("user").filter(digest=_digest(secret), user__is_active=True).first()
    return feed.user if feed else None


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
