"""Messages to be sent, and each person's preferences."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import User
from bookings.models import Booking
from notifications.kinds import Kind
from outbox.models import OutboxRow
from outbox.querysets import OutboxQuerySet


class MessageQuerySet(OutboxQuerySet["Message"]):
    def end_backoff(self, now: dt.datetime) -> int:
        """Make failed messages due now. Reminders that wait for their time are unaffected."""
        return super(MessageQuerySet, self.filter(attempts__gt=0)).end_backoff(now)


class Message(OutboxRow):
    """A mail about one version of a booking to one person, or to the school if there is no person."""

    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, related_name="messages")
    kind = models.CharField(max_length=20, choices=Kind)
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, help_text="Empty: the school."
    )
    booking_version = models.PositiveIntegerField()
    # The time before a move, which the booking no longer has.
    old_start = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True, help_text="Empty while done: withdrawn.")

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["booking", "kind", "recipient", "booking_version"],
                name="one_message_of_a_kind",
                nulls_distinct=False,
            )
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(done_at=None, stopped_at=None), name="message_due"),
            models.Index(fields=["booking"], condition=Q(done_at=None), name="message_open_of_booking"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, to {self.recipient or 'the school'}"


class MailPreferences(models.Model):
    """Which optional mails a person wants, and whether their address accepts mail."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="mail_preferences")
    day_before = models.BooleanField(default=True)
    hour_before = models.BooleanField(default=True)
    feedback = models.BooleanField(default=True)
    dead_address = models.EmailField(blank=True, editable=False, help_text="The address that was refused for good.")

    class Meta:
        verbose_name_plural = "mail preferences"

    def __str__(self) -> str:
        return f"Mail preferences of {self.user}"

    def wants(self, kind: Kind) -> bool:
        return bool(getattr(self, kind.value, True))

    @classmethod
    def of(cls, user: User) -> "MailPreferences":
        """Return the person's preferences, or the defaults if they never set any."""
        return cls.objects.filter(user=user).first() or cls(user=user)
