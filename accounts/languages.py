"""The language of what is written for one person."""

import functools
import re
from collections.abc import Iterable

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext

from accounts.models import User

PLACEHOLDER = re.compile(r"%\\\((\w+)\\\)s")


def language_of(person: User | None) -> str:
    """Return the language that the person chose, else English, which the school reads, too."""
    return (person.language if person else "") or settings.LANGUAGE_CODE


def written_for(person: User | None) -> translation.override:
    """Return a context in which text is in the person's language."""
    return translation.override(language_of(person))


def in_words(stored: str, sentences: Iterable[str]) -> str:
    """Return what was stored in English in the active language, if it is one of these sentences; else as it is.

    The sentences are marked by `gettext_noop` and may have placeholders: `%(status)s`.
    """
    for sentence in sentences:
        if match := _pattern(sentence).fullmatch(stored):
            return gettext(sentence) % match.groupdict()
    return stored


@functools.cache
def _pattern(sentence: str) -> re.Pattern[str]:
    return re.compile(PLACEHOLDER.sub(r"(?P<\1>.+)", re.escape(sentence)), re.DOTALL)
