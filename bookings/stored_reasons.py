"""Reasons for moves that nobody wrote: stored in English, and translated when they are shown."""

from django.utils.translation import gettext_noop

from accounts import languages

UNANSWERED = gettext_noop("Not answered before its start")
NO_MEETING = gettext_noop("Its Zoom meeting could not be made")
MEETING_ENDED = gettext_noop("The Zoom meeting ended")
ACCOUNT_CLOSED = gettext_noop("The account was closed")

OURS = (UNANSWERED, NO_MEETING, MEETING_ENDED, ACCOUNT_CLOSED)


def in_words(reason: str) -> str:
    """Return the reason for a reader; what a person wrote stays as it is."""
    return languages.in_words(reason, OURS)
