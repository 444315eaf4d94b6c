"""Try the running stack by hand. Needs the stack's settings as environment."""

from pathlib import Path

import django

django.setup()

from django.conf import settings  # noqa: E402  # the settings come first
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.models import User  # noqa: E402
from bookings.management.commands.seed_demo import make_demo_people  # noqa: E402
from scripts.processes import Stack  # noqa: E402

TOKEN_HOURS = 12

WELCOME = """
The whole service is running at {address}, with production's settings.

  Student's token  {student}

  Teacher's token  {teacher}

Try it, as a TLS-terminating proxy would:

  curl -H 'X-Forwarded-Proto: https' -H 'Authorization: Bearer {student}' \\
    {address}/api/accounts/teachers/

  curl -H 'Authorization: Bearer {metrics}' {address}/metrics

Management commands, with its settings:

  (. {file} && .venv/bin/python manage.py check_zoom)

Logs are in {folder} . Ctrl-C or SIGTERM stops everything and deletes it.
"""


def receive(stack: Stack, environment: Path) -> None:
    """Create the demo's people, print what to try, and wait until the web server ends."""
    make_demo_people(now=timezone.now())
    tokens = {user.role: stack.supabase.token(user, hours=TOKEN_HOURS) for user in User.objects.all()}
    # Not needed any more: the database can be stopped and started.
    connection.close()
    words = {"address": stack.address, "folder": stack.folder, "file": environment, "metrics": settings.METRICS_TOKEN}
    print(WELCOME.format(**words, **tokens), flush=True)
    stack.processes["web"].running.wait()
