"""Endpoints of webhooks, and the deliveries to them."""

import base64
import datetime as dt
import secrets
import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from standardwebhooks.webhooks import Webhook

from bookings.models import BookingChange
from outbox.models import OutboxRow
from outbox.querysets import OutboxQuerySet
from webhooks.addresses import check_address

# How long the old secret also signs, so that a receiver can switch without losing a message.
ROTATION = dt.timedelta(hours=24)


def new_secret() -> str:
    """Return a secret in the format of Standard Webhooks: 24 random bytes."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(24)).decode()}"


class Endpoint(models.Model):
    """A URL of the site's own back end, and the shared secret."""

    url = models.CharField(_("address"), max_length=500, validators=[check_address])
    is_active = models.BooleanField(_("active"), default=True)
    disabled_reason = models.CharField(_("disabled reason"), max_length=200, blank=True, editable=False)
    secret = models.CharField(_("secret"), max_length=100, default=new_secret, editable=False)
    former_secret = models.CharField(max_length=100, blank=True, editable=False)
    former_until = models.DateTimeField(
        _("former until"), null=True, editable=False, help_text=_("Until then the former secret signs too.")
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name, verbose_name_plural = _("endpoint"), _("endpoints")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.url

    def rotate(self, now: dt.datetime) -> None:
        """Set a new secret; the old one also signs for a day."""
        self.former_secret, self.former_until = self.secret, now + ROTATION
        self.secret = new_secret()
        self.save(update_fields=["secret", "former_secret", "former_until"])

    def disable(self, reason: str) -> None:
        self.is_active, self.disabled_reason = False, reason
        self.save(update_fields=["is_active", "disabled_reason"])

    def signatures(self, message_id: str, now: dt.datetime, body: bytes) -> str:
        """Return the value of `webhook-signature`: one for each secret that is valid."""
        valid = [self.secret]
        if self.former_until is not None and now < self.former_until:
            valid.append(self.former_secret)
        return " ".join(Webhook(secret).sign(message_id, now, body.decode()) for secret in valid)


class DeliveryQuerySet(OutboxQuerySet["Delivery"]):
    def replay(self, now: dt.datetime) -> int:
        """Make deliveries due again, except those being posted, under the same ids. Return how many."""
        free = Q(leased_until=None) | Q(leased_until__lte=now)
        return self.filter(free).update(
            due_at=now, give_up_at=now + Delivery.PATIENCE, done_at=None, stopped_at=None, attempts=0, refusals=0
        )


class Delivery(OutboxRow):
    """One event for one endpoint. The body is rendered when it is posted, so no personal data is stored here."""

    PATIENCE = dt.timedelta(days=3)

    endpoint = models.ForeignKey(
        Endpoint, on_delete=models.PROTECT, related_name="deliveries", verbose_name=_("endpoint")
    )
    event_type = models.CharField(_("event type"), max_length=40)
    message_id = models.UUIDField(default=uuid.uuid4, editable=False, help_text="The same in every attempt.")
    change = models.ForeignKey(
        BookingChange, on_delete=models.CASCADE, null=True, related_name="+", help_text="Empty: a test."
    )
    give_up_at = models.DateTimeField()
    last_status = models.PositiveSmallIntegerField(
        _("last status"), null=True, blank=True, help_text=_("What was answered last.")
    )

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("delivery"), _("deliveries")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(done_at=None, stopped_at=None), name="delivery_due"),
            models.Index(fields=["endpoint", "created_at"], name="delivery_of_endpoint"),
        ]

    def __str__(self) -> str:
        return f"{self.event_type} {self.webhook_id}"

    @property
    def webhook_id(self) -> str:
        return f"msg_{self.message_id.hex}"
