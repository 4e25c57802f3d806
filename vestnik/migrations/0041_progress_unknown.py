"""Samples tell unknown messages from failed ones. The default is in the catalogue: no row is written."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("vestnik", "0040_receipt_secrets")]

    operations = [migrations.AddField("progress", "unknown", models.BigIntegerField(default=0, db_default=0))]
