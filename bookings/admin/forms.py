"""Admin forms: times by the reader's clock, in whole minutes, within the supported years."""

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from accounts.models import ONE_LINE
from backoffice.forms import ModelForm
from bookings.models import MAX_DURATION_MINUTES, MIN_DURATION_MINUTES, Availability, Booking, TimeOff
from wall_clock import instants, zones

MINUTE = "%Y-%m-%dT%H:%M"


def _within_years(day: dt.date) -> None:
    if not instants.is_in_range(day):
        raise ValidationError(instants.OUT_OF_RANGE, code="year")


class DayField(forms.DateField):
    """A date."""

    default_validators = [_within_years]

    def __init__(self, **options: Any) -> None:
        picker = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        super().__init__(input_formats=["%Y-%m-%d"], widget=picker, **options)


class ClockField(forms.TimeField):
    """A time of day by the teacher's clock."""

    def __init__(self, **options: Any) -> None:
        picker = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
        super().__init__(input_formats=["%H:%M"], widget=picker, **options)


class MomentField(forms.DateTimeField):
    """A point in time by the reader's clock; where the clock shows it twice, the first. Cleaned to UTC."""

    def __init__(self, **options: Any) -> None:
        picker = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MINUTE)
        super().__init__(input_formats=[MINUTE], widget=picker, **options)

    def to_python(self, value: Any) -> dt.datetime | None:
        """Return the instant. Raises ValidationError for a time that the clock skips, or out of range."""
        if value in self.empty_values:
            return None
        # Skips Django's DateTimeField, which accepts seconds and offsets and refuses ambiguous times.
        wall = super(forms.DateTimeField, self).to_python(value)
        assert wall is not None
        _within_years(wall)
        zone = zones.active()
        try:
            return instants.instant(wall, zone)
        except instants.SkippedTime as error:
            raise ValidationError(error.sentence, code="skipped") from error


class LineField(forms.CharField):
    """A single line, possibly empty."""

    default_validators = [ONE_LINE]

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, widget=forms.TextInput(attrs={"class": "vLargeTextField"}), **options)


class AvailabilityForm(ModelForm):
    """Working hours. The model has the rules."""

    day_of_week = forms.TypedChoiceField(
        label=_("Day of week"),
        choices=[("", "—"), *WEEKDAYS.items()],
        coerce=int,
        empty_value=None,
        required=False,
        help_text=_("Follows from the date of hours that do not recur."),
        # Replaces the model's help text, which speaks of numbers.
        error_messages={"required": _("Hours that recur need a weekday.")},
    )
    start_time = ClockField(label=_("Start time"), help_text=_("By the teacher's clock."))
    end_time = ClockField(label=_("End time"), help_text=_("00:00 is the midnight at the end of the day."))
    date = DayField(label=_("Date"), required=False, help_text=_("Only for hours that do not recur."))

    class Meta:
        model = Availability
        fields = "__all__"  # the admin class names them


class TimeOffForm(ModelForm):
    """An absence, by the clock of the person who enters it."""

    start_time = MomentField(label=_("Start time"))
    end_time = MomentField(label=_("End time"))
    reason = LineField(label=_("Reason"), max_length=200)

    class Meta:
        model = TimeOff
        fields = "__all__"  # the admin class names them


class CancelForm(forms.Form):
    """Why bookings are called off."""

    reason = LineField(label=_("Reason"), max_length=500, help_text=_("The other side reads it."))


class RescheduleForm(forms.Form):
    """The booking's new time."""

    start = MomentField(label=_("Start"))
    duration = forms.IntegerField(
        label=_("Duration"),
        min_value=MIN_DURATION_MINUTES,
        max_value=MAX_DURATION_MINUTES,
        help_text=_("In minutes."),
    )

    @classmethod
    def of(cls, booking: Booking, data: Any = None) -> "RescheduleForm":
        """Return the form with this booking's time as initial value."""
        return cls(data, initial={"start": booking.start_time, "duration": booking.duration_minutes})
