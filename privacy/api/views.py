"""What is kept of the caller."""

from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication.bearer import caller
from api_schema.requests import StrictView, valid
from privacy.api import export
from privacy.api.serializers import EraseSerializer
from privacy.erasing import erase


class ExportView(StrictView):
    """GET: everything that is kept of the caller, as a file."""

    throttle_scope = "export"
    http_method_names = ["get", "head", "options"]

    def get(self, request: Request) -> StreamingHttpResponse:
        now = timezone.now()
        return StreamingHttpResponse(
            export.pieces(caller(request), now=now),
            content_type="application/json",
            headers={
                "Content-Disposition": f'attachment; filename="my-data-{now:%Y-%m-%d}.json"',
                "Cache-Control": "no-store",
            },
        )


class EraseView(StrictView):
    """POST: the caller's account goes for good."""

    http_method_names = ["post", "options"]

    def post(self, request: Request) -> Response:
        asked, user = valid(EraseSerializer(data=request.data)).validated_data, caller(request)
        cancelled = erase(person=user, by=user, now=timezone.now(), **asked)
        return Response({"message": _("Your account is erased"), "cancelled_bookings": cancelled})
