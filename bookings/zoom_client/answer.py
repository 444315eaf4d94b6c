"""Interpret HTTP responses, which any proxy between here and Zoom may have written."""

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from bookings.zoom_client.errors import ZoomError, ZoomRateLimited, ZoomUnavailable

DAY_SECONDS = 86_400
# Zoom: 124 is an invalid or expired token; 4700 and 4711 one that lacks scopes, which only a new token can gain
# (developers.zoom.us/docs/integrations/oauth-error-messages).
TOKEN_CODES = (124, 4700, 4711)


def moment(value: object) -> datetime | None:
    """Return the time that an ISO date or an HTTP date tells, in UTC; None for anything else. UTC is the default."""
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        with suppress(ValueError, OverflowError):  # not in this format, or not a date
            parsed = parse(str(value))
            return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).astimezone(UTC)
    return None


@dataclass(frozen=True)
class Answer:
    """An HTTP answer. `body` is None if it broke off, was too slow or too large."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = field(repr=False)

    def __str__(self) -> str:
        tracking = " ".join(self.headers.get("x-zm-trackingid", "-").split())  # Zoom's support asks for it
        return str(self.status) if self.status < 300 else f"{self.status} (x-zm-trackingid {tracking[:100]})"

    @property
    def payload(self) -> dict[str, Any]:
        """The JSON object of the body; empty for anything else: failing gateways send HTML or nothing."""
        try:
            payload = json.loads(self.body or b"")
        except (ValueError, RecursionError):
            return {}
        return payload if isinstance(payload, dict) else {}

    @property
    def code(self) -> int | None:
        """Zoom's own code, whose meaning depends on the endpoint."""
        code = self.payload.get("code")
        return code if type(code) is int and abs(code) < 10**9 else None

    @property
    def refuses_token(self) -> bool:
        """True if a new access token may help."""
        return self.status == 401 or (400 <= self.status < 500 and self.code in TOKEN_CODES)

    @property
    def message(self) -> str:
        """Zoom's words: {code, message, errors?}, for tokens {reason, error} (developers.zoom.us/docs/api/errors)."""
        message = (
            self.payload.get("message") or self.payload.get("reason") or f"Zoom answered with status {self.status}."
        )
        errors = self.payload.get("errors")
        fields = [error for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []
        return " ".join([str(message), *(f"{error.get('field')}: {error.get('message')}" for error in fields)])

    def error(self, refusal: type[ZoomError], *, writes: bool, now: float) -> ZoomError:
        """Return what this failure means.

        `refusal` is the type of a plain 4xx from Zoom. One without Zoom's code comes from a gateway, and is
        not final. `writes`: whether the request changes anything; `now`: seconds since 1970.
        """
        is_refused = 400 <= self.status < 500 and self._is_from_zoom
        kind = refusal if is_refused and self.status != 408 else ZoomUnavailable
        kind = ZoomRateLimited if self.status == 429 else kind
        return kind(
            self.message,
            status=self.status,
            code=self.code,
            retry_after=self._retry_after(now),
            outcome_unknown=writes and not (is_refused or self.status in (401, 429)),
        )

    @property
    def _is_from_zoom(self) -> bool:
        """Return True if the refusal has Zoom's code or, at the token endpoint, OAuth's `error`."""
        return self.code is not None or isinstance(self.payload.get("error"), str)

    def _retry_after(self, now: float) -> float | None:
        """Return the seconds to wait.

        Zoom sends an ISO date, gateways seconds or an HTTP date. On its limit of 100 creates and updates a day for
        each host it sends none; that one ends at midnight UTC (developers.zoom.us/docs/api/rate-limits).
        """
        value = self.headers.get("Retry-After", "").strip()
        if re.fullmatch(r"[0-9]+", value):
            return min(float(value), DAY_SECONDS)
        if until := moment(value):
            return min(max(until.timestamp() - now, 0.0), DAY_SECONDS)
        # A minute later than midnight, in case our clock is ahead.
        left = DAY_SECONDS - (now - 60) % DAY_SECONDS
        return left if self.status == 429 and "daily" in self.message.lower() else None
