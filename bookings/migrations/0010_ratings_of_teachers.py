from django.conf import settings
import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Count, Sum


def add_up(apps, schema_editor):
    feedback = apps.get_model("bookings", "Feedback").objects.order_by().values_list("booking__teacher")
    rating = apps.get_model("bookings", "Rating")
    rating.objects.bulk_create(
        rating(teacher_id=teacher, count=count, total=total)
        for teacher, count, total in feedback.annotate(count=Count("id"), total=Sum("rating"))
    )


class Migration(migrations.Migration):

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("bookings", "0009_answers_of_every_post"),
    ]

    operations = [
        migrations.CreateModel(
            name="Rating",
            fields=[
                ("teacher", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, serialize=False, to=settings.AUTH_USER_MODEL)),
                ("count", models.PositiveIntegerField(default=0)),
                ("total", models.PositiveIntegerField(default=0, help_text="The sum of the ratings.")),
            ],
        ),
        migrations.RunPython(add_up, migrations.RunPython.noop),
    ]
