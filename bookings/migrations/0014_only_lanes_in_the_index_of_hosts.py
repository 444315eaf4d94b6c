import bookings.constraints
from django.db import migrations


class Migration(migrations.Migration):
    """Build the constraint of 0006 anew: its index now leaves out bookings without a lane, which overlap nothing."""

    dependencies = [
        ('bookings', '0013_lists_of_all_bookings'),
    ]

    operations = [
        migrations.RemoveConstraint(model_name='booking', name='no_overlap_for_zoom_host'),
        migrations.AddConstraint(
            model_name='booking',
            constraint=bookings.constraints.NoOverlap(end='end_time', name='no_overlap_for_zoom_host', person=('zoom_host', 'host_lane'), start='start_time', statuses=('PENDING', 'CONFIRMED')),
        ),
    ]
