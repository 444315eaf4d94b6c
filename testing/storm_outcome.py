"""The people and the outcomes of random histories."""

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from accounts.models import User


class People(NamedTuple):
    """The two people of the bookings. The teacher works at all hours."""

    student: User
    teacher: User


@dataclass
class Outcome:
    """What happened in one history, or in many. `wrong` has sentences, each with its seed."""

    histories: int = 0
    kills: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    requests: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def add(self, other: "Outcome") -> None:
        """Add another outcome's counts."""
        self.histories += other.histories
        self.kills += other.kills
        self.faults += other.faults
        self.answers += other.answers
        self.requests += other.requests
        self.wrong += other.wrong

    def __str__(self) -> str:
        answers = ", ".join(f"{count} x {answer}" for answer, count in sorted(self.answers.items()))
        return (
            f"{self.histories} histories, {self.requests.total()} requests to Zoom, {self.faults.total()} faults, "
            f"{self.kills} kills, answers: {answers}; {len(self.wrong)} wrong ends"
        )
