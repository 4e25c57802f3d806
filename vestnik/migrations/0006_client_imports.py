"""Imports of clients. Instant: new, empty tables."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('vestnik', '0005_language'),
    ]

    operations = [
        migrations.CreateModel(
            name='ImportJob',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('state', models.CharField(choices=[('receiving', 'its file is being kept'), ('waiting', 'for a worker'), ('running', 'being imported'), ('done', 'imported'), ('failed', 'nothing was imported; the error says why')], default='receiving', max_length=9)),
                ('mode', models.CharField(choices=[('create', 'adds clients; refuses those there are'), ('update', 'changes clients; refuses those there are not'), ('upsert', 'adds or changes')], max_length=6)),
                ('on_error', models.CharField(choices=[('skip', 'the other rows are imported'), ('abort', 'nothing is imported')], max_length=5)),
                ('bytes', models.BigIntegerField(default=0)),
                ('rows', models.BigIntegerField(default=0)),
                ('created', models.BigIntegerField(default=0)),
                ('updated', models.BigIntegerField(default=0)),
                ('unchanged', models.BigIntegerField(default=0)),
                ('refused', models.BigIntegerField(default=0)),
                ('error', models.TextField(default='')),
                ('attempts', models.IntegerField(default=0)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('created_by_name', models.CharField(max_length=150)),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='ImportPiece',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('number', models.IntegerField()),
                ('data', models.BinaryField()),
                ('job', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to='vestnik.importjob')),
            ],
        ),
        migrations.CreateModel(
            name='ImportRefusal',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('line', models.BigIntegerField()),
                ('reason', models.CharField(max_length=32)),
                ('other_line', models.BigIntegerField(null=True)),
                ('cells', models.JSONField()),
                ('job', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to='vestnik.importjob')),
            ],
        ),
        migrations.AddIndex(
            model_name='importjob',
            index=models.Index(condition=models.Q(('state__in', ('receiving', 'waiting', 'running'))), fields=['id'], name='import_open'),
        ),
        migrations.AddIndex(
            model_name='importjob',
            index=models.Index(fields=['created_at'], name='import_age'),
        ),
        migrations.AddConstraint(
            model_name='importpiece',
            constraint=models.UniqueConstraint(fields=('job', 'number'), name='import_piece_once'),
        ),
        migrations.AddIndex(
            model_name='importrefusal',
            index=models.Index(fields=['job', 'line'], name='import_refusal_line'),
        ),
    ]
