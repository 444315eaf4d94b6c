"""The admin of accounts, and what every page of the admin shares: permissions by role, teachers among their own."""

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.contrib.auth import admin as auth_admin
from django.contrib.auth import forms as auth_forms
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.defaultfilters import date
from django.utils import timezone

from accounts import zones
from accounts.models import Role, TeacherProfile, User
from accounts.provisioning import ensure_profile
from accounts.role_write_back import write_back

# Django's classes are generic to the type checker only.
if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
    ModelForm = forms.ModelForm[Any]
    DjangoUserAdmin = auth_admin.UserAdmin[Any]
    UserChangeForm = auth_forms.UserChangeForm[User]
else:
    ModelAdmin, ModelForm = admin.ModelAdmin, forms.ModelForm
    DjangoUserAdmin, UserChangeForm = auth_admin.UserAdmin, auth_forms.UserChangeForm

admin.site.site_header = admin.site.site_title = "Bookings"
admin.site.index_title = "Overview"
# The root of the site has no page.
admin.site.site_url = None
# Permissions follow from roles.
admin.site.unregister(Group)


# --- What every page shares -------------------------------------------------------------------------------------------


def reader(request: HttpRequest) -> User:
    """Who is signed in."""
    assert isinstance(request.user, User)
    return request.user


def when(moment: dt.datetime | None) -> str:
    """The moment by the reader's clock, in 24 hours; Django's own way for English says "noon" and "1 p.m."."""
    return date(timezone.localtime(moment), "D j M Y, H:i") if moment else "-"


def clock(field: str) -> Callable[[Any, Model], str]:
    """The method of an admin class that shows this field, which holds a moment."""

    @admin.display(description=field.replace("_", " "), ordering=field)
    def column(_: Any, row: Model) -> str:
        return when(getattr(row, field)).replace(" ", "\N{NO-BREAK SPACE}")

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


class ZoneField(forms.ChoiceField):
    """One of the time zones, by its IANA name."""

    def __init__(self, **options: Any) -> None:
        names = [(name, name) for name in sorted(zones.names())]
        super().__init__(choices=names, label="Time zone", initial="UTC", **options)


# --- Users ------------------------------------------------------------------------------------------------------------


ROLE_NOTE = "A change is written to Supabase's app_metadata too, whose role wins over this one."


class LowerEmail(ModelForm):
    """Keeps the e-mail in lower case, as sign-in looks for it."""

    timezone = ZoneField()

    def clean_email(self) -> str:
        """The e-mail in lower case."""
        return str(self.cleaned_data["email"]).lower()


class NewUserForm(LowerEmail):
    """An account made by hand, before a first sign-in or without one. It has no password of this site yet."""

    class Meta:
        model = User
        fields = ["id", "email", "first_name", "last_name", "timezone", "role"]
        help_texts = {
            "id": "The id of the Supabase account. Leave it as it is for somebody who has none.",
            "role": ROLE_NOTE,
        }

    def save(self, commit: bool = True) -> Any:  # noqa: FBT001, FBT002  # the signature is Django's own
        """The account. An empty password would be a broken one."""
        self.instance.set_unusable_password()
        return super().save(commit)


class UserForm(LowerEmail, UserChangeForm):
    """An account with a link to the form for its password."""

    class Meta:
        model = User
        fields = "__all__"  # the admin class names them
        help_texts = {"role": ROLE_NOTE}


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
        """Sends roles again that did not get there; stops at the first that does not get there now."""
        all(write_back(request, user) for user in queryset)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Whom the words find; where a teacher is to be chosen, teachers only. PostgreSQL knows no NUL."""
        if request.GET.get("field_name") == "teacher":
            queryset = queryset.filter(role=Role.TEACHER)
        return super().get_search_results(request, queryset, search_term.replace("\0", ""))


# --- Teachers' profiles -----------------------------------------------------------------------------------------------


class ProfileForm(ModelForm):
    """A teacher's profile, and the time zone of their account: without it no hours can be set."""

    timezone = ZoneField(help_text="Working hours are by the clock of this zone, and so is every time shown here.")

    class Meta:
        model = TeacherProfile
        exclude = ["user"]  # a profile's owner is no input, all the rest is

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["timezone"] = self.instance.user.timezone


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
