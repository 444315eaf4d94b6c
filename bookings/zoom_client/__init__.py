"""The Zoom API. Everything that callers need is importable from here.

`api` says what can be asked of Zoom, `auth` proves who is asking, `wire` sends a request and judges the answer.
"""

from bookings.zoom_client.api import (
    MeetingDetails,
    ZoomClient,
    ZoomMeeting,
    client,
)
from bookings.zoom_client.wire import (
    ZoomAuthError,
    ZoomError,
    ZoomGone,
    ZoomHostGone,
    ZoomRateLimited,
    ZoomRefused,
    ZoomUnavailable,
)

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
