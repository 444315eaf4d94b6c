"""The site with a fault that nobody planned, among secrets: for `test_sentry` alone."""

from typing import Any
from unittest.mock import patch

from django.core.wsgi import get_wsgi_application

from bookings.zoom_client import ZoomClient

application = get_wsgi_application()
_create_meeting = ZoomClient.create_meeting


def _create_and_fail(self: ZoomClient, *args: Any) -> None:
    meeting = _create_meeting(self, *args)
    passcode, link = meeting.password, meeting.join_url
    raise RuntimeError(f"The meeting was made, and then this.\nDETAIL: {passcode} {link}")


patch.object(ZoomClient, "create_meeting", _create_and_fail).start()
