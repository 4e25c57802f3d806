"""Finds the batch of a message by the message's id alone: a receipt does not name the mailing. Nobody waits for it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("vestnik", "0029_receipts")]

    operations = [
        # As AddIndexConcurrently, which refuses to show its statement inside of a transaction.
        migrations.RunSQL(
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS batch_first_id ON vestnik_batch (first_id)",
            "DROP INDEX CONCURRENTLY IF EXISTS batch_first_id",
            state_operations=[
                migrations.AddIndex("batch", models.Index(fields=["first_id"], name="batch_first_id"))
            ],
        )
    ]
