"""Segments: filters over clients under a name. A new table and null columns: no row is read.

The default of ``created_at`` comes after its column: clients that are there already get no date, which would be wrong.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models.functions import Now

from vestnik.db.statements import Statements

_SQL = Statements("vestnik.models")


class Migration(migrations.Migration):
    dependencies = [("vestnik", "0052_corrected_rows")]

    operations = [
        migrations.CreateModel(
            name="Segment",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=100)),
                ("conditions", models.JSONField()),
                ("exclude", models.JSONField(null=True)),
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
                    models.UniqueConstraint(fields=("name",), name="segment_name_once"),
                    models.CheckConstraint(
                        condition=models.Q(("name", ""), _negated=True), name="segment_name_not_empty"
                    ),
                ]
            },
        ),
        migrations.AddField("client", "created_at", models.DateTimeField(null=True)),
        migrations.AlterField("client", "created_at", models.DateTimeField(db_default=Now(), null=True)),
        migrations.AddField("mailing", "segment", models.JSONField(null=True)),
        migrations.RunSQL(_SQL.text("segment_audiences"), _SQL.text("segment_audiences_drop")),
    ]
