"""The Zoom API. Import everything that callers need from here.

`api` has the calls, `meeting` what is sent and accepted of a meeting, `auth` the access tokens; `wire` sends a request
over a `connection` with a deadline, and `answer` interprets the response.
"""

from bookings.zoom_client.api import ZoomClient, client
from bookings.zoom_client.errors import (
    ZoomAuthError,
    ZoomError,
    ZoomGone,
    ZoomHostGone,
    ZoomRateLimited,
    ZoomRefused,
    ZoomUnavailable,
)
from bookings.zoom_client.meeting import MeetingDetails, ZoomMeeting

__all__ = [
    "MeetingDetails",
    "ZoomAuthError",
    "ZoomClient",
    "ZoomError",
    "ZoomGone",
    "ZoomHostGone",
    "ZoomMeeting",
    "ZoomRateLimited",
    "ZoomRefused",
    "ZoomUnavailable",
    "client",
]
