"""The fields of a gateway's form, and the check of what somebody entered in them. Pure."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from vestnik.errors import InvalidInput
from vestnik.gateways.certificates import BadPem, clean_certificates, clean_key
from vestnik.gateways.words import gettext_noop, sentence
from vestnik.setting_values import FALSE, TRUE, names_a_host

#: Characters of a text, a secret or an address, and of a long text, at most.
MAX_TEXT, MAX_LONG_TEXT = 500, 20_000
#: What a field may hold once it is checked; None: nothing was entered, and it has no default.
Value: TypeAlias = str | int | bool | None


class Wanted(Enum):
    """What a field of a gateway's form takes.

    ``SECRET`` and ``PRIVATE_KEY`` are kept encrypted and never shown again. ``CERTIFICATES`` and ``PRIVATE_KEY``: PEM.
    """

    TEXT = "text"
    URL = "url"
    SECRET = "secret"  # noqa: S105 - a kind of field
    NUMBER = "number"
    FLAG = "flag"
    CHOICE = "choice"
    LONG_TEXT = "long_text"
    CERTIFICATES = "certificates"
    PRIVATE_KEY = "private_key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One setting of a kind of gateway, for forms, REST and the command line.

    ``label`` and ``help`` are English, marked with :func:`vestnik.gateways.words.gettext_noop`; ``help`` says where the
    provider's cabinet shows the value. ``choices``: what ``CHOICE`` takes. ``low``, ``high``: the range of ``NUMBER``.
    ``needs``: the setting without which a secret means nothing; when that one is left out, the secret is forgotten.
    """

    name: str
    label: str
    help: str = ""
    wanted: Wanted = Wanted.TEXT
    required: bool = False
    default: str | int | bool | None = None
    example: str = ""
    choices: tuple[str, ...] = ()
    low: int | None = None
    high: int | None = None
    needs: str = ""

    @property
    def is_secret(self) -> bool:
        """Whether it is kept encrypted and never shown again."""
        return self.wanted in (Wanted.SECRET, Wanted.PRIVATE_KEY)

    @property
    def has_lines(self) -> bool:
        """Whether it is a text of several lines."""
        return self.wanted in (Wanted.LONG_TEXT, Wanted.CERTIFICATES, Wanted.PRIVATE_KEY)


def checked_settings(title: str, fields: Sequence[Field], given: Mapping[str, Any]) -> dict[str, Value]:
    """Check each setting by itself. Return all of them by name, with defaults for what is empty.

    Texts come back without blanks around them, addresses without a slash at the end. Errors quote no secret.

    Args:
        title: the provider's name.
        fields: what it takes.
        given: from a form (texts) or from JSON.

    Raises:
        InvalidInput: by field, everything that is wrong and what to enter instead.
    """
    wrong: dict[str, list[str]] = {}
    known = ", ".join(each.name for each in fields)
    for name in given.keys() - {each.name for each in fields}:
        template = gettext_noop("%(title)s has no setting “%(name)s”. It has: %(known)s.")
        wrong[str(name)[:60]] = [sentence(template, title=title, name=str(name)[:60], known=known)]
    found: dict[str, Value] = {}
    for field in fields:
        try:
            found[field.name] = _value(field, given.get(field.name))
        except _Wrong as error:
            wrong[field.name] = [error.said]
    if wrong:
        raise InvalidInput(wrong)
    return found


class _Wrong(Exception):
    """A value is wrong; ``said``: what to enter."""

    def __init__(self, template: str, **values: object) -> None:
        super().__init__(template)
        self.said = sentence(template, **values)


def _value(field: Field, given: object) -> Value:
    text = given.strip() if isinstance(given, str) and field.wanted is not Wanted.LONG_TEXT else given
    if text is None or text == "":
        if field.required and field.default is None:
            raise _Wrong(gettext_noop("This is needed."))
        return field.default
    return _READERS[field.wanted](field, text)


def _text(field: Field, given: object) -> str:
    if not isinstance(given, str):
        raise _Wrong(gettext_noop("Enter a text."))
    most = MAX_LONG_TEXT if field.has_lines else MAX_TEXT
    if len(given) > most:
        raise _Wrong(gettext_noop("Enter at most %(most)s characters."), most=most)
    allowed = "\t\r\n" if field.has_lines else ""
    # A line break in a token would become a header of its own.
    if any(not char.isprintable() and char not in allowed for char in given):
        raise _Wrong(gettext_noop("A character in it cannot be seen (a line break, a control character). Remove it."))
    return given


def _url(field: Field, given: object) -> str:
    url = _text(field, given).rstrip("/")
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not names_a_host(url):
        raise _Wrong(gettext_noop("Enter an address such as %(example)s."), example=_example(field))
    if parts.username is not None:
        raise _Wrong(gettext_noop("Enter the address without a login and a password: they have their own fields."))
    if parts.query or parts.fragment or not re.fullmatch(r"[!-~]*", parts.path):
        template = gettext_noop("Enter scheme, host, port and path only, such as %(example)s.")
        raise _Wrong(template, example=_example(field))
    return url


def _example(field: Field) -> str:
    return field.example or str(field.default or "https://gateway.example.org/v1")


def _number(field: Field, given: object) -> int:
    low, high = field.low or 0, 2**31 - 1 if field.high is None else field.high
    # Not int() alone: it takes digits of any script, and underscores.
    written = str(given) if isinstance(given, int) and not isinstance(given, bool) else given
    if (
        not isinstance(written, str)
        or not re.fullmatch(r"[+-]?[0-9]{1,12}", written)
        or not low <= int(written) <= high
    ):
        raise _Wrong(gettext_noop("Enter a whole number from %(low)s to %(high)s."), low=low, high=high)
    return int(written)


def _flag(_: Field, given: object) -> bool:
    if isinstance(given, bool):
        return given
    word = str(given).lower()
    if word not in TRUE | FALSE:
        raise _Wrong(gettext_noop("Enter true or false."))
    return word in TRUE


def _certificates(field: Field, given: object) -> str:
    try:
        return clean_certificates(_text(field, given))
    except BadPem as error:
        raise _Wrong(error.said.template) from error


def _private_key(field: Field, given: object) -> str:
    try:
        return clean_key(_text(field, given))
    except BadPem as error:
        raise _Wrong(error.said.template) from error


def _choice(field: Field, given: object) -> str:
    if given not in field.choices:
        raise _Wrong(gettext_noop("Choose one of: %(choices)s."), choices=", ".join(field.choices))
    return str(given)


_READERS: Mapping[Wanted, Callable[[Field, object], Value]] = {
    Wanted.TEXT: _text,
    Wanted.LONG_TEXT: _text,
    Wanted.SECRET: _text,
    Wanted.URL: _url,
    Wanted.NUMBER: _number,
    Wanted.FLAG: _flag,
    Wanted.CHOICE: _choice,
    Wanted.CERTIFICATES: _certificates,
    Wanted.PRIVATE_KEY: _private_key,
}
