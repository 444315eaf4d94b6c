"""Why a request failed. Callers word the messages for users."""


class RequestError(Exception):
    """The request was not sent, or got no complete response."""


class PrivateAddressError(RequestError):
    """The host has an address that is not public."""


class TooSlowError(RequestError):
    """The deadline passed before the response was complete."""


class NoAnswerError(RequestError):
    """Connecting failed, or the connection broke off, for this reason."""

    def __init__(self, reason: Exception) -> None:
        self.reason = reason
        super().__init__(str(reason))


class NoSuchNameError(NoAnswerError):
    """The name of the host cannot be resolved."""
