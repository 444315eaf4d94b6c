"""What the tests of calendars share."""

from typing import Any

import vobject
from django.test import Client

from accounts.models import User
from calendars import keys
from conftest import NOW


def read(content: bytes) -> Any:
    """The calendar as a second library reads it."""
    return vobject.readOne(content.decode())


def events(content: bytes) -> dict[str, Any]:
    """Its events by their UID."""
    return {event.uid.value: event for event in read(content).contents.get("vevent", [])}


def address_of(user: User) -> str:
    return keys.renew(user=user, now=NOW)[1]


def fetched(address: str, **headers: str) -> Any:
    """What a calendar program gets there: it has no token."""
    return Client(raise_request_exception=False).get(address, headers=headers)


def ics(*found: str, head: str = "") -> bytes:
    """A calendar of these events, each given by its lines; those without a UID have one of their own."""
    written = "".join(
        f"BEGIN:VEVENT\n{'' if 'UID:' in lines else f'UID:{number}@elsewhere'}\n{lines}\nEND:VEVENT\n"
        for number, lines in enumerate(found)
    )
    text = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Elsewhere//EN\n{head}\n{written}END:VCALENDAR\n"
    return "".join(f"{line.strip()}\r\n" for line in text.splitlines() if line.strip()).encode()
