"""Filters of the console's templates: ``{% load console %}``."""

from datetime import date, datetime
from typing import Any

from django import template
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from vestnik.accounts.audit import is_system, is_systems
from vestnik.console.decisions import ROLES, THINGS, details_of, words_for
from vestnik.mailings.fields import clean_tags
from vestnik.models import AuditEntry, ImportJob, StoppedPhone
from vestnik.phones.display import spell_phone

register = template.Library()


@register.filter
def phone(value: int | str) -> str:
    """Format ``79111234567`` as ``+7 911 123-45-67``."""
    return spell_phone(value)


@register.filter(name="clean_tags")
def as_seen(tags: list[str] | None) -> list[str] | None:
    """Return each tag of a filter once. Filters of earlier releases may have a tag in two spellings."""
    return clean_tags(tags)


@register.filter
def number(value: float | None) -> str:
    """Format a number with the separators of the language: ``1,000,000``, ``1 000 000``."""
    return "" if value is None else number_format(value, use_l10n=True, force_grouping=True)


@register.filter(expects_localtime=True)
def moment(value: datetime | None) -> str:
    """Format a date and time to the minute, as on all pages: ``29 November 2026, 17:33``. None gives an empty text."""
    return "" if value is None else date_format(value, "j E Y, H:i")


@register.filter(expects_localtime=True)
def exact(value: datetime | None) -> str:
    """Format a date and time to the second: ``29 November 2026, 17:33:05``. None gives an empty text."""
    return "" if value is None else date_format(value, "j E Y, H:i:s")


@register.filter(expects_localtime=True)
def day(value: date | None) -> str:
    """Format a date: ``29 November 2026``. None gives an empty text."""
    return "" if value is None else date_format(value, "j E Y")


@register.filter
def code(value: int) -> str:
    """Format an operator code with three digits."""
    return f"{value:03d}"


@register.filter
def decision(entry: AuditEntry) -> Any:
    """Return the label of a decision."""
    return words_for(entry)


@register.filter
def thing(object_type: str) -> Any:
    """Return the label of the kind of object that a decision is about."""
    return THINGS.get(object_type, object_type)


@register.filter
def role(value: str) -> Any:
    """Return the label of a role."""
    return ROLES.get(value, value)


@register.filter
def who(entry: AuditEntry) -> str:
    """Return who decided: the account's name, or Vestnik itself."""
    return _("System") if is_system(entry) else entry.actor_name


@register.filter
def made_by(row: StoppedPhone | ImportJob) -> str:
    """Return who made a row: the account's name, or Vestnik itself."""
    return _("System") if is_systems(row.created_by_id, row.created_by_name) else row.created_by_name


@register.filter
def details(entry: AuditEntry) -> list[tuple[Any, Any]]:
    """Return the details of a decision as pairs of label and value."""
    return details_of(entry)
