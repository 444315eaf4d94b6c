"""The language of what is written for one person."""

from django.conf import settings
from django.utils import translation

from accounts.models import User


def language_of(person: User | None) -> str:
    """Return the language that the person chose, else English, which the school reads, too."""
    return (person.language if person else "") or settings.LANGUAGE_CODE


def written_for(person: User | None) -> translation.override:
    """Return a context in which text is in the person's language."""
    return translation.override(language_of(person))
