"""How many clients have each attribute is counted as clients change. A new table, a constant column and triggers: no row is read.

Attributes that are there already are not counted yet; those that are added from now on are. So the default changes after
the column is there.
"""

from django.db import migrations, models

from vestnik.db.statements import Statements

#: As in vestnik/db/locks.py.
_SQL = Statements("vestnik.models", ATTRIBUTE_COUNTS=str(0x56415454))


class Migration(migrations.Migration):
    dependencies = [("vestnik", "0053_segments")]

    operations = [
        migrations.CreateModel(
            name="AttributeCount",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=40)),
                ("clients", models.BigIntegerField()),
            ],
        ),
        migrations.AddField("attribute", "is_counted", models.BooleanField(db_default=False)),
        migrations.AlterField("attribute", "is_counted", models.BooleanField(db_default=True)),
        migrations.RunSQL(_SQL.text("attribute_counts"), _SQL.text("attribute_counts_drop")),
    ]
