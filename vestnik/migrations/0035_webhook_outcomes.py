"""Outcomes of messages that become events: an empty table."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("vestnik", "0034_delivery")]

    operations = [
        migrations.CreateModel(
            name="WebhookOutcome",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("mailing_id", models.BigIntegerField()),
                ("state", models.SmallIntegerField()),
                ("at", models.DateTimeField()),
                ("ids", django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), null=True, size=None)),
                ("first_id", models.BigIntegerField(null=True)),
            ],
            options={"db_table": "vestnik_webhook_outcome"},
        ),
        migrations.RunSQL(
            # Django knows no bit strings.
            "ALTER TABLE vestnik_webhook_outcome ADD COLUMN bits varbit,"
            " ADD CONSTRAINT webhook_outcome_has_messages CHECK ((ids IS NULL) = (bits IS NOT NULL AND first_id IS NOT NULL))",
            "ALTER TABLE vestnik_webhook_outcome DROP COLUMN bits CASCADE",
        ),
    ]
