"""What is kept of the caller."""

from django.http import StreamingHttpResponse
from django.utils import timezone
from rest_framework.request import Request

from accounts.authentication.bearer import caller
from api_schema.requests import StrictView
from privacy.api import export


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
