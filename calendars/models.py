"""Calendar addresses: our own feeds, and other calendars that we read."""

import datetime as dt
import uuid

from django.db import models
from django.db.models import Q

from accounts.models import ONE_LINE, User
from calendars import fetching
from outbox.models import OutboxRow
from outbox.querysets import OutboxQuerySet


class Feed(models.Model):
    """A person's own calendar address. Its secret gives read access, so only a digest is stored."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="calendar_feed")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(editable=False)

    def __str__(self) -> str:
        return f"Calendar address of {self.user}"


class OtherCalendarQuerySet(OutboxQuerySet["OtherCalendar"]):
    def end_backoff(self, now: dt.datetime) -> int:
        """Make failed calendars due now. Successfully read ones wait for their next turn."""
        return super(OtherCalendarQuerySet, self.filter(failing_since__isnull=False)).end_backoff(now)


class OtherCalendar(OutboxRow):
    """A calendar of a teacher elsewhere, whose busy times cannot be booked. It falls due periodically."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    teacher = models.ForeignKey(User, on_delete=models.CASCADE, related_name="other_calendars", db_index=False)
    name = models.CharField(max_length=100, blank=True, validators=[ONE_LINE])
    address = models.CharField(
        max_length=fetching.LONGEST_ADDRESS, editable=False, help_text="Often a secret: whoever has it may read."
    )
    etag = models.CharField(max_length=fetching.LONGEST_VALIDATOR, blank=True, editable=False)
    last_modified = models.CharField(max_length=fetching.LONGEST_VALIDATOR, blank=True, editable=False)
    fetched_at = models.DateTimeField(null=True, blank=True, help_text="When it last answered as it should.")
    read_at = models.DateTimeField(null=True, blank=True, help_text="When its events were last read.")
    failing_since = models.DateTimeField(null=True, blank=True)
    ignored_events = models.PositiveIntegerField(
        default=0, help_text="Events that cannot be read, or repeat more often than daily."
    )

    objects = OtherCalendarQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [models.UniqueConstraint(fields=["teacher", "address"], name="one_calendar_of_an_address")]
        indexes = [models.Index(fields=["due_at"], condition=Q(done_at=None, stopped_at=None), name="calendar_due")]

    def __str__(self) -> str:
        return self.name or self.host

    @property
    def host(self) -> str:
        """The part of the URL that may be shown."""
        return fetching.host_of(self.address)
