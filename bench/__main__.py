"""Runs the whole bench: `make bench`. Exits with 1 where a floor is missed."""

import datetime as dt
import os
import secrets
import sys
import tempfile
from pathlib import Path

import django

from testing.gunicorn import gunicorn, migrated_database
from testing.identity import identity


def production(supabase: str) -> dict[str, str]:
    """An environment as in production, whose outside world is this machine."""
    return {
        "DJANGO_SETTINGS_MODULE": "bench.settings",
        "ENV_FILE": os.devnull,
        "DEBUG": "false",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "ALLOWED_HOSTS": "127.0.0.1",
        "SECURE_SSL_REDIRECT": "false",
        # Counted, so that it is measured; bench.urls lets the bench ask as fast as it can.
        "THROTTLE_ENABLED": "true",
        "SUPABASE_URL": supabase,
        "SUPABASE_JWT_SECRET": "",
        "ZOOM_ACCOUNT_ID": "bench",
        "ZOOM_API_KEY": "bench",
        "ZOOM_API_SECRET": "bench",
        "ZOOM_API_BASE_URL": "http://127.0.0.1:9/v2",
        "ZOOM_OAUTH_URL": "http://127.0.0.1:9/token",
    }


def main() -> int:
    """0 where every floor was met."""
    if not os.environ.get("DATABASE_URL", "").startswith("postgres"):
        raise SystemExit("The bench measures on PostgreSQL: run `make bench`, or set DATABASE_URL.")
    with tempfile.TemporaryDirectory() as name, identity() as supabase:
        folder = Path(name)
        os.environ |= production(supabase.url)
        with migrated_database(folder) as url:
            os.environ["DATABASE_URL"] = url
            django.setup()
            # Models can be imported only now.
            from bench.report import Bench

            with gunicorn(url, folder, workers=1) as server:
                return 0 if Bench(supabase, server.port, dt.datetime.now(dt.UTC)).run() else 1


if __name__ == "__main__":
    sys.exit(main())
