"""How mailings go on, and what their messages ended with. Instant: new, empty tables."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("vestnik", "0012_heartbeat")]

    operations = [
        migrations.CreateModel(
            name="Progress",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("mailing_id", models.BigIntegerField()),
                ("at", models.DateTimeField()),
                ("sent", models.BigIntegerField()),
                ("bad", models.BigIntegerField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["mailing_id", "at"], name="progress_mailing"),
                    django.contrib.postgres.indexes.BrinIndex(fields=["at"], name="progress_time"),
                ]
            },
        ),
        migrations.CreateModel(
            name="BatchOutcomes",
            fields=[
                ("batch_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("stamp", django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None)),
                ("outcomes", models.JSONField()),
            ],
        ),
    ]
