"""Why no dispatcher can open a gateway. The table has a few rows."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("vestnik", "0054_attribute_counts")]

    operations = [
        migrations.AddField(
            "gatewaystate", "unopened", models.CharField(max_length=200, default="", db_default="", blank=True)
        ),
    ]
