"""The number that an account sends its own test messages to. A null column: no row is read."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("vestnik", "0030_batches_by_message")]

    operations = [migrations.AddField("user", "own_phone", models.BigIntegerField(editable=False, null=True))]
