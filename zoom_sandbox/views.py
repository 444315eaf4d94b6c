"""The part of Zoom's API that bookings use, with Zoom's own statuses and bodies, and the pages of the join links.

Zoom: developers.zoom.us/docs/api/meetings, developers.zoom.us/docs/internal-apps/s2s-oauth.
"""

import base64
import functools
import json
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zoom_sandbox import access, failures
from zoom_sandbox.fields import InvalidFieldsError, read_fields
from zoom_sandbox.middleware import current_address
from zoom_sandbox.models import SandboxMeeting

LONGEST_AGENDA_IN_LISTS = 250
LARGEST_PAGE = 300


def problem(status: int, code: int, message: str, **more: Any) -> JsonResponse:
    """Return an error in Zoom's format (developers.zoom.us/docs/api/errors)."""
    return JsonResponse({"code": code, "message": message} | more, status=status)


def api(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Decorate a view of the API: require a bearer token, and report errors of `read_fields`."""

    @functools.wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not access.is_valid(token):
            return problem(401, 124, "Invalid access token.")
        if settings.ZOOM_SANDBOX_SECONDS:
            time.sleep(settings.ZOOM_SANDBOX_SECONDS)
        if status := failures.status_for(request, names_meeting="meeting_id" in kwargs):
            return problem(status, status, "ZOOM_SANDBOX_FAIL asks for this failure.")
        try:
            return view(request, *args, **kwargs)
        except InvalidFieldsError as error:
            return problem(400, 300, "Validation Failed.", errors=error.errors)

    return csrf_exempt(guarded)


@csrf_exempt
@require_POST
def token(request: HttpRequest) -> HttpResponse:
    """Return a token for any client id and secret."""
    if not _has_basic_credentials(request.headers.get("Authorization", "")):
        return JsonResponse({"reason": "Invalid client_id or client_secret", "error": "invalid_client"}, status=400)
    account_id = request.POST.get("account_id", "")
    if request.POST.get("grant_type") != "account_credentials":
        return JsonResponse({"reason": "unsupported grant type", "error": "unsupported_grant_type"}, status=400)
    if not account_id:
        return JsonResponse({"reason": "Bad Request", "error": "invalid_request"}, status=400)
    return JsonResponse(
        {
            "access_token": access.new_token(account_id),
            "token_type": "bearer",
            "expires_in": access.TOKEN_SECONDS - 1,
            "scope": "meeting:write:meeting:admin meeting:read:meeting:admin meeting:read:list_meetings:admin "
            "meeting:update:meeting:admin meeting:delete:meeting:admin",
            "api_url": current_address(),
        }
    )


def _has_basic_credentials(header: str) -> bool:
    scheme, _, encoded = header.partition(" ")
    try:
        key, _, secret = base64.b64decode(encoded, validate=True).partition(b":")
    except ValueError:
        return False
    return scheme.lower() == "basic" and bool(key and secret)


@api
@require_http_methods(["GET", "POST"])
def meetings(request: HttpRequest, host: str) -> HttpResponse:
    """List the meetings of a host, or create one. Every well-formed host exists."""
    if len(host) > 200:
        return problem(404, 1001, f"User does not exist: {host[:200]}.")
    return _create(request, host) if request.method == "POST" else _list(request, host)


def _create(request: HttpRequest, host: str) -> HttpResponse:
    # Zoom starts a meeting at once if no time is given.
    defaults = {"topic": "Zoom Meeting", "start_time": timezone.now()}
    meeting = SandboxMeeting.objects.create(host=host, **(defaults | read_fields(_body(request))))
    return JsonResponse(_full(meeting), status=201)


def _list(request: HttpRequest, host: str) -> HttpResponse:
    size, after = request.GET.get("page_size", "30"), request.GET.get("next_page_token") or "0"
    if not size.isdecimal() or not after.isdecimal() or not 1 <= int(size) <= LARGEST_PAGE:
        return problem(400, 300, f"The page size must be 1 to {LARGEST_PAGE}, and the next page token one of ours.")
    existing = _existing().filter(host=host)
    found = list(existing.filter(id__gt=int(after))[: int(size) + 1])
    page = found[: int(size)]
    return JsonResponse(
        {
            "page_size": int(size),
            "total_records": existing.count(),
            "next_page_token": str(page[-1].id) if len(found) > len(page) else "",
            "meetings": [_brief(meeting) for meeting in page],
        }
    )


@api
@require_http_methods(["GET", "PATCH", "DELETE"])
def meeting(request: HttpRequest, meeting_id: int) -> HttpResponse:
    """Read, change or delete one meeting."""
    found = _existing().filter(id=meeting_id).first()
    if found is None:
        return problem(404, 3001, f"Meeting does not exist: {meeting_id}.")
    if request.method == "GET":
        return JsonResponse(_full(found))
    if request.method == "PATCH":
        _change(found, read_fields(_body(request)))
    else:
        found.deleted_at = timezone.now()
    found.save()
    return HttpResponse(status=204)


def _change(meeting: SandboxMeeting, fields: dict[str, Any]) -> None:
    fields["settings"] = meeting.settings | fields.get("settings", {})
    # Zoom silently ignores a start in the past.
    if fields.get("start_time", meeting.start_time) < timezone.now():
        fields.pop("start_time", None)
    for name, value in fields.items():
        setattr(meeting, name, value)


@require_GET
def join(request: HttpRequest, meeting_id: int) -> HttpResponse:
    """Show the page of a join link."""
    found = _existing().filter(id=meeting_id).first()
    if found is None:
        return render(request, "zoom_sandbox/missing.html", {"number": meeting_id}, status=404)
    return render(request, "zoom_sandbox/join.html", {"meeting": found})


def _existing() -> QuerySet[SandboxMeeting]:
    return SandboxMeeting.objects.filter(deleted_at=None)


def _body(request: HttpRequest) -> dict[str, Any]:
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise InvalidFieldsError({"body": "Request Body should be a valid JSON object."})
    return body


def _brief(meeting: SandboxMeeting) -> dict[str, Any]:
    """Return a meeting as in lists."""
    return {
        "uuid": base64.b64encode(uuid.uuid5(uuid.NAMESPACE_URL, str(meeting.id)).bytes).decode(),
        "id": meeting.id,
        "host_id": meeting.host,
        "topic": meeting.topic,
        "type": 2,
        "start_time": _utc(meeting.start_time),
        "duration": meeting.duration,
        "timezone": "UTC",
        "agenda": meeting.agenda[:LONGEST_AGENDA_IN_LISTS],
        "created_at": _utc(meeting.created_at),
        "join_url": f"{_link(meeting)}?pwd={meeting.password}",
    }


def _full(meeting: SandboxMeeting) -> dict[str, Any]:
    """Return a meeting in full. Zoom's start_url makes its holder the host; here it opens the same page."""
    return _brief(meeting) | {
        "host_email": meeting.host,
        "status": "waiting",
        "agenda": meeting.agenda,
        "start_url": f"{_link(meeting)}?zak={access.new_token(meeting.host)}",
        "password": meeting.password,
        "settings": meeting.settings,
    }


def _link(meeting: SandboxMeeting) -> str:
    return current_address() + reverse("zoom_sandbox:join", args=[meeting.id])


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
