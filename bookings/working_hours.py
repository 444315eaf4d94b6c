"""A teacher's working hours, absences, and busy times elsewhere. The models are exported by `bookings.models`."""

import datetime as dt
import uuid

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wall_clock.zones import when

LONGEST_BUSY = dt.timedelta(days=1)
NO_WEEKDAY = _("Hours that recur need a weekday from 0 (Monday) to 6 (Sunday).")


class Availability(models.Model):
    """Working hours of a teacher, by the teacher's wall clock: each week on a weekday, or once on a date."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    teacher = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="availabilities", verbose_name=_("teacher")
    )
    day_of_week = models.PositiveSmallIntegerField(
        _("day of week"),
        blank=True,
        validators=[MaxValueValidator(6)],
        help_text=_("0 is Monday. Follows from the date of hours that do not recur."),
    )
    start_time = models.TimeField(_("start time"))
    end_time = models.TimeField(_("end time"), help_text=_("00:00 is the midnight at the end of the day."))
    is_recurring = models.BooleanField(_("is recurring"), default=True)
    date = models.DateField(_("date"), null=True, blank=True, help_text=_("Only for hours that do not recur."))

    class Meta:
        verbose_name, verbose_name_plural = _("availability window"), _("availability windows")
        ordering = ["day_of_week", "start_time", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(day_of_week__range=(0, 6)), name="availability_weekday_is_0_to_6"),
            models.CheckConstraint(
                condition=Q(end_time__gt=F("start_time")) | Q(end_time=dt.time.min),
                name="availability_ends_after_start",
                violation_error_message=_("The end must be after the start."),
            ),
            models.CheckConstraint(
                condition=Q(is_recurring=True, date=None) | Q(is_recurring=False, date__isnull=False),
                name="availability_has_date_unless_recurring",
                violation_error_message=_("Hours that do not recur need a date; hours that recur have none."),
            ),
        ]

    def __str__(self) -> str:
        return gettext("%(day)s %(start)s to %(end)s") % {
            "day": self.date or WEEKDAYS_ABBR[self.day_of_week],
            "start": f"{self.start_time:%H:%M}",
            "end": f"{self.end_time:%H:%M}",
        }

    def clean(self) -> None:
        """Take the weekday from the date. Raises ValidationError if both are missing."""
        if self.date is not None:
            self.day_of_week = self.date.weekday()
        if self.day_of_week is None:
            raise ValidationError({"day_of_week": ValidationError(NO_WEEKDAY, code="required")})


class TimeOff(models.Model):
    """An absence of a teacher: nothing can be booked in `[start_time, end_time)`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    teacher = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="time_off", verbose_name=_("teacher")
    )
    start_time = models.DateTimeField(_("start time"))
    end_time = models.DateTimeField(_("end time"))
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("absence"), _("absences")
        ordering = ["start_time", "id"]
        indexes = [models.Index(fields=["teacher", "end_time"], name="time_off_by_teacher_and_end")]
        constraints = [
            models.CheckConstraint(
                condition=Q(end_time__gt=F("start_time")),
                name="time_off_ends_after_start",
                violation_error_message=_("The end must be after the start."),
            ),
        ]

    def __str__(self) -> str:
        return gettext("%(start)s to %(end)s") % {"start": when(self.start_time), "end": when(self.end_time)}


class BusyElsewhereQuerySet(models.QuerySet["BusyElsewhere"]):
    def within(self, start: dt.datetime, end: dt.datetime, since: dt.datetime) -> "BusyElsewhereQuerySet":
        """Return those that overlap `[start, end)`; `since` is `start - LONGEST_BUSY`, for the index."""
        return self.filter(start_time__lt=end, start_time__gt=since, end_time__gt=start)


class BusyElsewhere(models.Model):
    """Busy time in another calendar of a teacher: like an absence, nothing can be booked in it.

    `services.busy_elsewhere` writes it. The source is opaque here; its spans do not overlap. A span
    longer than a day is stored as several rows, so a search by start time knows how far back to look.
    """

    teacher = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="busy_elsewhere", db_index=False
    )
    source = models.UUIDField(db_index=True)
    start_time = models.DateTimeField()
    end_time = models.DateTimeField()

    objects = BusyElsewhereQuerySet.as_manager()

    class Meta:
        verbose_name_plural = _("busy elsewhere")
        ordering = ["start_time", "id"]
        indexes = [models.Index(fields=["teacher", "start_time"], name="busy_elsewhere_of_teacher")]
        constraints = [
            models.CheckConstraint(condition=Q(end_time__gt=F("start_time")), name="busy_elsewhere_ends_after_start"),
            models.CheckConstraint(
                condition=Q(end_time__lte=F("start_time") + LONGEST_BUSY), name="busy_elsewhere_is_at_most_a_day"
            ),
        ]

    def __str__(self) -> str:
        return gettext("%(start)s to %(end)s") % {"start": when(self.start_time), "end": when(self.end_time)}
