"""The teacher's own calendar address: show, create, renew or close it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.model_admin import reader
from calendars import keys
from calendars.models import Feed
from workplace.pages.drawing import draw, for_teachers


@for_teachers
def page(request: HttpRequest) -> HttpResponse:
    teacher = reader(request)
    if request.method != "POST":
        return _draw(request, Feed.objects.filter(user=teacher).first())
    if request.POST.get("do") == "close":
        keys.close(user=teacher)
        messages.success(request, _("Your calendar address is closed."))
        return redirect("admin:hours-address")
    feed, path = keys.renew(user=teacher, now=timezone.now())
    # Rendered without a redirect: the secret is shown only once.
    return _draw(request, feed, address=request.build_absolute_uri(path))


def _draw(request: HttpRequest, feed: Feed | None, *, address: str = "") -> HttpResponse:
    return draw(request, "address", title=_("Your calendar"), feed=feed, address=address)
