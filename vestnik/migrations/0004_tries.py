"""Limits on guessing passwords and making accounts. Instant: a new, empty table."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('vestnik', '0003_remembered_requests'),
    ]

    operations = [
        migrations.CreateModel(
            name='Tries',
            fields=[
                ('bucket', models.CharField(max_length=80, primary_key=True, serialize=False)),
                ('began_at', models.DateTimeField()),
                ('count', models.IntegerField()),
            ],
            options={
                'indexes': [models.Index(fields=['began_at'], name='tries_age')],
            },
        ),
    ]
