"""How tests ask for slots."""

from typing import Any

from accounts.models import User
from conftest import Client

SLOTS = "/api/bookings/slots/available/"


def ask(client: Client, teacher: User, **query: Any) -> Any:
    return client.get(SLOTS, {"teacher_id": str(teacher.id), "date": "2025-01-15"} | query)
