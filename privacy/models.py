"""Accounts that were erased."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _

from outbox.models import OutboxRow
from outbox.querysets import OutboxQuerySet


class ErasureQuerySet(OutboxQuerySet["Erasure"]):
    """Erasures that are not finished."""


class Erasure(OutboxRow):
    """An account that was erased here; it is done once Supabase has deleted it and Zoom knows of its last bookings."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="erasure")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", help_text="Who asked for it."
    )
    deleted_at_supabase = models.DateTimeField(null=True, blank=True)

    objects = ErasureQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["due_at"], condition=Q(done_at=None, stopped_at=None), name="erasure_due")]

    def __str__(self) -> str:
        return _("Erasure of %(account)s") % {"account": self.user_id}
