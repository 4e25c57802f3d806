"""What came over each gateway in each minute: a new table, of which two hours are kept."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("vestnik", "0041_progress_unknown")]

    operations = [
        migrations.CreateModel(
            name="GatewayMinute",
            fields=[
                ("pk", models.CompositePrimaryKey("gateway_id", "minute", "writer", "state", "code", blank=True, editable=False, primary_key=True, serialize=False)),
                ("gateway_id", models.SmallIntegerField()),
                ("minute", models.DateTimeField()),
                ("writer", models.IntegerField()),
                ("state", models.SmallIntegerField()),
                ("code", models.TextField()),
                ("count", models.BigIntegerField()),
            ],
        ),
        # A row is written again with each flush of its minute: room for that in its page, so that no index is touched.
        migrations.RunSQL(
            "ALTER TABLE vestnik_gatewayminute SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0,"
            " autovacuum_vacuum_threshold = 5000)",
            migrations.RunSQL.noop,
        ),
    ]
