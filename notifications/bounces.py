"""Addresses that refuse mail for good, at once or by a bounce that a provider reports: nothing more is sent there.

Another address of the account gets mail again.
"""

from typing import Any

from accounts.models import User
from notifications.models import MailPreferences
from notifications.providers import Provider

# anymail's words for events and reasons (anymail.signals).
FINAL_EVENTS = ("bounced", "complained")
FINAL_REASONS = ("bounced", "invalid", "spam")


def give_up(person: User, address: str) -> None:
    """Remember that the person's address refuses mail for good."""
    MailPreferences.objects.update_or_create(user=person, defaults={"dead_address": address})


def take(events: list[Any], provider: Provider) -> None:
    """Record what a provider reports. Other events and unknown addresses are ignored."""
    for event in events:
        if event.recipient and is_final(event, provider):
            address = str(event.recipient).lower()  # as accounts have it
            for person in User.objects.filter(email=address):
                give_up(person, address)


def is_final(event: Any, provider: Provider) -> bool:
    """Return True for hard bounces and complaints, and for addresses that the provider itself has given up."""
    field, value = provider.soft
    if field and event.esp_event.get(field) == value:
        return False
    if event.event_type == "rejected":
        return event.reject_reason in FINAL_REASONS
    return event.event_type in FINAL_EVENTS
