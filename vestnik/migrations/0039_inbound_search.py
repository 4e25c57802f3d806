"""Texts that people sent to us are found by the last digits of the phone, and by day. Nobody waits for the indexes."""

from django.db import migrations, models

_LAST_DIGITS = models.Index(models.F("phone") % 10000, models.F("id"), name="inbound_last_digits")
_RECEIVED_AT = models.Index(fields=["received_at"], name="inbound_received_at")


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("vestnik", "0038_receipt_bodies")]

    operations = [
        # As AddIndexConcurrently, which refuses to show its statement inside of a transaction.
        migrations.RunSQL(
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS inbound_last_digits ON vestnik_inbound ((phone % 10000), id)",
            "DROP INDEX CONCURRENTLY IF EXISTS inbound_last_digits",
            state_operations=[migrations.AddIndex("inbound", _LAST_DIGITS)],
        ),
        migrations.RunSQL(
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS inbound_received_at ON vestnik_inbound (received_at)",
            "DROP INDEX CONCURRENTLY IF EXISTS inbound_received_at",
            state_operations=[migrations.AddIndex("inbound", _RECEIVED_AT)],
        ),
    ]
