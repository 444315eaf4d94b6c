"""Read environment variables. A bad or missing value raises ImproperlyConfigured."""

import os
import re
from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from notifications.providers import PROVIDERS


def env_str(name: str, default: str = "") -> str:
    """Return the variable without surrounding blanks; an empty one counts as absent."""
    return os.environ.get(name, "").strip() or default


def env_bool(name: str, *, default: bool) -> bool:
    """Read `true` or `false` (also 1, 0, yes, no, on, off)."""
    words = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}
    value = env_str(name, str(default)).lower()
    if value not in words:
        raise ImproperlyConfigured(f"{name} must be true or false, not {value!r}.")
    return words[value]


def env_int(name: str, *, default: int, least: int = 0) -> int:
    """Read an integer that is at least `least`."""
    value = env_str(name, str(default))
    if not value.isascii() or not value.isdigit() or int(value) < least:
        raise ImproperlyConfigured(f"{name} must be a whole number of at least {least}, not {value!r}.")
    return int(value)


# No setting needs more than a century of days.
MOST_DAYS = 36_500


def env_days(name: str, *, default: int) -> int:
    """Read a number of days, up to a century."""
    days = env_int(name, default=default)
    if days > MOST_DAYS:
        raise ImproperlyConfigured(f"{name} must be at most {MOST_DAYS} days; 0 keeps for ever.")
    return days


def env_list(name: str, default: str = "") -> list[str]:
    """Read a comma-separated list."""
    return [word.strip() for word in env_str(name, default).split(",") if word.strip()]


def _is_address(value: str, *schemes: str) -> bool:
    try:
        parts = urlsplit(value)
        has_port = parts.port != 0  # raises if it is not a number
    except ValueError:
        return False
    return has_port and parts.scheme in schemes and value.startswith(f"{parts.scheme}://")


def env_folder(name: str) -> str:
    """Read the path of a folder that this process can write to."""
    value = env_str(name)
    if value and not (os.path.isdir(value) and os.access(value, os.W_OK | os.X_OK)):
        raise ImproperlyConfigured(f"{name} must be a folder that exists and that this process may write to.")
    return value


def env_url(name: str, default: str = "") -> str:
    """Read an http or https URL, without a trailing slash."""
    value = env_str(name, default).rstrip("/")
    if value and not _is_address(value, "https", "http"):
        raise ImproperlyConfigured(f"{name} must start with https:// or http://, not {value!r}.")
    return value


REDIS = ("redis", "rediss", "unix")
# Other brokers that Celery supports as installed: docs.celeryq.dev, "Backends and Brokers".
BROKERS = (*REDIS, "redis+socket", "sentinel", "amqp", "amqps", "pyamqp")


def env_server(name: str, *schemes: str) -> str:
    """Read the URL of a Redis server, or of another with these schemes. Errors do not repeat it: it may hold a
    password.
    """
    value = env_str(name)
    if value and not _is_address(value, *schemes):
        raise ImproperlyConfigured(f"{name} must look like redis://localhost:6379/0.")
    return value


def env_sentry(name: str) -> str:
    """Read a Sentry DSN with Sentry's own parser. Errors do not repeat it: it holds a key."""
    value = env_str(name)
    if value:
        from sentry_sdk.utils import Dsn  # slow to import

        try:
            Dsn(value)
        except ValueError:
            raise ImproperlyConfigured(f"{name} must be the address that Sentry shows for the project.") from None
    return value


# As `Host` has it without the port; a dot at the front: all subdomains too (docs.djangoproject.com, ALLOWED_HOSTS).
_HOST = re.compile(r"\*|\.?[a-z0-9_-]+(\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\]", re.IGNORECASE)


def env_hosts(name: str, default: str = "") -> list[str]:
    """Read comma-separated host names, without scheme and port."""
    hosts = env_list(name, default)
    for host in hosts:
        if not _HOST.fullmatch(host):
            raise ImproperlyConfigured(
                f"{name} must list hosts such as booking.example.com, without scheme and port; not {host!r}."
            )
    return hosts


# As browsers write them in `Origin`: lower case, without a path (developer.mozilla.org, Origin).
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://([a-z0-9.-]+|\[[0-9a-f:]+\])(:\d{1,5})?")


def env_origins(name: str) -> list[str]:
    """Read comma-separated origins: scheme, host and port. There are no wildcards."""
    origins = env_list(name)
    for origin in origins:
        if not _ORIGIN.fullmatch(origin):
            example = "such as https://app.example.com or http://localhost:5173"
            raise ImproperlyConfigured(f"{name} must list origins {example}, without a path; not {origin!r}.")
    return origins


def env_secret(name: str, *, debug: bool, development: str, known: tuple[str, ...] = (), required: bool = True) -> str:
    """Read a secret of at least 32 characters. Only `debug` has a default; production must not use a published one."""
    value = env_str(name, development if debug else "")
    if debug:
        return value
    if not value and not required:
        return ""
    return _strong(name, value, published=(development, *known))


def env_secrets(name: str, *, debug: bool, published: tuple[str, ...]) -> list[str]:
    """Read comma-separated secrets, each as `env_secret` does."""
    return [value if debug else _strong(name, value, published=published) for value in env_list(name)]


def _strong(name: str, value: str, *, published: tuple[str, ...]) -> str:
    if len(value.encode()) < 32 or value in published:
        raise ImproperlyConfigured(
            f"{name} must be a secret of your own of at least 32 characters when DEBUG is off. "
            f'Make one with: python -c "import secrets; print(secrets.token_urlsafe(48))"'
        )
    return value


_MAIL_PORTS = {"smtp": 25, "smtp+tls": 587, "smtps": 465}
_MAIL_TIMEOUT_SECONDS = 10


def env_mail(name: str, default: str, *, webhook_secret: str, webhook_signing_key: str) -> dict[str, Any]:
    """Return Django's EMAIL settings for `console:` (development), `dummy:` (no mail), SMTP or a provider's API.

    The value may hold a password, so it is not repeated.
    """
    value = env_str(name, default)
    scheme, _, rest = value.partition(":")
    if value in ("console:", "dummy:"):
        return {"EMAIL_BACKEND": f"django.core.mail.backends.{scheme}.EmailBackend"}
    if (provider := PROVIDERS.get(scheme)) and re.fullmatch(r"[A-Za-z0-9._-]+", rest):
        anymail = provider.settings(rest, secret=webhook_secret, signing_key=webhook_signing_key)
        return {"EMAIL_PROVIDER": scheme, "EMAIL_BACKEND": provider.backend, "ANYMAIL": anymail}
    return _smtp(name, value, scheme)


def _smtp(name: str, value: str, scheme: str) -> dict[str, Any]:
    if scheme not in _MAIL_PORTS or not _is_address(value, scheme) or not urlsplit(value).hostname:
        raise ImproperlyConfigured(
            f"{name} must look like smtp+tls://user:password@smtp.example.com:587 or postmark:key "
            f"(also {', '.join(sorted(PROVIDERS.keys() - {'postmark'}))})."
        )
    parts = urlsplit(value)
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or _MAIL_PORTS[scheme],
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": scheme == "smtps",
        "EMAIL_USE_TLS": scheme == "smtp+tls",
        "EMAIL_TIMEOUT": _MAIL_TIMEOUT_SECONDS,
    }
