"""What receipts said, counted by mailing and by batch: new tables. No row is read."""

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models

_KINDS = [
    (1, "the gateway's id"),
    (2, "the operator's name as the provider says it, or # and the operator code; empty: the phone was erased"),
    (3, "the hour in which the message was sent, as hours since 1970 in UTC"),
    (4, "the provider's code of what was not delivered"),
    (5, "the gateway's id, a colon and the number of a bucket of delays"),
]


class Migration(migrations.Migration):

    dependencies = [("vestnik", "0033_webhooks")]

    operations = [
        migrations.CreateModel(
            name="BatchDelivery",
            fields=[
                ("batch_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("stamp", ArrayField(base_field=models.IntegerField(), size=None)),
                ("counts", models.JSONField()),
            ],
            options={"db_table": "vestnik_batchdelivery"},
        ),
        migrations.CreateModel(
            name="DeliveryCount",
            fields=[
                ("pk", models.CompositePrimaryKey("mailing_id", "kind", "key", "state", blank=True, editable=False, primary_key=True, serialize=False)),
                ("mailing_id", models.BigIntegerField()),
                ("kind", models.SmallIntegerField(choices=_KINDS)),
                ("key", models.TextField()),
                ("state", models.SmallIntegerField()),
                ("count", models.BigIntegerField()),
                ("words", models.TextField(null=True)),
            ],
            options={"db_table": "vestnik_deliverycount"},
        ),
    ]
