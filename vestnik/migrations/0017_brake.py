"""The brake, and how long the gateway has asked to wait. Instant: columns with constant defaults, two small tables."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("vestnik", "0016_import_pieces_plain")]

    operations = [
        migrations.AddField("mailing", "pause_code", models.CharField(db_default="", default="", max_length=20, blank=True)),
        migrations.AddField("mailing", "pause_answer", models.CharField(db_default="", default="", max_length=40, blank=True)),
        migrations.AddField("gatewaystate", "careful_since", models.DateTimeField(null=True)),
        migrations.AddField("gatewaystate", "careful_bad", models.IntegerField(db_default=0, default=0)),
        migrations.AddField("gatewaystate", "asked_at", models.DateTimeField(null=True)),
        migrations.AddField("gatewaystate", "asked_until", models.DateTimeField(null=True)),
        migrations.AddField("gatewaystate", "wait_ignored_until", models.DateTimeField(null=True)),
    ]
