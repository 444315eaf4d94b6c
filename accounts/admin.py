"""The admin of accounts, and what every page of the admin shares: permissions by role, teachers among their own."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ChangeList
from django.contrib.auth import admin as auth_admin
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts import zones
from accounts.forms import NewUserForm, ProfileForm, UserForm
from accounts.models import Role, TeacherProfile, User
from accounts.provisioning import ensure_profile
from accounts.role_write_back import write_back, write_back_all
from accounts.sign_in import SignInForm

# Django's classes are generic to the type checker only.
if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
    DjangoUserAdmin = auth_admin.UserAdmin[Any]
else:
    ModelAdmin, DjangoUserAdmin = admin.ModelAdmin, auth_admin.UserAdmin

admin.site.site_header = admin.site.site_title = "Bookings"
admin.site.index_title = "Overview"
admin.site.login_form = SignInForm
# The root of the site has no page.
admin.site.site_url = None
# Permissions follow from roles.
admin.site.unregister(Group)


# --- What every page shares -------------------------------------------------------------------------------------------


def reader(request: HttpRequest) -> User:
    """Who is signed in."""
    assert isinstance(request.user, User)
    return request.user


def clock(field: str) -> Callable[[Any, Model], str]:
    """The method of an admin class that shows this field, which holds a moment."""

    @admin.display(description=field.replace("_", " "), ordering=field)
    def column(_: Any, row: Model) -> str:
        # Breaks between date and time only.
        return zones.when(getattr(row, field)).replace(" ", "\N{NO-BREAK SPACE}").replace(",\N{NO-BREAK SPACE}", ", ")

    return column


class ByRole:
    """Permissions by role, for admin classes and inlines: what superusers may do, and what teachers."""

    superusers_may: tuple[str, ...] = ("view",)
    teachers_may: tuple[str, ...] = ()

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whether the rows may be read."""
        return self._may("view", request)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whether rows may be added."""
        return self._may("add", request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whether the rows may be edited."""
        return self._may("change", request)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whether the rows may be deleted."""
        return self._may("delete", request)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whether the index lists it."""
        return self._may("view", request)

    def _may(self, act: str, request: HttpRequest) -> bool:
        # The sign-in page asks too, for nobody.
        if not isinstance(request.user, User):
            return False
        if request.user.is_superuser:
            return act in self.superusers_may
        return request.user.is_teacher and act in self.teachers_may


class SafeChangeList(ChangeList):
    """Takes what overflows a date or the database for a wrong parameter, too: Django's own fails on it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        try:
            super().__init__(*args, **kwargs)
        except (ValueError, OverflowError) as error:
            raise IncorrectLookupParameters(error) from error


class RoleAdmin(ByRole, ModelAdmin):
    """Shows superusers every row, and teachers those whose `owner`, a path of fields, is they themselves."""

    owner = ""

    def own(self, rows: Any, teacher: User) -> Any:
        """Those of the rows that are this teacher's."""
        return rows.filter(**{self.owner: teacher}) if self.owner else rows.none()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """What the reader may know of: lists, pages and actions all begin here."""
        rows, user = super().get_queryset(request), reader(request)
        return rows if user.is_superuser else self.own(rows, user)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """The list that withstands any parameter."""
        return SafeChangeList

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        """Acts on the rows that were chosen, unless they are no ids at all: Django's own fails on those."""
        try:
            queryset.filter(pk__in=request.POST.getlist(ACTION_CHECKBOX_NAME))
        except (ValidationError, ValueError):
            self.message_user(request, "There is nothing with such an id. Nothing was changed.", messages.WARNING)
            return None
        return super().response_action(request, queryset)


# --- Users ------------------------------------------------------------------------------------------------------------


@admin.register(User)
class UserAdmin(RoleAdmin, DjangoUserAdmin):
    """Accounts, for superusers. Nobody is deleted, because bookings are kept: deactivate instead."""

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
        ("Person", {"fields": ("first_name", "last_name", "timezone")}),
        ("Role", {"fields": ("role", "is_superuser", "is_active", "at_supabase")}),
        ("Dates", {"fields": ("seen", "created")}),
    )
    add_fieldsets = ((None, {"fields": NewUserForm.Meta.fields}),)

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        """All that there is of the account; a password of this site only where it lets somebody in."""
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
        """The form for the password of this site, which only superusers have."""
        user = self.get_object(request, unquote(id))
        if user is None or user.is_superuser:
            return super().user_change_password(request, id, form_url)
        self.message_user(request, f"{user} signs in with Supabase and has no password here.", messages.WARNING)
        return redirect("admin:accounts_user_change", user.pk)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """The id never changes, and nobody locks themselves out."""
        if obj is None:
            return ()
        own = ("is_superuser", "is_active") if obj == request.user else ()
        return ("id", "seen", "created", "at_supabase", *own)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:  # noqa: FBT001  # Django's
        """Saves the account; a new teacher gets a profile, and Supabase a new role, after the commit."""
        super().save_model(request, obj, form, change)
        ensure_profile(obj)
        if "role" in form.changed_data:
            transaction.on_commit(lambda: write_back(request, obj))

    @admin.action(description="Write roles to Supabase", permissions=["change"])
    def write_roles(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Sends roles again that did not get there."""
        write_back_all(request, list(queryset))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Whom the words find; where a teacher is to be chosen, teachers only. PostgreSQL knows no NUL."""
        if request.GET.get("field_name") == "teacher":
            queryset = queryset.filter(role=Role.TEACHER)
        return super().get_search_results(request, queryset, search_term.replace("\0", ""))


# --- Teachers' profiles -----------------------------------------------------------------------------------------------


@admin.register(TeacherProfile)
class TeacherProfileAdmin(RoleAdmin):
    """Profiles: each teacher's own. They come with the role and stay."""

    owner = "user"
    superusers_may = teachers_may = ("view", "change")
    form = ProfileForm
    list_display = ("user", "headline", "time_zone", "buffer_minutes", "minimum_notice_minutes")
    list_select_related = ("user",)
    search_fields = ("user__email", "user__first_name", "user__last_name", "headline")
    ordering = ("user__last_name", "user__first_name", "pk")
    fieldsets = (
        (None, {"fields": ("headline", "bio", "timezone", "zoom_host")}),
        ("Offered times", {"fields": ("slot_interval_minutes", "buffer_minutes")}),
        ("Notice", {"fields": ("minimum_notice_minutes", "cancel_notice_minutes", "reschedule_notice_minutes")}),
        ("Horizon", {"fields": ("horizon_days",)}),
    )

    @admin.display(description="time zone", ordering="user__timezone")
    def time_zone(self, profile: TeacherProfile) -> str:
        """By whose clock the hours are."""
        return profile.user.timezone

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """All profiles for superusers; teachers go straight to their only one."""
        own = TeacherProfile.objects.filter(user=reader(request)).first()
        if own and not reader(request).is_superuser:
            return redirect("admin:accounts_teacherprofile_change", own.pk)
        return super().changelist_view(request, extra_context)

    def save_model(self, request: HttpRequest, obj: TeacherProfile, form: Any, change: bool) -> None:  # noqa: FBT001
        """Saves the profile, and the zone with the account."""
        super().save_model(request, obj, form, change)
        obj.user.timezone = form.cleaned_data["timezone"]
        obj.user.save(update_fields=["timezone"])
