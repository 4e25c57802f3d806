"""Receipts as they came, a row for those that came together: an empty table."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("vestnik", "0037_lease_numbers")]

    operations = [
        migrations.CreateModel(
            name="ReceiptBody",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("gateway_id", models.SmallIntegerField()),
                ("received_at", models.DateTimeField()),
                ("fates", django.contrib.postgres.fields.ArrayField(base_field=models.SmallIntegerField(), size=None)),
                ("provider_ids", django.contrib.postgres.fields.ArrayField(base_field=models.TextField(null=True), null=True, size=None)),
                ("message_ids", django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(null=True), null=True, size=None)),
                ("codes", django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), null=True, size=None)),
                ("words", django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), null=True, size=None)),
                ("operators", django.contrib.postgres.fields.ArrayField(base_field=models.TextField(null=True), null=True, size=None)),
                ("times", django.contrib.postgres.fields.ArrayField(base_field=models.FloatField(null=True), null=True, size=None)),
            ],
            options={"db_table": "vestnik_receipt_body"},
        ),
    ]
