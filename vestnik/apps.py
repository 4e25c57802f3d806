"""Vestnik is one Django app."""

from django.apps import AppConfig


class VestnikConfig(AppConfig):
    """The app: its models live in :mod:`vestnik.models`, one migration history."""

    name = "vestnik"
    default_auto_field = "django.db.models.BigAutoField"
