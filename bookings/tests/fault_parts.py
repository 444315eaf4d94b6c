"""The ways in which Zoom fails, as a server on loopback shows them."""

from testing.zoom_server import Fault, Reply

FAILED = "Failed to create Zoom meeting: "

HTML = "<html><h1>Bad gateway</h1></html>"


def too_many(retry_after: str) -> Fault:
    return Fault(Reply(429, {"code": 429, "message": "Too many requests"}, {"Retry-After": retry_after}))


FAULTS = {
    "400": Fault(Reply(400, {"code": 300, "message": "Validation Failed."})),
    "404": Fault(Reply(404, {"code": 1001, "message": "User does not exist: me."})),
    "429 for some seconds": too_many("900"),
    "429 until an HTTP date": too_many("Fri, 10 Jan 2025 13:00:00 GMT"),
    "429 until an ISO date": too_many("2025-01-11T00:00:00Z"),
    "429 until nobody knows": too_many("soon"),
    "500": Fault(Reply(500, {"code": 500, "message": "Internal error."})),
    "500 after the work": Fault(Reply(500, {"code": 500, "message": "Internal error."}), takes_effect=True),
    "503": Fault(Reply(503, HTML, {"Retry-After": "60"})),
    "garbage": Fault(Reply(502, HTML)),
    "garbage after the work": Fault(Reply(200, HTML), takes_effect=True),
    "a proxy's 200": Fault(Reply(200, HTML)),
    "a gateway's 403": Fault(Reply(403, HTML)),
    "a gateway's 404 after the work": Fault(Reply(404, HTML), takes_effect=True),
    "dropped": Fault(),
    "dropped after the work": Fault(takes_effect=True),
    "too slow": Fault(Reply(503), hangs=True),
    "too slow, and works late": Fault(Reply(200, {}), hangs=True, takes_effect=True),
}
