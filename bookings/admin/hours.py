"""When teachers work, and when they are away."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, User
from backoffice.model_admin import RoleAdmin, clock, reader
from bookings.admin.forms import AvailabilityForm, TimeOffForm
from bookings.errors import BookingError
from bookings.models import Availability, TimeOff
from bookings.services.hours import save_absence, save_hours


class TeachersOwnAdmin(RoleAdmin):
    """Rows that belong to a teacher: teachers add their own; superusers choose the teacher when adding."""

    owner = "teacher"
    superusers_may = teachers_may = ("view", "add", "change", "delete")
    autocomplete_fields = ("teacher",)
    list_select_related = ("teacher",)
    search_fields = ("teacher__email", "teacher__first_name", "teacher__last_name")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Hide the teacher field from teachers."""
        return self._for(request, self.fields or ())

    def get_list_display(self, request: HttpRequest) -> Any:
        """Hide the teacher column from teachers."""
        return self._for(request, super().get_list_display(request))

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        """Let only superusers search by teacher."""
        return self.search_fields if reader(request).is_superuser else ()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Do not let an existing row change its teacher."""
        return ("teacher",) if obj else ()

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer only teachers."""
        return super().formfield_for_foreignkey(
            db_field, request, **kwargs | {"queryset": User.objects.filter(role=Role.TEACHER)}
        )

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001  # Django's
        """Save through the service; a row added by a teacher is theirs."""
        if not change and not reader(request).is_superuser:
            obj.teacher = reader(request)
        self.save_by_service(obj, now=timezone.now())

    def save_by_service(self, obj: Any, *, now: dt.datetime) -> None:
        """Save through the service for this kind of row. Raises BookingError."""
        raise NotImplementedError

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the form, or why the service refused the row; the page's transaction is rolled back then."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except BookingError as error:
            self.message_user(request, error.sentence, messages.ERROR)
            return redirect(request.get_full_path())

    def _for(self, request: HttpRequest, names: Iterable[Any]) -> list[Any]:
        return [name for name in names if name != "teacher" or reader(request).is_superuser]


@admin.register(Availability)
class AvailabilityAdmin(TeachersOwnAdmin):
    """Working hours."""

    form = AvailabilityForm
    fields = ("teacher", "day_of_week", "start_time", "end_time", "is_recurring", "date")
    list_display = ("hours", "is_recurring", "teacher")
    list_filter = ("is_recurring",)
    ordering = ("teacher__last_name", "teacher_id", "day_of_week", "start_time", "id")

    def save_by_service(self, obj: Availability, *, now: dt.datetime) -> None:
        save_hours(obj, now=now)

    @admin.display(description=_("hours"), ordering="day_of_week")
    def hours(self, availability: Availability) -> str:
        return str(availability)


@admin.register(TimeOff)
class TimeOffAdmin(TeachersOwnAdmin):
    """Absences."""

    form = TimeOffForm
    fields = ("teacher", "start_time", "end_time", "reason")
    starts, ends = clock("start_time"), clock("end_time")
    list_display = ("starts", "ends", "reason", "teacher")
    ordering = ("-start_time", "id")

    def save_by_service(self, obj: TimeOff, *, now: dt.datetime) -> None:
        save_absence(obj, now=now)
