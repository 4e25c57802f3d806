"""Drafts of mailings. A new table: no row is read."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models.functions import Now


def _somebody() -> models.ForeignKey:
    return models.ForeignKey(
        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL
    )


class Migration(migrations.Migration):
    dependencies = [("vestnik", "0050_personal_audiences")]

    operations = [
        migrations.CreateModel(
            name="Draft",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("typed", models.JSONField()),
                ("name", models.CharField(blank=True, max_length=200)),
                ("beginning", models.CharField(blank=True, max_length=200)),
                ("form", models.UUIDField(null=True)),
                ("turn", models.IntegerField(default=0)),
                ("version", models.IntegerField(default=1)),
                ("created_at", models.DateTimeField(db_default=Now())),
                ("created_by", _somebody()),
                ("changed_at", models.DateTimeField(db_default=Now())),
                ("changed_by", _somebody()),
                ("ended_at", models.DateTimeField(null=True)),
                ("ended_by", _somebody()),
                ("became", models.BigIntegerField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("form",), name="draft_form_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("became", None), ("ended_at", None)),
                            models.Q(("ended_at__isnull", False), ("form", None)),
                            _connector="OR",
                        ),
                        name="draft_ended_whole",
                    ),
                ]
            },
        ),
    ]
