"""Clear personal data, table by table. Bookings and ratings stay, as numbers."""

import datetime as dt

from django.contrib.admin.models import LogEntry
from django.contrib.auth.hashers import make_password
from django.db.models import Q

from accounts.models import AtSupabase, FailedSignIn, TeacherProfile, User
from bookings.models import (
    Availability,
    Booking,
    BookingChange,
    BusyElsewhere,
    Feedback,
    HostDay,
    IdempotencyKey,
    MeetingSync,
    TimeOff,
)
from bookings.scheduling import hosts
from bookings.services import idempotency
from bookings.states import Party
from bookings.stored_reasons import ACCOUNT_CLOSED
from calendars.models import Feed, OtherCalendar
from notifications.models import MailPreferences, Message


def forget(person: User, *, now: dt.datetime) -> None:
    """Clear personal data. Call it in a transaction; it is idempotent."""
    _forget_traces_in_the_admin(person)
    _forget_account(person, now)
    _forget_words(person)
    _forget_settings(person)


def _forget_account(person: User, now: dt.datetime) -> None:
    """Clear the account. The row keeps its id, so that no token creates it again."""
    User.objects.filter(pk=person.pk).update(
        email="",
        first_name="",
        last_name="",
        timezone="UTC",
        language="",
        password=make_password(None),
        is_active=False,
        is_superuser=False,
        last_login=None,
        at_supabase=AtSupabase.UNSEEN,
        identity_as_of=now,
        erased_at=now,
    )


def _forget_words(person: User) -> None:
    """Clear texts by the person, about them as a student, and by students about them as a teacher."""
    Booking.objects.filter(student=person).exclude(notes="").update(notes="")
    reasons = Q(student=person) | Q(teacher=person, cancelled_by=Party.TEACHER)
    Booking.objects.filter(reasons).exclude(cancellation_reason__in=("", ACCOUNT_CLOSED)).update(cancellation_reason="")
    changes = Q(booking__student=person, by__isnull=False) | Q(by=person)
    BookingChange.objects.filter(changes).exclude(reason__in=("", ACCOUNT_CLOSED)).update(reason="")
    sessions = Q(booking__student=person) | Q(booking__teacher=person)
    Feedback.objects.filter(sessions).exclude(comment="").update(comment="")


def _forget_settings(person: User) -> None:
    TeacherProfile.objects.filter(user=person).update(headline="", bio="")
    Availability.objects.filter(teacher=person).delete()
    TimeOff.objects.filter(teacher=person).delete()
    Feed.objects.filter(user=person).delete()
    OtherCalendar.objects.filter(teacher=person).delete()
    BusyElsewhere.objects.filter(teacher=person).delete()
    MailPreferences.objects.filter(user=person).delete()
    Message.objects.filter(recipient=person).delete()
    IdempotencyKey.objects.filter(user=person).delete()
    idempotency.forget(person)


def _forget_traces_in_the_admin(person: User) -> None:
    """Anonymize the admin's log, which keeps that something was changed."""
    LogEntry.objects.filter(object_id=str(person.pk)).update(object_repr="Erased account", change_message="")
    email = User.objects.values_list("email", flat=True).get(pk=person.pk)
    if email:
        FailedSignIn.objects.filter(username__iexact=email).delete()


def forget_zoom_host(person: User) -> bool:
    """Clear the teacher's own Zoom host, which may be an e-mail. Return False while Zoom has to be asked under it."""
    if MeetingSync.objects.open().filter(Q(booking__teacher=person) | Q(booking__student=person)).exists():
        return False
    taught = Booking.objects.filter(teacher=person).exclude(zoom_host__in=("", *hosts.pool()))
    HostDay.objects.filter(host__in=taught.values("zoom_host")).delete()
    taught.update(zoom_host="")
    TeacherProfile.objects.filter(user=person).delete()
    return True
