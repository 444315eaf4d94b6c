"""Read database settings from DATABASE_URL."""

from typing import Any

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

# How libpq detects a dead peer. Milliseconds for the first, then seconds:
# postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
DEAD_PEER = {"tcp_user_timeout": 3000, "connect_timeout": 3, "keepalives_idle": 30, "keepalives_interval": 5}


def configuration(url: str) -> dict[str, Any]:
    """Return the entry of `DATABASES` for this address. Raises ImproperlyConfigured.

    PostgreSQL keeps its connections: opening one for each request costs three times the request. `database.postgresql`
    limits the time of statements, and survives a restart of the server. SQLite takes the write lock when a
    transaction begins: taken later, it fails with "database is locked" instead of waiting.
    """
    try:
        config: dict[str, Any] = dict(dj_database_url.parse(url))
    except (dj_database_url.ParseError, dj_database_url.UnknownSchemeError, ValueError) as error:
        raise ImproperlyConfigured("DATABASE_URL must look like postgresql://user:password@host:5432/name.") from error
    if config["ENGINE"] == "django.db.backends.sqlite3":
        pragmas = "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
        options = {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": pragmas}
        return config | {"ENGINE": "database.sqlite", "OPTIONS": options}
    config["ENGINE"] = "database.postgresql"
    config["OPTIONS"] = DEAD_PEER | config.get("OPTIONS", {})
    return config | {"CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True}
