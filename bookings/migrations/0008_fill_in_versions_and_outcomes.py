from django.db import migrations
from django.db.models import Case, Count, F, Max, OuterRef, Subquery, Value, When
from django.db.models.functions import Coalesce


def fill_in(apps, schema_editor):
    """Tell of each booking of before what its history says: its version, its last change, who cancelled it."""
    Booking, BookingChange = apps.get_model("bookings", "Booking"), apps.get_model("bookings", "BookingChange")
    changes = BookingChange.objects.filter(booking=OuterRef("pk")).order_by().values("booking")

    def of_changes(aggregate):
        return Subquery(changes.annotate(found=aggregate).values("found"))

    Booking.objects.update(
        version=Coalesce(of_changes(Count("pk")), Value(1)),
        updated_at=Coalesce(of_changes(Max("at")), F("created_at")),
        feed_position=Coalesce(of_changes(Max("pk")), Value(0)),
    )
    Booking.objects.filter(status="COMPLETED").update(outcome="took_place")
    who = Case(
        When(by=None, then=Value("system")),
        When(by=F("booking__student"), then=Value("student")),
        When(by=F("booking__teacher"), then=Value("teacher")),
        default=Value("staff"),
    )
    ends = BookingChange.objects.filter(booking=OuterRef("pk"), move="cancel").order_by("-pk")
    cancelled = Booking.objects.filter(status="CANCELLED")
    cancelled.update(cancelled_by=Coalesce(Subquery(ends.annotate(who=who).values("who")[:1]), Value("")))
    _go_on_after(Booking.objects.aggregate(most=Max("feed_position"))["most"], schema_editor)


def _go_on_after(position, schema_editor):
    if schema_editor.connection.vendor == "postgresql" and position:
        schema_editor.execute(f"SELECT setval('bookings_feed_position', {int(position)})")


class Migration(migrations.Migration):

    dependencies = [
        ("bookings", "0007_versions_answers_and_outcomes"),
    ]

    operations = [
        migrations.RunPython(fill_in, migrations.RunPython.noop),
    ]
