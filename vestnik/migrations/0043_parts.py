"""The SMS parts of messages, where they are not those of the mailing's text. No row is read: until now none had any."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("vestnik", "0042_gateway_minutes")]

    operations = [
        migrations.AddField("mailing", "parts_differ", models.BooleanField(db_default=False, default=False)),
        migrations.CreateModel(
            name="BatchParts",
            fields=[
                ("batch_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("taken", models.IntegerField()),
                ("extra", models.JSONField()),
            ],
        ),
    ]
