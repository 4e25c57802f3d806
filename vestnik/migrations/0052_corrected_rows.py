"""Refused rows of an import can be taken in, corrected, by another one. New columns, of which no row has a value."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("vestnik", "0051_draft")]

    operations = [
        migrations.AddField("importjob", "corrects", models.BigIntegerField(null=True)),
        migrations.AddField("importjob", "correction", models.JSONField(null=True)),
        migrations.AddField("importrefusal", "corrected_by", models.BigIntegerField(null=True)),
    ]
