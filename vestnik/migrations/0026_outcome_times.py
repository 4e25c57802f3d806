"""When a message got an outcome that is no success. Null costs no bytes, and no row is read or written here."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [("vestnik", "0025_gateways")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE vestnik_message ADD COLUMN outcome_at timestamptz",
            "ALTER TABLE vestnik_message DROP COLUMN outcome_at",
        )
    ]
