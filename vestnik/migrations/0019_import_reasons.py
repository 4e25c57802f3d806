"""Refused rows keep the columns of their file, and a job its reasons. Instant: columns with a constant default, or null."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('vestnik', '0018_accounts'),
    ]

    operations = [
        migrations.AddField(
            model_name='importjob',
            name='refused_by_reason',
            field=models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict),
        ),
        migrations.AddField(
            model_name='importjob',
            name='names',
            field=models.JSONField(null=True),
        ),
    ]
