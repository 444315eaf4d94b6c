"""Log formats with request ids: one JSON object per line, or readable text with DEBUG.

No line has secrets, query strings, bodies or e-mail addresses; for secret URLs see
`secret_paths`.
"""

import datetime as dt
import logging
import re
from contextvars import ContextVar
from typing import Any

import orjson

from rag_app.operations.secret_paths import masked

# The id of the current request or task of this thread; None between them.
request_id: ContextVar[str | None] = ContextVar("request_id", default=None)

# To the end of the exception's message: a value may have lines of its own.
_QUOTED_ROW = re.compile(r"^DETAIL: .*?(?=\n\n(?:The above exception|During handling of)|\Z)", re.DOTALL | re.MULTILINE)


class RequestIdFilter(logging.Filter):
    """Adds the request id to every record."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get()
        return True


class FaultsFilter(logging.Filter):
    """Passes only records with an exception."""

    def filter(self, record: logging.LogRecord) -> bool:
        return bool(record.exc_info)


class FirstLineFilter(logging.Filter):
    """Reduces every record to the first line of its message, without a trace."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = record.getMessage().partition("\n")[0], ()
        record.exc_info = None
        return True


class JsonLines(logging.Formatter):
    """One JSON object per line; `time` is UTC (ISO 8601).

    Of attributes that are not logging's it has `of_request` (access_log): Django hangs whole requests on its records,
    Celery the arguments of tasks.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Format the line, masking secret URLs."""
        return masked(orjson.dumps(self._fields(record), default=str).decode())

    def _fields(self, record: logging.LogRecord) -> dict[str, Any]:
        found = vars(record)
        fields = {
            "time": dt.datetime.fromtimestamp(record.created, dt.UTC),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": found.get("request_id"),
            **found.get("of_request", {}),
        }
        if record.exc_info:
            fields["exc_info"] = self.formatException(record.exc_info)
        if record.stack_info:
            fields["stack_info"] = record.stack_info
        return fields

    def formatException(self, ei: Any) -> str:  # noqa: N802  # the name is logging's
        """Format the trace without the rows that PostgreSQL quotes, which may contain notes, links and passcodes."""
        return _QUOTED_ROW.sub("DETAIL: …", super().formatException(ei))


class Words(logging.Formatter):
    """A readable line, with the request id if there is one."""

    def __init__(self) -> None:
        super().__init__("{asctime} {levelname} {name}{within}: {message}", style="{")

    def format(self, record: logging.LogRecord) -> str:
        """Format the line, masking secret URLs."""
        return masked(super().format(record))

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # the name is logging's
        """Format the line without its trace."""
        within = getattr(record, "request_id", None)
        record.within = f" [{within}]" if within else ""
        return super().formatMessage(record)


def logging_config(*, for_eyes: bool) -> dict[str, Any]:
    """The `LOGGING` of Django; the web server takes the same, so that its own lines are JSON too."""
    formatters: dict[str, Any] = {"json": {"()": JsonLines}, "line": {"()": Words}}
    console = {
        "class": "logging.StreamHandler",
        "formatter": "line" if for_eyes else "json",
        "filters": ["request_id"],
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {
            "request_id": {"()": RequestIdFilter},
            "faults": {"()": FaultsFilter},
            "first_line": {"()": FirstLineFilter},
        },
        "formatters": formatters,
        "handlers": {"console": console},
        "root": {"handlers": ["console"], "level": "INFO"},
        "loggers": {
            # Django's own handlers would log everything twice, and its lines about responses repeat ours.
            "django": {"level": "INFO"},
            "django.request": {"filters": ["faults"]},
            "django.server": {"level": "CRITICAL", "propagate": True},
            # accounts/sign_in/lockout.py logs failed sign-ins, with the address that axes leaves out.
            "axes": {"level": "ERROR"},
            # Celery would log each round that beat sends every five seconds three times, and an unavailable broker as
            # often, with a trace and the whole stack.
            "celery.beat": {"level": "WARNING", "filters": ["first_line"]},
            "celery.app.trace": {"level": "WARNING"},
            "celery.worker.strategy": {"level": "WARNING"},
        },
    }
