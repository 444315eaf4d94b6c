"""Sign-in to the admin by a link from the app, for staff who have no password: it works once, for one minute.

The link is a row of Django's session table that belongs to no session yet: its key is the secret, and deleting it
consumes the link.
"""

import datetime as dt
import uuid

from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session

from accounts.models import User

LIFETIME = dt.timedelta(minutes=1)
FOR = "admin_link_for"


def make_link(user: User) -> str:
    """Return the secret of a new link for this member of staff."""
    link = SessionStore()
    link[FOR] = str(user.pk)
    link.set_expiry(int(LIFETIME.total_seconds()))
    link.create()
    assert link.session_key is not None
    return link.session_key


def use_link(secret: str, *, now: dt.datetime) -> User | None:
    """Consume the link. Return its active member of staff, or None; of concurrent callers only one succeeds."""
    row = Session.objects.filter(session_key=secret, expire_date__gt=now).first()
    user_id = row.get_decoded().get(FOR) if row else None
    if user_id is None or not Session.objects.filter(session_key=secret).delete()[0]:
        return None
    user = User.objects.by_id(uuid.UUID(user_id))
    return user if user and user.is_active and user.is_staff else None
