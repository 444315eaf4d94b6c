"""User accounts, for superusers."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.auth import admin as auth_admin
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.admin.forms import NewUserForm, UserForm
from accounts.authentication.provisioning import ensure_profile
from accounts.models import AtSupabase, Role, User
from accounts.sign_in.page import SignInForm
from accounts.supabase.write_back import write_back_all, write_role, write_standing
from backoffice.model_admin import RoleAdmin, clock

# Django's class is generic to the type checker only.
if TYPE_CHECKING:
    DjangoUserAdmin = auth_admin.UserAdmin[Any]
else:
    DjangoUserAdmin = auth_admin.UserAdmin

admin.site.login_form = SignInForm
# Permissions follow from roles.
admin.site.unregister(Group)


@admin.register(User)
class UserAdmin(RoleAdmin, DjangoUserAdmin):
    """Accounts, for superusers. They are not deleted, because bookings are kept: deactivate them instead."""

    superusers_may = ("view", "add", "change")
    created, seen = clock("created_at"), clock("last_login")
    form, add_form, add_form_template = UserForm, NewUserForm, None
    actions = ("write_roles",)
    list_display = ("email", "name", "role", "is_active", "is_superuser", "created")
    list_filter = ("role", "is_active", "is_superuser")
    search_fields = ("email", "first_name", "last_name")
    ordering = ("email", "id")
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("id", "email", "password")}),
        (gettext_lazy("Person"), {"fields": ("first_name", "last_name", "timezone", "language")}),
        (gettext_lazy("Role"), {"fields": ("role", "is_superuser", "is_active", "at_supabase")}),
        (gettext_lazy("Dates"), {"fields": ("seen", "created")}),
    )
    add_fieldsets = ((None, {"fields": NewUserForm.Meta.fields}),)

    @admin.display(description=gettext_lazy("name"))
    def name(self, user: User) -> str:
        return user.name

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Make erased accounts read-only."""
        is_erased = isinstance(obj, User) and obj.erased_at is not None
        return super().has_change_permission(request, obj) and not is_erased

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Show the local password only for accounts that sign in with it."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or obj.is_superuser:
            return fieldsets
        return [(None, {"fields": ("id", "email")}), *fieldsets[1:]]

    def user_change_password(
        self,
        request: HttpRequest,
        id: str,  # noqa: A002  # the name is Django's own
        form_url: str = "",
    ) -> HttpResponse:
        """Show the form for the local password, which only superusers have."""
        user = self.get_object(request, unquote(id))
        if user is None or user.is_superuser:
            return super().user_change_password(request, id, form_url)
        sentence = _("%(user)s signs in with Supabase and has no password here.") % {"user": user}
        self.message_user(request, sentence, messages.WARNING)
        return redirect("admin:accounts_user_change", user.pk)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Protect the id, and prevent locking oneself out."""
        if obj is None:
            return ()
        own = ("is_superuser", "is_active") if obj == request.user else ()
        return ("id", "seen", "created", "at_supabase", *own)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:  # noqa: FBT001  # Django's
        """Save the account, give a new teacher a profile, and write role and ban to Supabase after the commit."""
        changed = form.changed_data
        if {"role", "email", "is_active"} & set(changed):
            obj.identity_as_of = timezone.now()
        if "is_active" in changed and obj.is_active and obj.at_supabase == AtSupabase.SHUT_OUT:
            obj.at_supabase = AtSupabase.PRESENT
        super().save_model(request, obj, form, change)
        ensure_profile(obj)
        if "role" in changed:
            _warn_of_own_bookings(request, obj)
            transaction.on_commit(lambda: write_role(request, obj))
        if change and "is_active" in changed:
            transaction.on_commit(lambda: write_standing(request, obj))

    @admin.action(description=gettext_lazy("Write roles and bans to Supabase"), permissions=["change"])
    def write_roles(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Write roles and bans to Supabase again."""
        write_back_all(request, list(queryset))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Search; offer only teachers in teacher fields. PostgreSQL text cannot hold NUL."""
        if request.GET.get("field_name") == "teacher":
            queryset = queryset.filter(role=Role.TEACHER)
        return super().get_search_results(request, queryset, search_term.replace("\0", ""))


def _warn_of_own_bookings(request: HttpRequest, user: User) -> None:
    """Warn that a new teacher still holds bookings as a student."""
    # Names of other apps' relations are strings: this app imports none of them.
    held = User.objects.filter(pk=user.pk, booked_bookings__status__in=("PENDING", "CONFIRMED"))
    if user.is_teacher and (number := held.count()):
        sentence = ngettext(
            "%(user)s holds one booking as a student, and a teacher cannot ask for more. They stay as they are.",
            "%(user)s holds %(n)d bookings as a student, and a teacher cannot ask for more. They stay as they are.",
            number,
        )
        messages.warning(request, sentence % {"user": user, "n": number})
