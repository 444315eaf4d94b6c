"""Unsubscribe from optional mails with one click and without signing in (RFC 2369, RFC 8058)."""

import uuid

from django.conf import settings
from django.core import signing

from accounts.models import User
from notifications.kinds import OPTIONAL, Kind
from notifications.models import MailPreferences

SALT = "notifications.unsubscribe"


def token(user: User, kind: Kind) -> str:
    return signing.dumps([str(user.id), kind.value], salt=SALT)


def headers(user: User, kind: Kind) -> dict[str, str]:
    """Return the mail headers. Without PUBLIC_URL they name only the school's mailbox."""
    if not settings.PUBLIC_URL:
        return {"List-Unsubscribe": f"<mailto:{settings.DEFAULT_FROM_EMAIL}?subject=unsubscribe>"}
    address = f"{settings.PUBLIC_URL}/api/notifications/unsubscribe/{token(user, kind)}/"
    return {"List-Unsubscribe": f"<{address}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def unsubscribe(text: str) -> Kind | None:
    """Unsubscribe the token's person from its kind of mail. Return the kind; None for a forged token."""
    try:
        user_id, kind = signing.loads(text, salt=SALT)
        person, optional = User.objects.get(id=uuid.UUID(user_id)), Kind(kind)
    except (signing.BadSignature, ValueError, User.DoesNotExist):
        return None
    if optional not in OPTIONAL:
        return None
    MailPreferences.objects.update_or_create(user=person, defaults={optional.value: False})
    return optional
