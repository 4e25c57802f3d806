"""A receipt that cannot be applied has a verdict, too. No row is read, and the column stays as it is."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("vestnik", "0048_wrong_text_checked")]

    operations = [
        migrations.AlterField(
            "storedreceipt",
            "verdict",
            models.CharField(
                blank=True,
                choices=[
                    ("orphan", "no message of ours was found for a day"),
                    ("contradiction", "its message had come to another end before"),
                    ("foreign", "its message did not go over this gateway"),
                    ("bad", "it could not be written into its message"),
                ],
                db_default="",
                default="",
                max_length=13,
            ),
        ),
    ]
