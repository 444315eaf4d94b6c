"""Base classes for the admin's pages: permissions by role, and only their own rows for teachers."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.response import TemplateResponse
from django.utils import translation
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wall_clock import zones

# Django's classes are generic to the type checker only.
if TYPE_CHECKING:
    from accounts.models import User

    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = admin.ModelAdmin


def reader(request: HttpRequest) -> "User":
    """Return the signed-in user of a page that nobody else can open."""
    assert request.user.is_authenticated
    return request.user


def clock(field: str) -> Callable[[Any, Model], str]:
    """Return an admin method that shows a datetime field by the reader's clock, under the field's own name."""

    @admin.display(description=gettext_lazy(field.replace("_", " ")), ordering=field)
    def column(_: Any, row: Model) -> str:
        # Breaks between date and time only.
        return zones.when(getattr(row, field)).replace(" ", "\N{NO-BREAK SPACE}").replace(",\N{NO-BREAK SPACE}", ", ")

    return column


class ByRole:
    """Permissions by role, for admin classes and inlines."""

    superusers_may: tuple[str, ...] = ("view",)
    teachers_may: tuple[str, ...] = ()

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self._may("view", request)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self._may("add", request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self._may("change", request)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self._may("delete", request)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self._may("view", request)

    def _may(self, action: str, request: HttpRequest) -> bool:
        # The sign-in page checks this too, before anybody is signed in.
        if not request.user.is_authenticated:
            return False
        if request.user.is_superuser:
            return action in self.superusers_may
        return request.user.is_teacher and action in self.teachers_may


class SafeChangeList(ChangeList):
    """Rejects lookup values that overflow a date or the database, on which Django's own answers 500."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        try:
            super().__init__(*args, **kwargs)
        except (ValueError, OverflowError) as error:
            raise IncorrectLookupParameters(error) from error


class FirstRows(Paginator):  # type: ignore[type-arg]  # not generic at runtime
    """Lists the first rows only, and counts no further: counting a million rows takes longer than the page."""

    most = 10_000

    @cached_property
    def _counted(self) -> int:
        rows: Any = self.object_list
        # Without the order, which does not matter to a number.
        return int(rows.order_by()[: self.most + 1].count())

    @property
    def count(self) -> int:
        return min(self._counted, self.most)

    @property
    def leaves_some_out(self) -> bool:
        return self._counted > self.most


class RoleAdmin(ByRole, ModelAdmin):
    """Shows superusers every row, and teachers the rows whose `owner` (a lookup path) they are."""

    owner = ""
    paginator = FirstRows
    show_full_result_count = False

    def own(self, rows: Any, teacher: "User") -> Any:
        """Return this teacher's rows."""
        return rows.filter(**{self.owner: teacher}) if self.owner else rows.none()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Limit the rows to what the reader may see; lists, pages and actions all start here."""
        rows, user = super().get_queryset(request), reader(request)
        return rows if user.is_superuser else self.own(rows, user)

    def get_search_fields(self, request: HttpRequest) -> list[str] | tuple[str, ...]:
        """Search by e-mail for superusers only: whether there is a result tells a teacher what no page shows them."""
        fields = super().get_search_fields(request)
        return fields if reader(request).is_superuser else [name for name in fields if not name.endswith("email")]

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """Log in English, whoever reads it."""
        with translation.override(settings.LANGUAGE_CODE):
            return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """Log in English, whoever reads it."""
        with translation.override(settings.LANGUAGE_CODE):
            return super().log_change(request, obj, message)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return SafeChangeList

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        """Run the action unless the chosen ids are malformed, on which Django's own answers 500."""
        try:
            queryset.filter(pk__in=request.POST.getlist(ACTION_CHECKBOX_NAME))
        except (ValidationError, ValueError):
            self.message_user(request, _("No object has this id. Nothing was changed."), messages.WARNING)
            return None
        return super().response_action(request, queryset)


def action_page(
    model_admin: ModelAdmin,
    request: HttpRequest,
    template: str,
    *,
    title: str,
    action: str,
    chosen: Sequence[Model],
    form: Form,
    **more: Any,
) -> HttpResponse:
    """Return the page between an action's choice and its execution. The template extends `backoffice/action.html`."""
    context = model_admin.admin_site.each_context(request) | {
        "title": title,
        "opts": model_admin.opts,
        "media": model_admin.media,
        "action": action,
        "chosen": chosen,
        "checkbox": ACTION_CHECKBOX_NAME,
        "form": form,
    }
    request.current_app = model_admin.admin_site.name
    return TemplateResponse(request, template, context | more)


def answers(request: HttpRequest) -> QueryDict | None:
    """Return what was sent from an action's page; None before that page was shown."""
    return request.POST if "answered" in request.POST else None
