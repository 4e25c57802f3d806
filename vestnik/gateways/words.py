"""Texts that the console translates when it shows them. Nothing is translated here: no Django."""

from collections.abc import Callable, Mapping
from datetime import date


def gettext_noop(text: str) -> str:
    """Return ``text`` as it is. The name is the one that the collector of messages looks for."""
    return text


class Sentence(str):
    """An English sentence with values in it, which can still be translated: it knows what it was made of."""

    __slots__ = ("template", "values")
    template: str
    values: Mapping[str, object]


def sentence(template: str, **values: object) -> Sentence:
    """Fill ``template``, marked with :func:`gettext_noop`, whose places are ``%(name)s``."""
    made = Sentence(template % values if values else template)
    made.template, made.values = template, values
    return made


def translated(text: str, gettext: Callable[[str], str], *, day: Callable[[date], str] = date.isoformat) -> str:
    """A text of this package in the language that ``gettext`` gives: a marked one, or a :class:`Sentence`.

    ``day`` writes its dates.
    """
    if isinstance(text, Sentence):
        values = {name: _value(value, gettext, day) for name, value in text.values.items()}
        return gettext(text.template) % values if values else gettext(text.template)
    return gettext(text) if text else ""


def _value(value: object, gettext: Callable[[str], str], day: Callable[[date], str]) -> object:
    if isinstance(value, date):
        return day(value)
    return translated(value, gettext, day=day) if isinstance(value, Sentence) else value
