"""`manage.py sync_supabase_users`: create, update, deactivate and reactivate accounts from Supabase's list."""

from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.supabase.client import SupabaseUnavailable
from accounts.supabase.sync import Outcome, Step, TooManyGone, sync


class Command(BaseCommand):
    help = "Sync accounts with Supabase's users. Needs SUPABASE_URL and SUPABASE_SERVICE_ROLE_KEY."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Report what would change, without changing it.")
        parser.add_argument("--force", action="store_true", help="Deactivate even if most accounts are missing there.")

    def handle(self, *args: Any, dry_run: bool, force: bool, **options: Any) -> None:
        try:
            steps = sync(now=timezone.now(), dry_run=dry_run, believe=force)
        except SupabaseUnavailable as error:
            raise CommandError(f"Supabase could not be reached; nothing was changed. {error}") from error
        except TooManyGone as error:
            raise CommandError(f"Nothing was changed: {error} If it is, say --force.") from error
        for step in steps:
            self._tell(step, dry_run=dry_run)
        self.stdout.write(("Would be: " if dry_run else "") + self._summary(steps))

    def _tell(self, step: Step, *, dry_run: bool) -> None:
        who = f"{step.user.id} {step.user.email}".strip()
        if step.outcome is Outcome.LEFT:
            self.stderr.write(f"{who}: banned or deleted at Supabase, but has a password of this site. Left active.")
        elif dry_run and step.outcome is not Outcome.UNCHANGED:
            fields = ", ".join(name for name in step.fields if name != "identity_as_of")
            self.stdout.write(f"{who}: {step.outcome}" + (f" ({fields})" if fields else ""))

    def _summary(self, steps: list[Step]) -> str:
        counts = Counter(step.outcome for step in steps)
        return ", ".join(f"{counts[outcome]} {outcome}" for outcome in Outcome) + "."
