"""Receipts and inbound texts: new tables, and a column that is null. No row of a table that grows is read."""

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('vestnik', '0028_earlier_mailing'),
    ]

    operations = [
        migrations.CreateModel(
            name='Inbound',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('gateway_id', models.SmallIntegerField()),
                ('provider_id', models.TextField(db_default='', default='')),
                ('phone', models.BigIntegerField(null=True)),
                ('sender', models.TextField()),
                ('recipient', models.TextField(db_default='', default='')),
                ('text', models.TextField()),
                ('at', models.DateTimeField(null=True)),
                ('received_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='ReceiptCount',
            fields=[
                ('pk', models.CompositePrimaryKey('gateway_id', 'kind', blank=True, editable=False, primary_key=True, serialize=False)),
                ('gateway_id', models.SmallIntegerField()),
                ('kind', models.CharField(max_length=13)),
                ('count', models.BigIntegerField()),
                ('last_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='StoredReceipt',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('gateway_id', models.SmallIntegerField()),
                ('provider_id', models.TextField(null=True)),
                ('message_id', models.BigIntegerField(null=True)),
                ('fate', models.SmallIntegerField()),
                ('code', models.TextField(db_default='', default='')),
                ('words', models.TextField(db_default='', default='')),
                ('operator', models.TextField(null=True)),
                ('at', models.DateTimeField(null=True)),
                ('received_at', models.DateTimeField()),
                ('due_at', models.DateTimeField()),
                ('verdict', models.CharField(blank=True, choices=[('orphan', 'no message of ours was found for a day'), ('contradiction', 'its message had come to another end before'), ('foreign', 'its message did not go over this gateway')], db_default='', default='', max_length=13)),
            ],
            options={
                'db_table': 'vestnik_receipt',
            },
        ),
        migrations.AddIndex(
            model_name='inbound',
            index=models.Index(fields=['phone', 'id'], name='inbound_phone'),
        ),
        migrations.AddConstraint(
            model_name='inbound',
            constraint=models.UniqueConstraint(condition=models.Q(('provider_id', ''), _negated=True), fields=('gateway_id', 'provider_id'), name='inbound_once'),
        ),
        migrations.AddIndex(
            model_name='storedreceipt',
            index=models.Index(condition=models.Q(('verdict', '')), fields=['due_at', 'id'], name='receipt_due'),
        ),
        migrations.AddIndex(
            model_name='storedreceipt',
            index=models.Index(condition=models.Q(('verdict', ''), _negated=True), fields=['received_at'], name='receipt_kept'),
        ),
        migrations.AddField(
            "gateway",
            "receipts_from",
            ArrayField(base_field=models.CharField(max_length=50), blank=True, db_default=[], default=list, size=None),
        ),
        migrations.RunSQL(
            # Of a message in parts each has its own fate: 0 accepted, 1 on its way, 2 delivered, 3 undelivered.
            "ALTER TABLE vestnik_provider_message ADD COLUMN fate smallint",
            "ALTER TABLE vestnik_provider_message DROP COLUMN fate",
        ),
    ]
