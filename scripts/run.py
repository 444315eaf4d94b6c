"""Run a development server: apply migrations, create demo people, and print what to try.

It takes its settings from the environment and `.env`, as manage.py does, but DEBUG defaults to true.
"""

import contextlib
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping

from dotenv import dotenv_values

from scripts.server import ROOT, manage, wait_until_up
from scripts.with_postgres import free_port

HIGHEST_PORT = 65_535
WELCOME = """
The booking service is running at {address}
{people}
The API, to try out:   {address}/api/docs/
The admin:             {address}/admin/
{teacher}  Superusers: DEBUG=true .venv/bin/python manage.py createsuperuser
{zoom}Ctrl-C stops it.
"""

TOKENS = """
  Student's token  {student}

  Teacher's token  {teacher}

Try it:

  curl -H "Authorization: Bearer {student}" \\
    {address}/api/accounts/teachers/
"""
NO_TOKENS = """
Tokens come from the Supabase project that SUPABASE_URL names; sign in there.
"""

TEACHER = """  The teacher signs in with the e-mail teacher@example.com and, as the password, the teacher's token.
"""
SANDBOX = """Meetings are made in the Zoom sandbox of this server. """


def environment() -> dict[str, str]:
    """Return the server's environment. The shell's variables take precedence over `.env`."""
    file = dotenv_values(os.environ.get("ENV_FILE", ROOT / ".env"))
    of_file = {name: value for name, value in file.items() if value is not None}
    return {"DEBUG": "true", **of_file, **os.environ, "PYTHONUNBUFFERED": "1"}


def tokens(env: Mapping[str, str]) -> dict[str, str]:
    """Return a token for each of the demo people; none if only Supabase's keys are accepted (rag_app.settings)."""
    if env.get("SUPABASE_URL") and not env.get("SUPABASE_JWT_SECRET"):
        return {}
    return {
        role: manage("dev_token", f"{role}@example.com", "--role", role, env=dict(env))
        for role in ("student", "teacher")
    }


def welcome(address: str, tokens: Mapping[str, str], env: Mapping[str, str]) -> str:
    """Return what to print: addresses, tokens, and a request to try."""
    return WELCOME.format(
        address=address,
        people=TOKENS.format(address=address, **tokens) if tokens else NO_TOKENS,
        teacher="" if env.get("SUPABASE_URL") else TEACHER,
        zoom="" if env.get("ZOOM_API_KEY") else SANDBOX,
    )


def refuse_taken(port: str) -> None:
    """Exit with a message if the server cannot listen on the port. Port 0 is any free one."""
    if not port.isdecimal() or int(port) > HIGHEST_PORT:
        raise SystemExit(f"PORT must be a number from 0 to {HIGHEST_PORT}, not {port!r}.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(port)))
        except OSError as error:
            raise SystemExit(f"Port {port} is taken or not allowed; choose another: make run PORT=8001") from error


def main() -> int:
    """Serve until interrupted."""
    port = "8000" if len(sys.argv) < 2 else sys.argv[1]
    refuse_taken(port)
    address = f"http://127.0.0.1:{port}" if port != "0" else f"http://127.0.0.1:{free_port()}"
    # For links that are written outside of requests, as the demo's to its meetings are.
    env = {"PUBLIC_URL": address, **environment()}
    manage("migrate", "--verbosity", "0", env=env)
    manage("seed_demo", env=env)
    words = welcome(address, tokens(env), env)
    server = subprocess.Popen([sys.executable, "manage.py", "runserver", address[7:]], cwd=ROOT, env=env)

    def greet() -> None:
        wait_until_up(address, server)
        print(words, flush=True)

    threading.Thread(target=greet, daemon=True).start()
    with contextlib.suppress(KeyboardInterrupt):
        return server.wait()
    server.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
