"""The Zoom API. Everything that callers need is importable from here.

`api` says what can be asked of Zoom, `meeting` what is sent and believed of a meeting, `auth` proves who is asking,
`wire` sends a request over a `connection` that ends in time, and `answer` judges what comes back.
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
