"""Calendar addresses: our own feeds, and other calendars that we read."""

import datetime as dt
import uuid

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q, TextChoices
from django.utils.translation import gettext_lazy as _

from accounts.models import ONE_LINE, User
from calendars import failures, fetching, passwords
from calendars.fetching import Login
from outbox.models import OutboxRow
from outbox.querysets import OutboxQuerySet

LONGEST_USERNAME = 200


def check_username(username: str) -> None:
    """Refuse a colon, which parts name and password (RFC 7617)."""
    if ":" in username:
        raise ValidationError(_("A user name cannot contain a colon."))


class Feed(models.Model):
    """A person's own calendar address. Its secret gives read access, so only a digest is stored."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="calendar_feed")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(editable=False)

    def __str__(self) -> str:
        return f"Calendar address of {self.user}"


class OtherCalendarQuerySet(OutboxQuerySet["OtherCalendar"]):
    def end_backoff(self, now: dt.datetime) -> int:
        """Make failed calendars due now. Successfully read ones wait for their next turn.

        So do those whose password is wrong: servers lock accounts after repeated failures.
        """
        return super(OtherCalendarQuerySet, self.filter(failing_since__isnull=False, refusals=0)).end_backoff(now)


class Kind(TextChoices):
    ICS = "ics", _("Calendar address")
    CALDAV = "caldav", _("CalDAV account")


class OtherCalendar(OutboxRow):
    """A calendar of a teacher elsewhere, whose busy times cannot be booked. It falls due periodically.

    With a CalDAV account, all calendars of the account. `refusals` then counts how often its password was refused.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    teacher = models.ForeignKey(
        User, verbose_name=_("teacher"), on_delete=models.CASCADE, related_name="other_calendars", db_index=False
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.ICS, db_default=Kind.ICS)
    name = models.CharField(max_length=100, blank=True, validators=[ONE_LINE])
    address = models.CharField(
        max_length=fetching.LONGEST_ADDRESS, editable=False, help_text="Often a secret: whoever has it may read."
    )
    username = models.CharField(
        max_length=LONGEST_USERNAME, blank=True, default="", db_default="", validators=[ONE_LINE, check_username]
    )
    encrypted_password = models.TextField(blank=True, default="", db_default="", editable=False)
    etag = models.CharField(max_length=fetching.LONGEST_VALIDATOR, blank=True, editable=False)
    last_modified = models.CharField(max_length=fetching.LONGEST_VALIDATOR, blank=True, editable=False)
    fetched_at = models.DateTimeField(
        _("fetched at"), null=True, blank=True, help_text=_("When it last answered as it should.")
    )
    read_at = models.DateTimeField(null=True, blank=True, help_text="When its events were last read.")
    failing_since = models.DateTimeField(_("failing since"), null=True, blank=True)
    ignored_events = models.PositiveIntegerField(
        _("ignored events"), default=0, help_text=_("Events that cannot be read, or repeat more often than daily.")
    )

    objects = OtherCalendarQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("calendar elsewhere"), _("calendars elsewhere")
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["teacher", "address", "username"], name="one_calendar_of_an_account")
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(done_at=None, stopped_at=None), name="calendar_due")]

    def __str__(self) -> str:
        return self.name or self.host

    @property
    def failure(self) -> str:
        """Why it cannot be read, for its teacher."""
        return failures.in_words(self.last_error)

    @property
    def host(self) -> str:
        """The part of the URL that may be shown."""
        return fetching.host_of(self.address)

    def login(self) -> Login:
        """Return what a CalDAV account is signed in to with. Raises UnreadableError."""
        return Login(self.host, self.username, passwords.decrypt(self.encrypted_password))
