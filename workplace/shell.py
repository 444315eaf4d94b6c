"""The frame of every page: tabs, the reader's zone, the menu."""

from typing import NamedTuple

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from backoffice.model_admin import reader
from workplace.moments import zone_words


class Tab(NamedTuple):
    label: "str | Promise"
    address: str
    is_current: bool = False


class Shell(NamedTuple):
    school: str
    tabs: list[Tab]
    menu: list[Tab]
    person: str
    zone: str


TEACHERS_TABS = [
    (_("Today"), "index"),
    (_("Calendar"), "calendar"),
    (_("Bookings"), "bookings"),
    (_("Students"), "students"),
    (_("My hours"), "hours"),
]
MANAGERS_TABS = [
    (_("Teachers"), "teachers"),
    (_("Dashboard"), "dashboard"),
    (_("Bookings"), "bookings"),
    (_("Zoom problems"), "zoom"),
    (_("Records"), "records"),
]


def shell_for(request: HttpRequest) -> Shell:
    user = reader(request)
    tabs = TEACHERS_TABS if user.is_teacher else MANAGERS_TABS
    return Shell(
        school=settings.SCHOOL_NAME,
        tabs=[_tab(label, name, request) for label, name in tabs],
        menu=_menu(user),
        person=str(user),
        zone=zone_words(user.timezone, timezone.now()),
    )


def _tab(label: "str | Promise", name: str, request: HttpRequest) -> Tab:
    page = (request.resolver_match.url_name or "") if request.resolver_match else ""
    return Tab(label, reverse(f"admin:{name}"), page.split("-")[0] in (name, name.removesuffix("s")))


def _menu(user: User) -> list[Tab]:
    entries = []
    if user.is_teacher:
        entries.append(Tab(_("Profile"), reverse("admin:accounts_teacherprofile_change", args=[user.pk])))
    entries.append(Tab(_("Feedback"), reverse("admin:bookings_feedback_changelist")))
    if user.is_superuser and user.is_teacher:
        entries += [Tab(label, reverse(f"admin:{name}")) for label, name in MANAGERS_TABS if name != "bookings"]
    if user.has_usable_password():
        entries.append(Tab(_("Change password"), reverse("admin:password_change")))
    return entries
