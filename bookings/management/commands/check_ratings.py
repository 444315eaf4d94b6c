"""Compare the stored ratings of teachers with their feedback, and correct them on request."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DEFAULT_DB_ALIAS, connections

from bookings.services import ratings
from database.postgresql.base import DatabaseWrapper


class Command(BaseCommand):
    help = "Reports every teacher whose kept rating differs from their feedback; fails where one is left."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--repair", action="store_true", help="Correct what differs.")

    def handle(self, *args: Any, repair: bool, **options: Any) -> None:
        connection = connections[DEFAULT_DB_ALIAS]
        if isinstance(connection, DatabaseWrapper):
            connection.lift_limits()  # it reads all feedback
        found = ratings.wrong()
        for teacher_id in found:
            self.stdout.write(f"The rating of teacher {teacher_id} differs from their feedback.")
            if repair:
                ratings.repair(teacher_id)
        if found and not repair:
            raise CommandError(f"{len(found)} rating(s) differ.")
        self.stdout.write(f"{len(found)} rating(s) corrected." if found else "The ratings agree with the feedback.")
