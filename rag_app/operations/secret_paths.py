"""URLs with a secret in the path: logs and Sentry show them masked."""

import re

_SECRET_PATH = re.compile(r"""(/api/(?:calendars|notifications/unsubscribe)/)[^/?\s"'\\]+""")


def masked(text: str) -> str:
    """Return the text with the secrets of such URLs masked."""
    return _SECRET_PATH.sub(r"\1***", text)
