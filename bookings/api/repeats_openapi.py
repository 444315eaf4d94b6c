"""The header that makes a POST idempotent."""

from drf_spectacular.utils import OpenApiParameter

IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "pattern": r"^[!-+\--~]{1,255}$"},
    OpenApiParameter.HEADER,
    description="Makes the request safe to repeat: repeated within 24 hours with the same body, it gets the first "
    "response again, with `Idempotent-Replayed: true`, and has no further effect; with another body it is refused. "
    "Visible ASCII characters without commas.",
)
