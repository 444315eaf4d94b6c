"""Starts a development server that stays: migrations, demo people, and something to try."""

import contextlib
import subprocess
import sys
import threading

from scripts.server import ROOT, environment, manage, wait_until_up
from scripts.with_postgres import free_port

WELCOME = """
The booking service is running at {address}

  Student's token  {student}

  Teacher's token  {teacher}

Try it:

  curl -H "Authorization: Bearer {student}" \\
    {address}/api/accounts/teachers/

The admin is at {address}/admin/ ; make a superuser with  .venv/bin/python manage.py createsuperuser
Meetings are made in the Zoom sandbox of this server. Ctrl-C stops it.
"""


def main() -> int:
    """Serves until interrupted."""
    env = environment()
    manage("migrate", "--verbosity", "0", env=env)
    manage("seed_demo", env=env)
    port = "8000" if len(sys.argv) < 2 else sys.argv[1]
    address = f"http://127.0.0.1:{port}" if port != "0" else f"http://127.0.0.1:{free_port()}"
    tokens = {
        role: manage("dev_token", f"{role}@example.com", "--role", role, env=env) for role in ("student", "teacher")
    }
    server = subprocess.Popen([sys.executable, "manage.py", "runserver", address[7:]], cwd=ROOT, env=env)

    def welcome() -> None:
        wait_until_up(address, server)
        print(WELCOME.format(address=address, **tokens), flush=True)

    threading.Thread(target=welcome, daemon=True).start()
    with contextlib.suppress(KeyboardInterrupt):
        return server.wait()
    server.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
