"""Accounts: what a name looks like, which logins hold, places that are known, passwords that somebody else chose.

All new columns have a constant default, so the table is not written again; people are few.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("vestnik", "0017_brake")]

    operations = [
        migrations.AddField("user", "logins_ended", models.IntegerField(db_default=0, default=0, editable=False)),
        migrations.AddField("user", "name_key", models.CharField(editable=False, max_length=600, null=True)),
        migrations.AddField(
            "user", "password_is_temporary", models.BooleanField(db_default=False, default=False, editable=False)
        ),
        migrations.AddIndex("user", models.Index(fields=["name_key"], name="user_name_key")),
        migrations.CreateModel(
            name="KnownPlace",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("seen_at", models.DateTimeField()),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="known_places",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"indexes": [models.Index(fields=["user", "seen_at"], name="known_place_age")]},
        ),
    ]
