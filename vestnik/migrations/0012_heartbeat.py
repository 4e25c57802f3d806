"""Where beat says that it ticks. Instant: a new, empty table."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("vestnik", "0011_user_timezone")]

    operations = [
        migrations.CreateModel(
            name="Heartbeat",
            fields=[
                ("name", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
            ],
        ),
    ]
