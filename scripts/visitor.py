"""Use the service inside the network of docker-compose.yml: for scripts/containers.py, in a container of its own.

python -m scripts.visitor walk           the demo's flow, with new people
python -m scripts.visitor load SECONDS   many students; prints unexpected responses, and what is wrong in the database
"""

import os
import sys
from pathlib import Path

import django

django.setup()

from django.core.management import call_command  # noqa: E402  # the settings come first
from django.db import connections  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.authentication.dev_tokens import mint  # noqa: E402
from accounts.models import User  # noqa: E402
from bookings.management.commands.seed_demo import make_demo_people  # noqa: E402
from scripts.demo import Walk, whole_flow  # noqa: E402
from scripts.load import NO_ANSWER, Sample, Site, notebook, run  # noqa: E402
from scripts.proof import make_people, read_samples, show  # noqa: E402
from scripts.verdict import failures, judge_rows  # noqa: E402

HOST, SAMPLES = "bookings.localhost", Path("/tmp/samples")  # in a container
STUDENTS = 60


class Supabase:
    """Signs tokens with the secret shared with the service."""

    def token(self, user: User, *, hours: float = 1) -> str:
        return mint(user_id=user.id, email=user.email, role=user.role, hours=hours)


def walk() -> int:
    """Return 0 if every step was answered as expected. Deletes all earlier rows."""
    call_command("flush", "--no-input", verbosity=0)
    make_demo_people(now=timezone.now())
    tokens = {user.role: Supabase().token(user) for user in User.objects.all()}
    return whole_flow(Walk(f"https://{HOST}", tokens))


def load(seconds: int) -> list[str]:
    """Return a sentence for each failure. Requests may get 503 while a service is down."""
    people = {
        role: [person._replace(address="") for person in persons]
        for role, persons in make_people(Supabase(), STUDENTS).items()
    }
    site = Site("https", HOST, os.environ["REQUESTS_CA_BUNDLE"])
    with notebook(SAMPLES) as note:
        run({"site": site, "seconds": seconds, "enough": "/tmp/enough", "pause": 1.0, **people}, note)
    samples: list[Sample] = read_samples(SAMPLES)
    show("containers", samples, seconds)
    connections.close_all()  # the database has crashed in the meantime
    # Only a proxy that is down gives no response; `make stack` knows when that was, and is stricter.
    return [*failures("containers", samples, allowed={503, NO_ANSWER}), *judge_rows(samples)]


def main() -> int:
    """Return 0 if everything held."""
    if sys.argv[1] == "walk":
        return walk()
    wrong = load(int(sys.argv[2]))
    print("\n".join(wrong))
    return len(wrong)


if __name__ == "__main__":
    sys.exit(main())
