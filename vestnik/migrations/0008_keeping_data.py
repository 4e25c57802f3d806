"""Retention, erasure, and how a restored backup is known. Instant: empty columns, a new table, a check not looked at yet.

A check that is NOT VALID holds for every row that is written from now on; the rows there are get looked at by the next
migration, without a lock that anybody waits for.
"""

from django.db import migrations, models

_WIDER = """
ALTER TABLE vestnik_message DROP CONSTRAINT message_phone_range;
ALTER TABLE vestnik_message ADD CONSTRAINT message_phone_range
    CHECK (phone BETWEEN 70000000000 AND 79999999999 OR phone = -id) NOT VALID;
"""
_AS_BEFORE = """
ALTER TABLE vestnik_message DROP CONSTRAINT message_phone_range;
ALTER TABLE vestnik_message ADD CONSTRAINT message_phone_range
    CHECK (phone BETWEEN 70000000000 AND 79999999999) NOT VALID;
"""


class Migration(migrations.Migration):
    dependencies = [("vestnik", "0007_api_keys")]

    operations = [
        migrations.AddField(model_name="mailing", name="phones_erased_at", field=models.DateTimeField(null=True)),
        migrations.AddField(model_name="mailing", name="messages_dropped_at", field=models.DateTimeField(null=True)),
        migrations.AddField(model_name="mailing", name="restored_at", field=models.DateTimeField(null=True)),
        migrations.CreateModel(
            name="LedgerIdentity",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("system", models.CharField(max_length=40)),
                ("database", models.BigIntegerField()),
                ("restored_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="ledger_identity_one_row")]
            },
        ),
        migrations.RunSQL(_WIDER, _AS_BEFORE),
    ]
