"""Accounts that were erased."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from outbox.models import OutboxRow
from outbox.querysets import OutboxQuerySet


class ErasureQuerySet(OutboxQuerySet["Erasure"]):
    """Erasures that are not finished."""


class Erasure(OutboxRow):
    """An account that was erased here; it is done once Supabase has deleted it and Zoom knows of its last bookings."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="erasure", verbose_name=_("user")
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("Who asked for it."),
        verbose_name=_("by"),
    )
    deleted_at_supabase = models.DateTimeField(_("deleted at supabase"), null=True, blank=True)

    objects = ErasureQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("erasure"), _("erasures")
        ordering = ["-id"]
        indexes = [models.Index(fields=["due_at"], condition=Q(done_at=None, stopped_at=None), name="erasure_due")]

    def __str__(self) -> str:
        return gettext("Erasure of %(account)s") % {"account": self.user_id}
