"""Run all benchmarks: `make bench`. Exits with 1 if a floor is missed."""

import datetime as dt
import logging
import os
import secrets
import sys
import tempfile
from pathlib import Path

import django

from testing.identity import Identity, identity
from testing.web_server import migrated_database, web_server


def production(supabase: str) -> dict[str, str]:
    """Return production's environment, with other services replaced by this machine."""
    return {
        "DJANGO_SETTINGS_MODULE": "bench.settings",
        "ENV_FILE": os.devnull,
        "DEBUG": "false",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "ALLOWED_HOSTS": "127.0.0.1",
        "SECURE_SSL_REDIRECT": "false",
        # On, so that its cost is measured; bench.urls raises the limits.
        "THROTTLE_ENABLED": "true",
        "SUPABASE_URL": supabase,
        "SUPABASE_JWT_SECRET": "",
        "ZOOM_ACCOUNT_ID": "bench",
        "ZOOM_API_KEY": "bench",
        "ZOOM_API_SECRET": "bench",
        "ZOOM_API_BASE_URL": "http://127.0.0.1:9/v2",
        "ZOOM_OAUTH_URL": "http://127.0.0.1:9/token",
        # Effectively no limit, but pending requests are still counted.
        "MAX_PENDING_PER_STUDENT": "1000000",
        "MAX_PENDING_HOURS_PER_STUDENT": "1000000",
    }


def main() -> int:
    """Return 0 if every floor was met."""
    if not os.environ.get("DATABASE_URL", "").startswith("postgres"):
        raise SystemExit("The benchmarks need PostgreSQL: run `make bench`, or set DATABASE_URL.")
    with tempfile.TemporaryDirectory() as name, identity() as supabase:
        folder = Path(name)
        os.environ |= production(supabase.url)
        with migrated_database(folder) as url:
            os.environ["DATABASE_URL"] = url
            django.setup()
            return measure_all(supabase, url, folder)


def measure_all(supabase: Identity, url: str, folder: Path) -> int:
    """Measure in this process, then behind the server. Models can be imported only after `django.setup`."""
    from bench import cpu
    from bench.client import InProcess, OverHttp
    from bench.measure import Bench
    from bench.report import Report
    from rag_app.wsgi import application

    nowhere = (folder / "log").open("w")
    for handler in logging.getLogger().handlers:
        # Log lines are written as in production, but not shown.
        handler.setStream(nowhere)  # type: ignore[attr-defined]
    report = Report(supabase, dt.datetime.now(dt.UTC))
    database = cpu.postmaster()
    here = Bench(InProcess(application), [os.getpid(), database])
    report.sizes(here)
    report.requests("REQUESTS, IN PROCESS", here, floors=True)
    with web_server(url, folder, workers=1) as server:
        behind = Bench(OverHttp(server.port), [server.process.pid, database])
        report.requests("REQUESTS, BEHIND THE SERVER", behind, floors=False)
    report.engine()
    print(f"\nMissed: {', '.join(report.missed)}" if report.missed else "\nEvery floor was met.")
    return 1 if report.missed else 0


if __name__ == "__main__":
    sys.exit(main())
