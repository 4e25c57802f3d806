"""A batch of single messages has an end of its own. The index is empty until there are some."""

from django.db import migrations, models

_OWN_END = models.Index(
    condition=models.Q(("end_time__isnull", False), ("state", "ready")), fields=["end_time"], name="batch_own_end"
)


class Migration(migrations.Migration):
    # Nobody waits for the index.
    atomic = False

    dependencies = [("vestnik", "0035_webhook_outcomes")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE vestnik_batch ADD COLUMN IF NOT EXISTS end_time timestamptz",
            "ALTER TABLE vestnik_batch DROP COLUMN IF EXISTS end_time",
            state_operations=[migrations.AddField("batch", "end_time", models.DateTimeField(null=True))],
        ),
        migrations.RunSQL(
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS batch_own_end ON vestnik_batch (end_time)"
            " WHERE state = 'ready' AND end_time IS NOT NULL",
            "DROP INDEX CONCURRENTLY IF EXISTS batch_own_end",
            state_operations=[migrations.AddIndex("batch", _OWN_END)],
        ),
    ]
