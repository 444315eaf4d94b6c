"""Messages to be sent, and each person's preferences."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

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

    booking = models.ForeignKey(Booking, verbose_name=_("booking"), on_delete=models.PROTECT, related_name="messages")
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("recipient"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        help_text=_("Empty: the school."),
    )
    booking_version = models.PositiveIntegerField()
    # The time before a move, which the booking no longer has.
    old_start = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True, help_text=_("Empty while done: withdrawn."))

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("message"), _("messages")
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
        whom = self.recipient or gettext("the school")
        return gettext("%(kind)s, to %(whom)s") % {"kind": self.get_kind_display(), "whom": whom}


class MailPreferences(models.Model):
    """Which optional mails a person wants, and whether their address accepts mail."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="mail_preferences")
    day_before = models.BooleanField(default=True)
    hour_before = models.BooleanField(default=True)
    feedback = models.BooleanField(default=True)
    dead_address = models.EmailField(blank=True, editable=False, help_text="The address that was refused for good.")

    class Meta:
        verbose_name = verbose_name_plural = _("mail preferences")

    def __str__(self) -> str:
        return gettext("Mail preferences of %(user)s") % {"user": self.user}

    def wants(self, kind: Kind) -> bool:
        return bool(getattr(self, kind.value, True))

    @classmethod
    def of(cls, user: User) -> "MailPreferences":
        """Return the person's preferences, or the defaults if they never set any."""
        return cls.objects.filter(user=user).first() or cls(user=user)
