"""Adds the result of the check of each finished mailing's totals. Instant: a new, empty table."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("vestnik", "0014_import_drafts")]

    operations = [
        migrations.CreateModel(
            name="BooksCheck",
            fields=[
                ("mailing_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("checked_at", models.DateTimeField()),
                ("differences", models.IntegerField()),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("differences__gt", 0)), fields=["mailing_id"], name="books_that_differ"
                    )
                ]
            },
        ),
    ]
