"""Checks a personal text where it is entered: what is wrong with it, in the reader's language."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from django.db import connection
from django.utils.translation import gettext as _

from vestnik.clients.attributes.registry import known_types
from vestnik.clients.attributes.sentences import sentence_of
from vestnik.clients.attributes.values import NoValue, number_text, on_one_line
from vestnik.errors import InvalidInput
from vestnik.gateways.words import translated
from vestnik.ledger.leases import end_earlier_releases
from vestnik.ledger.personal import values_of_client, values_of_phones
from vestnik.mailings.fields import MailingFields, Personal
from vestnik.models import Client, OnMissing
from vestnik.texts.grammar import WrongText, read_text
from vestnik.texts.render import LONGEST, Refusal, Rendered, Renderer


def known_names() -> Mapping[str, str]:
    """What a personal text may name, with the type of each: the attributes of clients, ``phone_number``, ``tag``."""
    return {**{name: str(kind) for name, kind in known_types().items()}, "phone_number": "text", "tag": "text"}


def read_personal(text: str, personal: Personal, *, known: Mapping[str, str] | None = None) -> Renderer:
    """Check a personal text, and return what renders it.

    Args:
        text: as somebody wrote it.
        personal: what is said of it.
        known: the names that it may have; None: :func:`known_names`.

    Raises:
        InvalidInput: ``message_text``: all that is wrong, each with its place and what to write.
    """
    try:
        return Renderer(
            read_text(
                text, locale=personal.locale, known=known_names() if known is None else known,
                need_defaults=personal.on_missing == OnMissing.DEFAULT,
            )
        )  # fmt: skip
    except WrongText as wrong:
        raise InvalidInput({"message_text": [translated(fault, _) for fault in wrong.faults]}) from wrong


def check_personal(fields: MailingFields) -> None:
    """Check the text of a mailing, if it is a personal one.

    Raises:
        InvalidInput: as :func:`read_personal`.
    """
    if fields.personal is not None:
        read_personal(fields.message_text, fields.personal)


def text_for_client(*, text: str, personal: Personal, client: int | None = None, phone: int | None = None) -> str:
    """The text that one client of the directory would get.

    Args:
        text: as somebody wrote it.
        personal: what is said of it.
        client: the client's id.
        phone: instead of it, the phone; neither: the first client that there is.

    Raises:
        InvalidInput: ``message_text``: as :func:`read_personal`; ``client``: there is none, or its text cannot be made.
    """
    renderer = read_personal(text, personal)
    if client is None:
        clients = Client.objects.order_by("id").values_list("id", flat=True)
        client = (clients if phone is None else clients.filter(phone_number=phone)).first()
    values = None if client is None else values_of_client(connection, client, renderer.names)
    if values is None:
        raise InvalidInput({"client": [_("There is no such client.")]})
    rendered = renderer.render(values)
    if rendered.text is None:
        raise InvalidInput({"client": [_why_not(rendered)]})
    return rendered.text


class SampleText(NamedTuple):
    """What the client with a phone would get. ``text`` is None: nothing, and ``why_not`` says it in words."""

    phone: int
    text: str | None
    why_not: str


def texts_of_phones(*, text: str, personal: Personal, phones: Sequence[int]) -> list[SampleText]:
    """The texts that the clients with these phones would get, in their order; a phone without a client has none.

    Raises:
        InvalidInput: ``message_text``: as :func:`read_personal`.
    """
    renderer = read_personal(text, personal)
    values = values_of_phones(connection, phones, renderer.names)
    made = [(phone, renderer.render(values[phone])) for phone in phones if phone in values]
    return [
        SampleText(phone, rendered.text, "" if rendered.text is not None else _why_not(rendered))
        for phone, rendered in made
    ]


def text_of_values(*, text: str, locale: str, values: Mapping[str, str | float | None]) -> str:
    """A text made of values that are given beside it.

    Raises:
        InvalidInput: ``text``: as :func:`read_personal` of ``message_text``; ``values``: one is missing;
            ``values.<name>``: a number has more digits than an attribute may have.
    """
    try:
        renderer = Renderer(read_text(text, locale=locale))
    except WrongText as wrong:
        raise InvalidInput({"text": [translated(fault, _) for fault in wrong.faults]}) from wrong
    rendered = renderer.render([_as_text(name, values.get(name)) for name in renderer.names])
    if rendered.text is None:
        raise InvalidInput({"values": [_why_not(rendered)]})
    return rendered.text


def _why_not(rendered: Rendered) -> str:
    if rendered.missing:
        return _("There is no value for %(names)s.") % {"names": ", ".join(rendered.missing)}
    if rendered.refusal is Refusal.TEXT_TOO_LONG:
        return _("The text would be longer than %(most)d characters.") % {"most": LONGEST}
    return _("Nothing of the text would be visible.")


def _as_text(name: str, value: str | float | None) -> str | None:
    """A value of JSON as the ledger gives it: a number in digits with a point, a text cleaned as attributes are.

    Raises:
        InvalidInput: ``values.<name>``: JSON's numbers do not keep so many digits, and another number would be sent.
    """
    if value is None or isinstance(value, str):
        return value and on_one_line(value)
    try:
        return number_text(format(Decimal(repr(value)), "f"))
    except NoValue as none:
        raise InvalidInput({f"values.{name}": [sentence_of(none.fault)]}) from none


def keep_earlier_releases_away(fields: MailingFields) -> None:
    """Let no release lease batches that would send a personal text as it is written. Call it in the transaction."""
    if fields.personal is not None:
        end_earlier_releases(connection)
