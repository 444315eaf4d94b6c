"""Run the TypeScript client's end-to-end tests (client/e2e, built by `make client`) against servers of their own."""

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from typing import NamedTuple

from scripts.server import ROOT, development_server, manage
from scripts.with_postgres import free_port

PEOPLE = {
    "STUDENT": ("student@example.com", "student"),
    "OTHER_STUDENT": ("other.student@example.com", "student"),
    "THIRD_STUDENT": ("third.student@example.com", "student"),
    "TEACHER": ("teacher@example.com", "teacher"),
    "OTHER_TEACHER": ("other.teacher@example.com", "teacher"),
}
SECRET = "a-secret-of-the-end-to-end-tests-with-32-characters"


LIMITS = {
    "MAX_PENDING_PER_STUDENT": "1",
    "MAX_MOVES_PER_BOOKING": "1",
    "ZOOM_HOST_CONCURRENCY": "1",
    "ZOOM_SANDBOX_SECONDS": "1",
    "ADMIN_SECOND_FACTOR_REQUIRED": "true",
}
DEACTIVATE = (
    "from accounts.models import User; User.objects.filter(email='teacher@example.com').update(is_active=False)"
)


class Place(NamedTuple):
    """A running server with the demo's people, and the environment to run manage.py and the tests in."""

    env: dict[str, str]

    def test(self, name: str, **changes: str) -> None:
        """Run one file of tests. Exits if it fails."""
        command = ["node", "--test", f"dist/e2e/{name}.test.js"]
        done = subprocess.run(command, cwd=ROOT / "client", env=self.env | changes, check=False)
        if done.returncode:
            sys.exit(done.returncode)


@contextlib.contextmanager
def place(**changes: str) -> Iterator[Place]:
    """Run a fresh server with these settings."""
    with development_server(**changes) as (address, env):
        manage("seed_demo", env=env)
        tokens = {name: manage("dev_token", email, "--role", role, env=env) for name, (email, role) in PEOPLE.items()}
        yield Place(env | tokens | {"BOOKINGS_URL": address})


def main() -> None:
    with place() as here:
        for name in ("flows", "errors", "patience"):
            here.test(name)
    with place() as here:
        here.test("deactivated")
        manage("shell", "-c", DEACTIVATE, env=here.env)
        here.test("deactivated", DEACTIVATED="true")
    with place(**LIMITS) as here:
        here.test("limits")
    with place(SECURE_SSL_REDIRECT="true") as here:
        here.test("plain_http")
    away = f"http://127.0.0.1:{free_port()}"
    with place(ZOOM_SANDBOX_FAIL="create:500", SUPABASE_URL=away, SUPABASE_JWT_SECRET=SECRET) as here:
        here.test("failures")


if __name__ == "__main__":
    main()
