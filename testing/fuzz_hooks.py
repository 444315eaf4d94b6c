"""What schemathesis (schemathesis.toml) is taught about this service and the server in front of it."""

import hashlib
import hmac
import time
from typing import Any
from urllib.parse import urlencode

import requests
import schemathesis

# To a request's head of more than 32 KiB the web server answers by itself: 431, with no body (rag_app/server.py).
LONGEST_QUERY = 30_000
SECRET = "a-webhook-secret-token"  # noqa: S105  # a test's own


class ZoomSignature(requests.auth.AuthBase):
    """Puts the right signature in place of the made-up one, so that bodies get further than to 401."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """The request, signed for this second."""
        if {"x-zm-request-timestamp", "x-zm-signature"} <= {name.lower() for name in request.headers}:
            body = request.body or b""
            stamp = str(int(time.time()))
            message = b"v0:" + stamp.encode() + b":" + (body if isinstance(body, bytes) else body.encode())
            request.headers["x-zm-request-timestamp"] = stamp
            request.headers["x-zm-signature"] = "v0=" + hmac.new(SECRET.encode(), message, hashlib.sha256).hexdigest()
        return request


sign = schemathesis.auth.set_from_requests(ZoomSignature())  # type: ignore[attr-defined]  # set while it is imported
sign.apply_to(path="/api/bookings/zoom/webhook/")


@schemathesis.hook
def filter_query(context: schemathesis.HookContext, query: dict[str, Any] | None) -> bool:
    """Whether the query reaches the service at all."""
    return len(urlencode(query or {}, doseq=True, errors="replace")) < LONGEST_QUERY
