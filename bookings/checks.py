"""System checks of the configuration for Zoom."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Info, Tags, register
from django.core.checks import Warning as CheckWarning
from django.db import connections

CONCURRENCY_HINT = (
    "Set ZOOM_HOST_CONCURRENCY (1 for Basic and Pro hosts, 2 for Business), give teachers hosts of their own, or name "
    "several hosts in ZOOM_DEFAULT_HOST."
)


@register("zoom")
def check_zoom(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """Warn if Zoom is not configured with a Server-to-Server app."""
    if settings.ZOOM_EMBEDDED_SANDBOX:
        return [Info("No ZOOM_API_KEY: meetings are made in the development sandbox, not at Zoom.", id="bookings.I001")]
    if not settings.ZOOM_ACCOUNT_ID:
        hint = "Create a Server-to-Server OAuth app and set ZOOM_ACCOUNT_ID; the pair becomes its client id and secret."
        sentence = "Without ZOOM_ACCOUNT_ID the legacy JWT is sent, and Zoom ended JWT apps on 2023-09-08."
        return [CheckWarning(sentence, hint=hint, id="bookings.W001")]
    if "me" in settings.ZOOM_DEFAULT_HOST.replace(",", " ").split():
        hint = "Set ZOOM_DEFAULT_HOST to the id or the e-mail of a user of the account, or to several."
        sentence = "With a Server-to-Server app `me` is the account's owner, and some of Zoom's guides forbid it."
        return [CheckWarning(sentence, hint=hint, id="bookings.W002")]
    return []


@register(Tags.database)
def check_shared_hosts(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **_: Any
) -> list[CheckMessage]:
    """Warn if teachers share a host that may have to run two meetings at a time. Needs `check --database default`."""
    if settings.ZOOM_EMBEDDED_SANDBOX or settings.ZOOM_HOST_CONCURRENCY or "default" not in (databases or ()):
        return []
    sharing = _teachers_sharing_a_host()
    if not sharing:
        return []
    sentence = f"{sharing} teachers share Zoom hosts: overlapping sessions would need two meetings of one at once."
    return [CheckWarning(sentence, hint=CONCURRENCY_HINT, id="bookings.W003")]


def _teachers_sharing_a_host() -> int:
    from accounts.models import TeacherProfile
    from bookings.scheduling import hosts

    if TeacherProfile._meta.db_table not in connections["default"].introspection.table_names():
        return 0  # before the first migration
    used: dict[str, int] = {}
    for host in TeacherProfile.objects.filter(user__is_active=True).values_list("zoom_host", flat=True):
        used[host] = used.get(host, 0) + 1
    return sum(count for host, count in used.items() if count > (1 if host else len(hosts.pool())))
