"""What was typed, as text for people, and the differences between two versions of a draft."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from vestnik.console.composing.forms import AT, CHOSEN, HOURS, NOW, MailingForm
from vestnik.console.mailings.earlier import earlier_said, words_of
from vestnik.console.tags import moment
from vestnik.instants import read_local_time
from vestnik.mailings.drafts import Typed
from vestnik.models import OnMissing


class Difference(NamedTuple):
    """A part of a draft that two versions give different values."""

    part: str
    mine: str
    theirs: str


class _Part(NamedTuple):
    """A part of the form: its label, the fields that say it, and how they are written out."""

    label: str
    fields: tuple[str, ...]
    spelt: Callable[[Typed], str]


def differences(mine: Typed, theirs: Typed) -> list[Difference]:
    """Return the differences that a person can see. A choice that is not made says nothing."""
    rows = [Difference(part.label, part.spelt(mine), part.spelt(theirs)) for part in _parts()]
    return [row for row in rows if row.mine != row.theirs]


def _parts() -> Iterable[_Part]:
    parts = [
        _Part(_("Name of the mailing"), ("name",), lambda typed: _one(typed, "name")),
        _Part(_("Text"), ("message_text",), lambda typed: _one(typed, "message_text").replace("\r\n", "\n")),
        _Part(_("Personal text"), ("personal", "on_missing", "locale"), _personal),
        _Part(_("Tags"), ("tag_choice", "tags"), lambda typed: _picked(typed, "tag_choice", "tags")),
        _Part(_("Operators"), ("code_choice", "codes"), lambda typed: _picked(typed, "code_choice", "codes")),
        _Part(_("Earlier mailing"), ("earlier_on", "earlier_sure", *_EARLIER), _earlier),
        _Part(_("Start"), ("start_choice", "start_at"), _start),
        _Part(_("End"), ("end_at",), lambda typed: _time(typed, "end_at")),
        _Part(_("Send window"), ("window_choice", "window_from", "window_to"), _window),
        _Part(_("Time zone"), ("zone",), lambda typed: _one(typed, "zone")),
    ]
    yield from parts
    known = {name for part in parts for name in part.fields} | {"token", "seen"}
    for name, field in MailingForm.base_fields.items():
        if name not in known:
            yield _Part(str(field.label or name), (name,), partial(_all, name=name))


_EARLIER = ("earlier_mailing", "earlier_states", "earlier_codes")


def _all(typed: Typed, name: str) -> str:
    return ", ".join(typed.get(name, ()))


def _one(typed: Typed, name: str) -> str:
    return (typed.get(name) or [""])[-1]


def _picked(typed: Typed, choice: str, picks: str) -> str:
    chosen = _one(typed, choice)
    if chosen != CHOSEN:
        return _("any") if chosen else ""
    return ", ".join(typed.get(picks, ()))


def _personal(typed: Typed) -> str:
    if not _one(typed, "personal"):
        return _("no")
    missing = {
        OnMissing.SKIP.value: _("clients without a value get nothing"),
        OnMissing.DEFAULT.value: _("every placeholder has a default"),
    }.get(_one(typed, "on_missing"), "")
    return ", ".join(text for text in (missing, _one(typed, "locale")) if text)


def _earlier(typed: Typed) -> str:
    mailing, states, codes = (typed.get(name, []) for name in _EARLIER)
    words = words_of(earlier_said("".join(mailing[-1:]), states, codes)) if _one(typed, "earlier_on") else None
    return pgettext("segment", "none") if words is None else f"{words.title}: {words.states} {words.codes}".strip()


def _start(typed: Typed) -> str:
    chosen = _one(typed, "start_choice")
    if chosen == NOW:
        return _("now")
    return _time(typed, "start_at") if chosen == AT else ""


def _time(typed: Typed, name: str) -> str:
    text = _one(typed, name)
    read = read_local_time(text.strip())
    return text if read is None else moment(read)


def _window(typed: Typed) -> str:
    if _one(typed, "window_choice") != HOURS:
        return _("any hour")
    return f"{_one(typed, 'window_from')}-{_one(typed, 'window_to')}"
