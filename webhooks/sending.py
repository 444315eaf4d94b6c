"""Post to URLs that users enter: only to the public internet, with a deadline, and accepting any response.

No redirects, and of the response only the status and `Retry-After` are read.
"""

from collections.abc import Mapping
from typing import NamedTuple

from guarded_http.deadline import Deadline
from guarded_http.errors import NoAnswerError, PrivateAddressError, TooSlowError
from guarded_http.requests import request

# For DNS, connection, TLS, request and response headers together.
SECONDS = 10.0


class SendingFailedError(Exception):
    """There was no response. The message is safe to show."""


class Answer(NamedTuple):
    status: int
    retry_after: float | None = None


def post(address: str, body: bytes, headers: Mapping[str, str], *, allow_private: bool) -> Answer:
    """Post the body and return the response. Raises SendingFailedError."""
    try:
        return _post(address, body, headers, allow_private=allow_private)
    except PrivateAddressError as error:
        raise SendingFailedError("The address leads into a private network.") from error
    except TooSlowError as error:
        raise SendingFailedError(f"There was no answer within {SECONDS:g} seconds.") from error
    except NoAnswerError as error:
        raise SendingFailedError(f"There was no answer ({type(error.reason).__name__}).") from error


def _post(address: str, body: bytes, headers: Mapping[str, str], *, allow_private: bool) -> Answer:
    with (
        Deadline(SECONDS) as deadline,
        request("POST", address, headers, body=body, deadline=deadline, allow_private=allow_private) as answer,
    ):
        return Answer(answer.status, _seconds(answer.headers.get("Retry-After")))


def _seconds(text: str | None) -> float | None:
    return float(text) if text and text.isascii() and text.isdigit() and len(text) < 7 else None
