"""Failed sign-ins to the admin, counted by django-axes: superusers see them and can unlock a name early."""

from typing import Any

from axes.utils import reset
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from accounts.models import FailedSignIn
from backoffice.model_admin import RoleAdmin, clock

# Names of its columns, which django-axes has in no Spanish.
OF_AXES = (
    gettext_noop("User Agent"),
    gettext_noop("IP Address"),
    gettext_noop("Username"),
    gettext_noop("Path"),
    gettext_noop("Failed Logins"),
)


@admin.register(FailedSignIn)
class FailedSignInAdmin(RoleAdmin):
    """Failed sign-ins of the last 15 minutes."""

    superusers_may = ("view",)
    actions = ("unlock",)
    last = clock("attempt_time")
    list_display = ("last", "username", "ip_address", "failures_since_start", "user_agent")
    search_fields = ("username", "ip_address")
    ordering = ("-attempt_time",)
    fields = readonly_fields = ("last", "username", "ip_address", "failures_since_start", "user_agent", "path_info")

    @admin.action(description=gettext_lazy("Unlock"), permissions=["view"])
    def unlock(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Forget all failures of these names from these addresses, so that they can try again at once."""
        for name, address in sorted(set(queryset.values_list("username", "ip_address"))):
            reset(username=name, ip=address)
            self.message_user(
                request,
                _("Unlocked: %(name)s from %(address)s.") % {"name": name, "address": address},
                messages.SUCCESS,
            )
