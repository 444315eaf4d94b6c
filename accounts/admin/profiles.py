"""Teachers' profiles: superusers edit all of them, teachers their own."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from accounts.admin.forms import OF_THE_ACCOUNT, ProfileForm
from accounts.models import TeacherProfile
from backoffice.model_admin import RoleAdmin, reader


@admin.register(TeacherProfile)
class TeacherProfileAdmin(RoleAdmin):
    """Teachers see their own profile. Profiles are created with the role and never deleted."""

    owner = "user"
    superusers_may = teachers_may = ("view", "change")
    form = ProfileForm
    list_display = ("user", "headline", "time_zone", "buffer_minutes", "minimum_notice_minutes")
    list_select_related = ("user",)
    search_fields = ("user__email", "user__first_name", "user__last_name", "headline")
    ordering = ("user__last_name", "user__first_name", "pk")
    fieldsets = (
        (None, {"fields": ("headline", "bio", *OF_THE_ACCOUNT, "zoom_host")}),
        (_("Offered times"), {"fields": ("slot_interval_minutes", "buffer_minutes")}),
        (_("Notice"), {"fields": ("minimum_notice_minutes", "cancel_notice_minutes", "reschedule_notice_minutes")}),
        (_("Moves"), {"fields": ("reconfirm_moves",)}),
        (_("Horizon"), {"fields": ("horizon_days",)}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: TeacherProfile | None = None) -> tuple[str, ...]:
        """Let only superusers set the Zoom host."""
        return () if reader(request).is_superuser else ("zoom_host",)

    @admin.display(description=_("time zone"), ordering="user__timezone")
    def time_zone(self, profile: TeacherProfile) -> str:
        return profile.user.timezone

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """List profiles for superusers; redirect teachers to their own."""
        own = TeacherProfile.objects.filter(user=reader(request)).first()
        if own and not reader(request).is_superuser:
            return redirect("admin:accounts_teacherprofile_change", own.pk)
        return super().changelist_view(request, extra_context)

    def save_model(self, request: HttpRequest, obj: TeacherProfile, form: Any, change: bool) -> None:  # noqa: FBT001
        """Save the profile, and what is the account's on the account."""
        super().save_model(request, obj, form, change)
        for name in OF_THE_ACCOUNT:
            setattr(obj.user, name, form.cleaned_data[name])
        obj.user.save(update_fields=OF_THE_ACCOUNT)
