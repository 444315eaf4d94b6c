"""Failed sign-ins to the admin, which django-axes counts: superusers see them, and let somebody in before the time."""

from axes.models import AccessAttempt
from django.contrib import admin

from accounts.admin import RoleAdmin, clock


@admin.register(AccessAttempt)
class AccessAttemptAdmin(RoleAdmin):
    """Failed sign-ins of the last quarter of an hour. To delete those of a name is to let them try again."""

    superusers_may = ("view", "delete")
    last = clock("attempt_time")
    list_display = ("last", "username", "ip_address", "failures_since_start", "user_agent")
    search_fields = ("username", "ip_address")
    ordering = ("-attempt_time",)
    fields = readonly_fields = ("last", "username", "ip_address", "failures_since_start", "user_agent", "path_info")
