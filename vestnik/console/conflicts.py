"""Two people who edit the same thing: the second is told what the first has saved, and keeps what was typed.

A form that edits what others can edit has a :class:`SeenField`: the version that it was opened with. Where it is saved,
the row is locked and :func:`is_overtaken` compares. Saving once more overwrites the other change, and says so.
"""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.text import Truncator
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from vestnik.accounts.audit_log import last_change_of
from vestnik.console.decisions import details_of, name_of_actor, words_for
from vestnik.console.tags import exact
from vestnik.models import AuditEntry

#: Characters of a value that are shown.
_MAX_SHOWN = 200


class SeenField(forms.CharField):
    """The version that a form was opened with. A request without it is taken, as one of REST without ``If-Match``."""

    def __init__(self) -> None:
        # Without an id: a page may have several forms.
        super().__init__(required=False, widget=forms.HiddenInput(attrs={"id": False}), empty_value=None)


def is_overtaken(
    form: forms.Form, now: object, *, kind: str, number: int | None, values: Mapping[str, Any] | None = None
) -> bool:
    """Whether somebody has saved the thing since a valid form was opened. Then the form says who and what.

    Args:
        form: With a :class:`SeenField` named ``seen``. What was typed stays; saved again, it overwrites.
        now: The version of the thing, which is locked.
        kind: What it is in the audit log.
        number: Which one. None: any of them, where they share an order.
        values: What the form would begin with now, without secrets. What differs is named. If nothing does, as after a
            double click, the form is not overtaken.
    """
    seen = form.cleaned_data.get("seen")
    if seen is None or seen == str(now):
        return False
    differing = [name for name, value in (values or {}).items() if _differs(form, name, value)]
    if values is not None and not differing and not _has_more(form, values):
        return False
    form.add_error(None, _sentence(last_change_of(kind, number)))
    for name in differing:
        words = {"label": form.fields[name].label, "value": _text(form.fields[name], (values or {})[name])}
        form.add_error(None, _("“%(label)s” is now “%(value)s”.") % words)
    if isinstance(form.data, QueryDict):
        typed = form.data.copy()
        typed["seen"] = str(now)
        form.data = typed
    return True


def _sentence(entry: AuditEntry | None) -> str:
    """Who changed what, and what to do."""
    what_to_do = _("Check your values, or save again to overwrite that change.")
    if entry is None:
        return " ".join((_("This was changed after you opened it."), what_to_do))
    details = "; ".join(f"{label}: {value}" for label, value in details_of(entry))
    change = _("This was changed after you opened it. Last change: %(who)s %(action)s, %(when)s%(details)s.") % {
        "who": name_of_actor(entry), "action": words_for(entry), "when": exact(localtime(entry.at)),
        "details": f" ({details})" if details else "",
    }  # fmt: skip
    return f"{change} {what_to_do}"


def _differs(form: forms.Form, name: str, value: Any) -> bool:
    """Whether a field has another value than ``value``. Browsers send line breaks as CR LF."""
    if name == "seen" or name not in form.fields:
        return False
    typed = form.cleaned_data.get(name)
    if isinstance(typed, str) and isinstance(value, str):
        return typed.replace("\r\n", "\n") != value.replace("\r\n", "\n")
    return typed != value and form.fields[name].has_changed(value, form[name].data)


def _has_more(form: forms.Form, values: Mapping[str, Any]) -> bool:
    """Whether something was entered that cannot be compared, such as a secret."""
    return any(form.cleaned_data.get(name) for name in form.fields if name != "seen" and name not in values)


def _text(field: forms.Field, value: Any) -> str:
    """A value as its field shows it."""
    if isinstance(field, forms.BooleanField):
        return _("yes") if value else _("no")
    if isinstance(field, forms.ChoiceField):
        choices: Any = field.choices
        words = {str(choice): str(word) for choice, word in choices}
        chosen = value if isinstance(value, list | tuple) else [value]
        return ", ".join(words.get(str(one), str(one)) for one in chosen)
    return "—" if value in (None, "") else Truncator(str(value)).chars(_MAX_SHOWN)
