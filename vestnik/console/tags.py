"""Filters of the console's templates: ``{% load console %}``."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django import template
from django.urls import reverse
from django.utils.formats import date_format, number_format
from django.utils.html import format_html
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from vestnik.accounts.audit import is_systems
from vestnik.clients.attributes.values import Value
from vestnik.console.decisions import ROLES, THINGS, details_of, name_of_actor, words_for
from vestnik.console.operators import operators_in_words
from vestnik.console.paging import back_to as list_before
from vestnik.console.paging import query_with as query_of_list
from vestnik.console.paging import same_list as query_of_same_list
from vestnik.mailings.fields import clean_tags
from vestnik.mailings.pauses import what_to_do
from vestnik.models import AuditEntry, ImportJob, Mailing, Role, StoppedPhone
from vestnik.phones.reader import phones_are_masked, shown_phone, shown_text
from vestnik.phones.reader import shown_value as of_reader
from vestnik.phones.spelling import is_phone, read_phone
from vestnik.routing.preview import Listed
from vestnik.routing.routes import label_of

register = template.Library()
#: Characters of a date as attributes keep it: ``2026-12-31``.
ISO_LENGTH = 10


@register.simple_tag(takes_context=True)
def query_with(context: Mapping[str, Any], **more: str) -> str:
    """Return the query of a list with other filters: ``href="{% query_with state="scheduled" %}"``."""
    return query_of_list(context["request"], **more)


@register.simple_tag(takes_context=True)
def back_to(context: Mapping[str, Any], name: str) -> str:
    """Return the address of the list that led to this page, as it was searched: ``href="{% back_to "clients" %}"``."""
    return list_before(context["request"], name)


@register.simple_tag(takes_context=True)
def same_list(context: Mapping[str, Any]) -> str:
    """Return the query for links from this page to others that lead back to the same list."""
    return query_of_same_list(context["request"])


@register.filter
def phone(value: int | str) -> str:
    """Format ``79111234567`` as ``+7 911 123-45-67``, or masked for readers who see phones so."""
    return shown_phone(value)


@register.simple_tag
def phone_link(number: int) -> str:
    """Return a phone as every page shows it: a link to its page, or masked for readers who see phones so.

    It asks for the reader by itself, so it is the same in a template that is included without a context.
    """
    if phones_are_masked():
        return shown_phone(number)
    return format_html('<a href="{}">{}</a>', reverse("admin:phone", args=[number]), shown_phone(number))


@register.simple_tag
def phone_cell(text: str | None) -> str:
    """Return a phone out of a file: :func:`phone_link` if it is one, otherwise what is written there."""
    number = read_phone(text) if text and is_phone(text) else None
    return shown_phone(text or "") if number is None else phone_link(number)


@register.filter
def shown(text: str) -> str:
    """Return a text that may name phones. They are masked for readers who see phones so."""
    return shown_text(text)


@register.filter(name="clean_tags")
def as_seen(tags: list[str] | None) -> list[str] | None:
    """Return each tag of a filter once. Filters of earlier releases may have a tag in two spellings."""
    return clean_tags(tags)


@register.filter(name="what_to_do")
def what_to_do_as(mailing: Mailing, role: str) -> str:
    """Return what a user with this role can do about a mailing that waits for a person."""
    return what_to_do(mailing, Role(role))


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
def about(entry: AuditEntry, things: Mapping[int, Any]) -> Any:
    """Return what a decision is about, from the things that a page knows by the ids of decisions."""
    return things[entry.id]


@register.filter
def weekday(value: date) -> str:
    """Format a day of the near future: ``Sunday, 29 November``."""
    return date_format(value, "l, j E")


@register.filter
def code(value: int) -> str:
    """Format an operator code with three digits."""
    return f"{value:03d}"


@register.filter
def operators(codes: list[int]) -> str:
    """Format the operator codes of a filter: the brands that have all of their codes in it, then the other codes."""
    return operators_in_words(codes)


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
    return name_of_actor(entry)


@register.filter
def made_by(row: StoppedPhone | ImportJob) -> str:
    """Return who made a row: the account's name, or Vestnik itself."""
    return _("System") if is_systems(row.created_by_id, row.created_by_name) else row.created_by_name


@register.filter
def details(entry: AuditEntry) -> list[tuple[Any, Any]]:
    """Return the details of a decision as pairs of label and value."""
    return details_of(entry)


@register.filter
def rule_label(rule: Listed) -> str:
    """Return what people call a rule."""
    return label_of(rule.route)


@register.filter(name="attributes")
def attribute_list(values: Mapping[str, Value] | None) -> list[tuple[str, str]]:
    """Return the attributes of a client as pairs of name and text, in the order of the names."""
    return [(name, value_words(value)) for name, value in sorted((values or {}).items())]


def value_words(value: Value) -> str:
    """Return the value of an attribute as a page shows it: a date in the form of all dates.

    A text that is written as dates are stored counts as one.
    """
    text = shown_value(value)
    try:
        return day(date.fromisoformat(text)) if len(text) == ISO_LENGTH else text
    except ValueError:
        return text


def shown_value(value: Value) -> str:
    """Return the value of an attribute as it is typed: a number with the reader's decimal sign."""
    value = of_reader(value)
    if isinstance(value, str):
        return value
    text = f"{value:.6f}".rstrip("0") if isinstance(value, float) else str(value)
    return text.replace(".", ",") if (get_language() or "").startswith("ru") else text
