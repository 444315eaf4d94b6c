import uuid

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bookings.querysets import FeedbackQuerySet


class Feedback(models.Model):
    """What the student says of a completed session, once."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    booking = models.OneToOneField(
        "bookings.Booking", on_delete=models.PROTECT, related_name="feedback", verbose_name=_("booking")
    )
    rating = models.PositiveSmallIntegerField(_("rating"), validators=[MinValueValidator(1), MaxValueValidator(5)])
    comment = models.TextField(_("comment"), max_length=2000, blank=True)
    created_at = models.DateTimeField(_("created at"), editable=False)

    objects = FeedbackQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("feedback")
        ordering = ["-created_at", "id"]
        constraints = [models.CheckConstraint(condition=Q(rating__range=(1, 5)), name="feedback_rating_is_1_to_5")]

    def __str__(self) -> str:
        return gettext("%(rating)d of 5 for %(booking)s") % {"rating": self.rating, "booking": self.booking}
