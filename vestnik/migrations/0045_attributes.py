"""Names of clients' attributes with their types. A new table, and a null column: no row is read."""

from django.db import migrations, models
from django.db.models.functions import Now


class Migration(migrations.Migration):
    dependencies = [("vestnik", "0044_gateway_places")]

    operations = [
        migrations.CreateModel(
            name="Attribute",
            fields=[
                ("name", models.CharField(max_length=40, primary_key=True, serialize=False)),
                (
                    "type",
                    models.CharField(
                        choices=[("text", "a text"), ("number", "a number"), ("date", "a day")], max_length=6
                    ),
                ),
                ("created_at", models.DateTimeField(db_default=Now())),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("name__regex", "^[a-z][a-z0-9_]{0,39}$")), name="attribute_name_is_plain"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("type__in", ("text", "number", "date"))), name="attribute_type"
                    ),
                ]
            },
        ),
        migrations.AddField("importrefusal", "attribute", models.CharField(max_length=40, null=True)),
    ]
