import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """The model has another name, its table keeps the old one: processes of the version before go on meanwhile."""

    dependencies = [
        ('bookings', '0003_words_of_the_admin'),
    ]

    operations = [
        # In this order: a rename between equal tables touches nothing but the state and the content type.
        migrations.AlterModelTable(
            name='outboxevent',
            table='bookings_outboxevent',
        ),
        migrations.RenameModel(
            old_name='OutboxEvent',
            new_name='MeetingSync',
        ),
        # Words, and the name of the way back from a booking: no column changes.
        migrations.AlterField(
            model_name='meetingsync',
            name='booking',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='meeting_syncs', to='bookings.booking'),
        ),
        migrations.AlterField(
            model_name='meetingsync',
            name='create_sent_at',
            field=models.DateTimeField(blank=True, help_text="Last create or 'gone' answer whose outcome is unknown.", null=True),
        ),
        migrations.AlterField(
            model_name='meetingsync',
            name='refusals',
            field=models.PositiveIntegerField(default=0, help_text='Permanent refusals in a row.'),
        ),
        migrations.AlterField(
            model_name='meetingsync',
            name='stopped_at',
            field=models.DateTimeField(blank=True, help_text='Not delivered again until somebody retries it.', null=True),
        ),
        migrations.AlterField(
            model_name='meetingsync',
            name='version',
            field=models.PositiveIntegerField(default=1, help_text='Grows with every change that has to be delivered.'),
        ),
    ]
