"""The secret in a gateway's address for receipts can be changed. The table has a few rows."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("vestnik", "0039_inbound_search")]

    operations = [
        migrations.AddField("gateway", "receipts_turn", models.SmallIntegerField(default=0, db_default=0)),
        migrations.AddField("gateway", "receipts_before_until", models.DateTimeField(null=True)),
    ]
