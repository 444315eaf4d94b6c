"""Why a calendar cannot be read: stored in English, and told to its teacher in their language."""

from django.utils.translation import gettext_noop

from accounts import languages

TOO_SLOW = gettext_noop("The calendar's server takes longer than %(seconds)s seconds.")
TOO_LARGE = gettext_noop("The calendar is larger than %(megabytes)s MB.")
TOO_MANY_REDIRECTS = gettext_noop("The address redirects more than %(most)s times.")
BAD_REDIRECT = gettext_noop("The address redirects to one that is not valid.")
PRIVATE = gettext_noop("The address leads into a private network.")
NO_SUCH_NAME = gettext_noop("The name of the calendar's server cannot be found.")
BAD_CERTIFICATE = gettext_noop("The certificate of the calendar's server is not valid.")
BROKEN_OFF = gettext_noop("The connection to the calendar's server broke off.")
COMPRESSED = gettext_noop("The calendar's server answers in a compressed form that it was not asked for.")
NOT_LET_IN = gettext_noop("The calendar's server does not let us in (%(status)s).")
NOT_THERE = gettext_noop("There is no calendar at this address (%(status)s).")
SERVER_ERROR = gettext_noop("The calendar's server answers with an error (%(status)s).")
NO_CALENDAR = gettext_noop("What is at this address is no calendar in the iCalendar format.")
TOO_MUCH = gettext_noop("The calendar repeats so many events that it takes too long to read.")
TOO_FULL = gettext_noop("The calendar has more than %(most)s separate busy times in a year.")
NO_ACCOUNT = gettext_noop("There is no CalDAV account at this address.")
NO_CALENDARS = gettext_noop("The account has no calendars.")
WRONG_PASSWORD = gettext_noop("The calendar's server refuses the user name or the password.")
NOT_CALDAV = gettext_noop("The calendar's server answers with something other than CalDAV.")
LOST_PASSWORD = gettext_noop(
    "The password cannot be read any more, because the site's key was replaced; enter it again."
)
OTHER_HOST = gettext_noop("The calendar's server refers to another host; enter the address of that one.")

SENTENCES = (
    *(TOO_SLOW, TOO_LARGE, TOO_MANY_REDIRECTS, BAD_REDIRECT, PRIVATE, NO_SUCH_NAME, BAD_CERTIFICATE, BROKEN_OFF),
    *(COMPRESSED, NOT_LET_IN, NOT_THERE, SERVER_ERROR, NO_CALENDAR, TOO_MUCH, TOO_FULL),
    *(NO_ACCOUNT, NO_CALENDARS, WRONG_PASSWORD, NOT_CALDAV, LOST_PASSWORD, OTHER_HOST),
)


def in_words(stored: str) -> str:
    """Return a stored failure for its reader."""
    return languages.in_words(stored, SENTENCES)
