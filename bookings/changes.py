"""The history of bookings. The model is exported by `bookings.models`."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bookings.states import Move, Status
from wall_clock.zones import when


class BookingChange(models.Model):
    """One move of one booking: who made it, when, from what, to what, and why. Only ever appended."""

    booking = models.ForeignKey("bookings.Booking", on_delete=models.PROTECT, related_name="changes")
    move = models.CharField(_("move"), max_length=10, choices=Move)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, help_text="Empty: the system."
    )
    at = models.DateTimeField(_("at"))
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    from_status = models.CharField(max_length=10, choices=Status, blank=True)
    to_status = models.CharField(_("to status"), max_length=10, choices=Status)
    from_start = models.DateTimeField(null=True)
    from_end = models.DateTimeField(null=True)
    to_start = models.DateTimeField(_("to start"))
    to_end = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        made = {"move": self.move, "who": self.by or gettext("the system"), "when": when(self.at)}
        return gettext("%(move)s by %(who)s at %(when)s") % made
