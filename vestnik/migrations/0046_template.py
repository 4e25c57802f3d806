"""Templates: texts under a name. A new table: no row is read."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models.functions import Now


class Migration(migrations.Migration):
    dependencies = [("vestnik", "0045_attributes")]

    operations = [
        migrations.CreateModel(
            name="Template",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=100)),
                ("message_text", models.CharField(max_length=2000)),
                ("personal", models.BooleanField(default=False)),
                (
                    "on_missing",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("default", "the placeholder's default"),
                            ("skip", "nothing is sent to this client"),
                        ],
                        default="",
                        max_length=7,
                    ),
                ),
                ("locale", models.CharField(blank=True, default="", max_length=2)),
                ("version", models.IntegerField(default=1)),
                ("created_at", models.DateTimeField(db_default=Now())),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("name",), name="template_name_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("name", ""), _negated=True), models.Q(("message_text", ""), _negated=True)
                        ),
                        name="template_not_empty",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("locale", ""), ("on_missing", ""), ("personal", False)),
                            models.Q(
                                ("on_missing__in", ["default", "skip"]),
                                ("personal", True),
                                models.Q(("locale", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="template_personal_whole",
                    ),
                ]
            },
        ),
    ]
