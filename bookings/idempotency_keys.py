"""Idempotency keys. The model is exported by `bookings.models`."""

from django.conf import settings
from django.db import models


class IdempotencyKey(models.Model):
    """A request under an `Idempotency-Key`, and its response."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, db_index=False)
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    path = models.CharField(max_length=255, blank=True, default="", db_default="")
    status = models.PositiveSmallIntegerField(default=201, db_default=201)
    location = models.CharField(max_length=255, blank=True, default="", db_default="")
    answer = models.TextField(blank=True, help_text="JSON, as text: a JSON column would change the order of its keys.")
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="idempotency_key_once_per_user")]

    def __str__(self) -> str:
        return f"{self.key} of {self.user_id}"
