"""Forms of the workplace."""

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from bookings.admin.forms import ClockField, DayField, LineField, MomentField
from bookings.models import MAX_DURATION_MINUTES, MIN_DURATION_MINUTES, Availability
from bookings.scheduling import slots
from bookings.scheduling.slots import MIDNIGHT, Span
from calendars.fetching import LONGEST_ADDRESS, FetchError, checked_address
from calendars.models import LONGEST_USERNAME, check_username
from calendars.passwords import LONGEST as LONGEST_PASSWORD
from wall_clock import instants, zones


class ReasonForm(forms.Form):
    """Reason for declining or cancelling; the other party reads it."""

    reason = LineField(max_length=500)

    def __init__(self, data: Any) -> None:
        # The absence's own reason is read only by its teacher.
        super().__init__({"reason": data.get("cancellation_reason", data.get("reason", ""))})


class AwayForm(forms.Form):
    """An absence: whole days, or from an hour of the first day to an hour of the last. Adds a `span` in UTC."""

    first = DayField(label=_("First day"))
    last = DayField(label=_("Last day"))
    some_hours = forms.BooleanField(required=False, label=_("Only some hours"))
    start = ClockField(required=False, label=_("From, on the first day"))
    end = ClockField(required=False, label=_("To, on the last day"))
    reason = LineField(max_length=200, label=_("Reason (only you read it)"))

    def __init__(self, data: Any = None, *, zone: str) -> None:
        super().__init__(data)
        self.zone = zones.load(zone)

    def clean(self) -> dict[str, Any]:
        """Add the span. Raises ValidationError if it is empty or incomplete."""
        data = super().clean() or self.cleaned_data
        if self.errors:
            return data
        if data["last"] < data["first"]:
            raise ValidationError(_("The last day must not be before the first."))
        data["span"] = self._hours(data) if data["some_hours"] else self._days(data)
        return data

    def _days(self, data: dict[str, Any]) -> Span:
        span = slots.days_between(data["first"], data["last"], self.zone)
        if span is None:
            raise ValidationError(_("The clock skips this day."))
        return span

    def _hours(self, data: dict[str, Any]) -> Span:
        if data["start"] is None or data["end"] is None:
            raise ValidationError(_("Both times are needed."))
        last = data["last"] + slots.DAY if data["end"] == MIDNIGHT else data["last"]
        try:
            start = instants.instant(dt.datetime.combine(data["first"], data["start"]), self.zone)
            end = instants.instant(dt.datetime.combine(last, data["end"]), self.zone)
        except instants.SkippedTime as error:
            raise ValidationError(error.sentence) from error
        if end <= start:
            raise ValidationError(_("The end must be after the start."))
        return Span(start, end)


class DayHoursForm(forms.Form):
    """Hours on one date."""

    date = DayField(label=_("Date"))
    start = ClockField(label=_("From"))
    end = ClockField(label=_("To"))

    def hours(self, teacher: User) -> Availability:
        """Return the row, not saved yet; call it after `is_valid`."""
        data = self.cleaned_data
        return Availability(
            teacher=teacher,
            day_of_week=data["date"].weekday(),
            start_time=data["start"],
            end_time=data["end"],
            is_recurring=False,
            date=data["date"],
        )

    def clean(self) -> dict[str, Any]:
        """Raise ValidationError unless the end is after the start; 00:00 is the midnight at the end of the day."""
        data = super().clean() or self.cleaned_data
        if not self.errors and data["end"] <= data["start"] and data["end"] != MIDNIGHT:
            raise ValidationError(_("The end must be after the start."))
        return data


class MoveForm(forms.Form):
    """Another time for a session."""

    start = MomentField(label=_("Start"))
    duration = forms.IntegerField(label=_("Minutes"), min_value=MIN_DURATION_MINUTES, max_value=MAX_DURATION_MINUTES)
    outside_hours = forms.BooleanField(required=False, label=_("Also outside my hours"))


class BookForm(MoveForm):
    """A session for one of the teacher's students."""

    student = forms.ModelChoiceField(queryset=User.objects.none(), label=_("Student"))
    notes = forms.CharField(required=False, max_length=2000, label=_("Note"), widget=forms.Textarea(attrs={"rows": 3}))
    field_order = ("student", "start", "duration", "notes", "outside_hours")

    def __init__(self, *args: Any, students: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        student: Any = self.fields["student"]
        student.queryset = students


class PasswordForm(forms.Form):
    """The password of a CalDAV account. It is never shown again."""

    password = forms.CharField(
        max_length=LONGEST_PASSWORD,
        strip=False,
        label=_("App password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )


class OtherCalendarForm(forms.Form):
    """A calendar elsewhere, by its address."""

    address = forms.CharField(max_length=LONGEST_ADDRESS, label=_("Its secret address"))
    name = LineField(max_length=100, label=_("Your name for it (optional)"))

    def clean_address(self) -> str:
        """Return the address in the form in which it is fetched."""
        try:
            return checked_address(self.cleaned_data["address"])
        except FetchError as error:
            raise ValidationError(error.sentence) from error


class AccountForm(OtherCalendarForm, PasswordForm):
    """A CalDAV account elsewhere."""

    address = forms.CharField(max_length=LONGEST_ADDRESS, label=_("Address of its server"))
    username = forms.CharField(max_length=LONGEST_USERNAME, label=_("User name"), validators=[check_username])
    field_order = ("address", "username", "password", "name")
