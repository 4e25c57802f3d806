"""A mailing to the phones of an earlier one, by what became of their messages. Null columns: no row is read."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("vestnik", "0027_batches_by_route")]

    operations = [
        migrations.AddField("mailing", "earlier_mailing", models.BigIntegerField(null=True)),
        migrations.AddField(
            "mailing",
            "earlier_states",
            django.contrib.postgres.fields.ArrayField(models.CharField(max_length=16), null=True, size=None),
        ),
        migrations.AddField(
            "mailing",
            "earlier_codes",
            django.contrib.postgres.fields.ArrayField(models.CharField(max_length=64), null=True, size=None),
        ),
    ]
