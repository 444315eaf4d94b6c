"""Run the whole service as in production, on this machine and without Docker, and prove that it holds.

PostgreSQL, Redis, migrations, the web server, a Celery worker, beat and, if installed, Caddy run with production
settings and the commands of Dockerfile and docker-compose.yml. A development server's sandbox replaces Zoom, a key pair
of our own replaces Supabase. Then come the demo's flow and loads of many students: a calm one, one during which the web
server is reloaded, and a rough one during which every service is restarted once and killed once. Then the flow again.

python -m scripts.stack [--seconds 60] [--students 200] [--serve]
"""

import argparse
import contextlib
import secrets
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import requests

from scripts import deployment
from scripts.processes import PATIENCE_SECONDS, Stack
from scripts.server import environment, manage, wait_until_up
from scripts.servers import CADDY, POSTGRESQL, REDIS, advice, fetch_missing, find
from scripts.with_postgres import binaries, free_port, throwaway_cluster
from testing.identity import identity

# A crash must lose nothing that was answered; without fsync only a power cut could, which is not tested here.
DURABLE = {"fsync": "off", "synchronous_commit": "on", "max_connections": "200"}


def production(folder: Path, *, database: str, redis: str, zoom: str, supabase: str) -> dict[str, str]:
    """Return production's environment. No .env file is read."""
    metrics = folder / "metrics"
    metrics.mkdir()
    own = {
        "DEBUG": "false",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "ALLOWED_HOSTS": "127.0.0.1",
        "DATABASE_URL": database,
        "REDIS_URL": f"{redis}/1",
        "CELERY_BROKER_URL": f"{redis}/0",
        "SUPABASE_URL": supabase,
        "SUPABASE_ANON_KEY": "an-anon-key",
        "METRICS_TOKEN": secrets.token_urlsafe(48),
        "PROMETHEUS_MULTIPROC_DIR": str(metrics),
        "TRUST_X_FORWARDED_PROTO": "true",
        "TRUSTED_PROXIES": "1",
        "WEB_CONCURRENCY": "2",
        "ZOOM_API_KEY": "a-client-id",
        "ZOOM_API_SECRET": "a-client-secret-of-more-than-32-characters",
        "ZOOM_ACCOUNT_ID": "an-account",
        "ZOOM_DEFAULT_HOST": "host@example.com",
        "ZOOM_API_BASE_URL": f"{zoom}/zoom-sandbox/v2",
        "ZOOM_OAUTH_URL": f"{zoom}/zoom-sandbox/oauth/token",
    }
    return environment(**own)


@contextlib.contextmanager
def stack(**settings: str) -> Iterator[Stack]:
    """Run everything with these settings; stop and delete it afterwards."""
    fetch_missing()
    bin_dir, redis_server = binaries(), find(REDIS)
    if bin_dir is None or redis_server is None:
        raise SystemExit(f"PostgreSQL and Redis are needed. {advice([POSTGRESQL, REDIS])}")
    folder = Path(tempfile.mkdtemp(prefix="bookings-stack-"))
    try:
        with throwaway_cluster(bin_dir, DURABLE) as cluster, identity() as supabase:
            running = Stack(folder, cluster, supabase)
            is_over = threading.Event()
            supervisor = threading.Thread(target=running.supervise, args=[is_over])
            try:
                _start_all(running, str(redis_server), settings)
                supervisor.start()
                yield running
            except BaseException:
                print(running.logs(), file=sys.stderr)
                raise
            finally:
                is_over.set()
                if supervisor.is_alive():
                    supervisor.join()
                running.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _start_all(running: Stack, redis_server: str, settings: dict[str, str]) -> None:
    python = sys.executable
    redis_port, zoom_port, port = (free_port() for _ in range(3))
    running.start("redis", redis_server, "--port", str(redis_port), "--bind", "127.0.0.1", "--dir", str(running.folder))
    zoom = f"http://127.0.0.1:{zoom_port}"
    sandbox = environment(DATABASE_URL=f"sqlite:///{running.folder}/zoom.sqlite3")
    manage("migrate", "--verbosity", "0", env=sandbox)
    running.start("zoom", python, "manage.py", "runserver", "--noreload", zoom[7:], env=sandbox)
    wait_until_up(zoom, running.processes["zoom"].running)
    running.env = production(
        running.folder,
        database=running.cluster.url,
        redis=f"redis://127.0.0.1:{redis_port}",
        zoom=zoom,
        supabase=running.supabase.url,
    )
    running.env |= settings
    manage("check", "--deploy", "--fail-level", "WARNING", env=running.env)
    manage("migrate", "--verbosity", "0", env=running.env)
    manage("collectstatic", "--noinput", "--verbosity", "0", env=running.env)
    running.inside = running.address = f"http://127.0.0.1:{port}"
    running.env["PORT"] = str(port)
    for name, command in deployment.commands(running.folder, broker=running.env["CELERY_BROKER_URL"]).items():
        running.start(name, python, "-m", *command)
    wait_until_up(running.inside, running.processes["web"].running)
    _until_ready(running.inside)
    _start_proxy(running, port)


def _start_proxy(running: Stack, web_port: int) -> None:
    found = find(CADDY)
    if found is None:
        print(f"The proxy is NOT tested. {advice([CADDY])}", file=sys.stderr)
        return
    caddy = str(found)
    port, home = free_port(), running.folder / "caddy"
    running.address = f"https://127.0.0.1:{port}"
    file = running.folder / "Caddyfile"
    file.write_text(deployment.caddyfile(caddy))
    own = {"SITE_ADDRESS": running.address, "UPSTREAM": f"127.0.0.1:{web_port}", "XDG_DATA_HOME": str(home)}
    env = running.env | own | {"XDG_CONFIG_HOME": str(home)}
    running.start("proxy", caddy, "run", "--config", str(file), "--adapter", "caddyfile", env=env)
    authority = home / "caddy" / "pki" / "authorities" / "local" / "root.crt"
    running.authority = str(authority)
    _until_answered(running)


def _until_answered(running: Stack) -> None:
    for _ in range(PATIENCE_SECONDS * 10):
        with contextlib.suppress(OSError):
            requests.get(running.address, verify=running.authority, timeout=10)
            return
        time.sleep(0.1)
    raise SystemExit("The proxy does not respond.")


def _until_ready(address: str) -> None:
    for _ in range(PATIENCE_SECONDS * 10):
        answer = requests.get(f"{address}/readyz", timeout=10)
        if answer.ok:
            return
        time.sleep(0.1)
    raise SystemExit(f"The API does not become ready: {answer.text}")


def end(*_: object) -> None:
    """Exit on SIGTERM, so that everything is stopped and cleaned up; ignore a second one."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit("Stopped by SIGTERM.")


def main() -> int:
    """Return 0 if everything held."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=60, help="Duration of each load, default 60.")
    parser.add_argument(
        "--students", type=int, default=200, help="Number of students, default 200: fewer on a slow machine."
    )
    parser.add_argument("--serve", action="store_true", help="Only serve, until Ctrl-C or SIGTERM.")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, end)
    with stack() as running:
        file = running.write_environment()
        running.adopt_environment()
        if asked.serve:
            from scripts.visit import receive

            with contextlib.suppress(KeyboardInterrupt, SystemExit):
                receive(running, file)
            return 0
        from scripts.proof import prove

        return prove(running, asked.seconds, asked.students)


if __name__ == "__main__":
    sys.exit(main())
