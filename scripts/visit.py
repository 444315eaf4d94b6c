"""For people who look around in the running stack: what there is to try. Needs the stack's settings as environment."""

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

Try it, as a proxy that has ended TLS would:

  curl -H 'X-Forwarded-Proto: https' -H 'Authorization: Bearer {student}' \\
    {address}/api/accounts/teachers/

  curl -H 'Authorization: Bearer {metrics}' {address}/metrics

Its commands, with its settings:

  (. {file} && .venv/bin/python manage.py check_zoom)

Logs are in {folder} . Ctrl-C or SIGTERM ends it all, and nothing of it stays.
"""


def receive(stack: Stack, environment: Path) -> None:
    """Makes the demo's people, tells what to try, and stays as long as the web server does."""
    make_demo_people(now=timezone.now())
    tokens = {user.role: stack.supabase.token(user, hours=TOKEN_HOURS) for user in User.objects.all()}
    # Idle from here on: the database can be stopped and started.
    connection.close()
    words = {"address": stack.address, "folder": stack.folder, "file": environment, "metrics": settings.METRICS_TOKEN}
    print(WELCOME.format(**words, **tokens), flush=True)
    stack.processes["web"].running.wait()
