"""Clients are found by the last digits of their phone. Nobody waits for the index."""

from django.db import migrations, models

_INDEX = models.Index(models.F("phone_number") % 10000, models.F("id"), name="client_last_digits")


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("vestnik", "0031_own_phone")]

    operations = [
        # As AddIndexConcurrently, which refuses to show its statement inside of a transaction.
        migrations.RunSQL(
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS client_last_digits ON vestnik_client ((phone_number % 10000), id)",
            "DROP INDEX CONCURRENTLY IF EXISTS client_last_digits",
            state_operations=[migrations.AddIndex("client", _INDEX)],
        )
    ]
