"""The errors of imports are read in the language of the reader. Instant: a column with a constant default."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('vestnik', '0009_phone_check'),
    ]

    operations = [
        migrations.AddField(
            model_name='importjob',
            name='error_details',
            field=models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict),
        ),
    ]
