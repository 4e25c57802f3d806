"""What each dispatcher may use of what a provider takes at once. A new table; no other is looked at."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('vestnik', '0043_parts'),
    ]

    operations = [
        migrations.CreateModel(
            name='GatewayPlaces',
            fields=[
                ('pk', models.CompositePrimaryKey('gateway_id', 'holder', blank=True, editable=False, primary_key=True, serialize=False)),
                ('gateway_id', models.SmallIntegerField()),
                ('holder', models.CharField(max_length=80)),
                ('places', models.IntegerField()),
                ('until', models.DateTimeField()),
            ],
        ),
    ]
