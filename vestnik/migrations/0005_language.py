"""The language that an account is written to in. Instant: a default that the catalogue holds, on a small table."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('vestnik', '0004_tries'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='language',
            field=models.CharField(choices=[('en', 'English'), ('ru', 'русский')], db_default='en', default='en', max_length=2),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.CheckConstraint(condition=models.Q(('language__in', ['en', 'ru'])), name='user_language_known'),
        ),
    ]
