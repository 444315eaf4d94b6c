"""Meetings of the sandbox."""

import secrets

from django.db import models
from django.utils import timezone


def new_number() -> int:
    """Return a meeting number like Zoom's: eleven digits, more than fit in 32 bits."""
    return 80_000_000_000 + secrets.randbelow(10_000_000_000)


class SandboxMeeting(models.Model):
    """A simulated meeting. Fields as in Zoom's API: `duration` is in minutes; deleted ones are kept, but not shown."""

    id = models.BigIntegerField(primary_key=True, default=new_number, editable=False)
    host = models.CharField(max_length=200)
    topic = models.CharField(max_length=200)
    agenda = models.TextField(max_length=2000, blank=True)
    start_time = models.DateTimeField()
    duration = models.PositiveIntegerField(default=60)
    password = models.CharField(max_length=10, blank=True)
    settings = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["host", "id"], name="sandbox_meeting_by_host")]

    def __str__(self) -> str:
        return f"{self.topic} ({self.id})"

    @property
    def waiting_room(self) -> bool:
        """True if the host admits people one by one."""
        return bool(self.settings.get("waiting_room"))
