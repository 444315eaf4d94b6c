"""Run the TypeScript client's end-to-end tests (client/e2e, built by `make client`) against servers of their own."""

import os
import subprocess
import sys

from scripts.server import ROOT, development_server, manage
from scripts.with_postgres import free_port

PEOPLE = {
    "STUDENT": ("student@example.com", "student"),
    "OTHER_STUDENT": ("other.student@example.com", "student"),
    "TEACHER": ("teacher@example.com", "teacher"),
    "OTHER_TEACHER": ("other.teacher@example.com", "teacher"),
}
SECRET = "a-secret-of-the-end-to-end-tests-with-32-characters"


def run(*tests: str, **changes: str) -> None:
    """The tests, one after the other, on a fresh server. Ends the run where one fails."""
    os.environ.update(changes)
    with development_server() as (address, env):
        manage("seed_demo", env=env)
        tokens = {name: manage("dev_token", email, "--role", role, env=env) for name, (email, role) in PEOPLE.items()}
        for test in tests:
            command = ["node", "--test", f"dist/e2e/{test}.test.js"]
            done = subprocess.run(
                command, cwd=ROOT / "client", env=env | tokens | {"BOOKINGS_URL": address}, check=False
            )
            if done.returncode:
                sys.exit(done.returncode)


def main() -> None:
    run("flows", "errors", "patience")
    away = f"http://127.0.0.1:{free_port()}"
    run("failures", ZOOM_SANDBOX_FAIL="create:500", SUPABASE_URL=away, SUPABASE_JWT_SECRET=SECRET)


if __name__ == "__main__":
    main()
