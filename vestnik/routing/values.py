"""What a gateway is made of: its name, its numbers, and the settings of its kind. Everything is checked here."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any

from django.utils.translation import gettext as _

from vestnik.encryption import decrypt, encrypt
from vestnik.errors import InvalidInput
from vestnik.gateways.adapter import Adapter
from vestnik.gateways.adapters.kinds import KINDS, make_adapter
from vestnik.gateways.words import translated
from vestnik.models import Gateway

#: The name of the gateway that the environment sets.
DEFAULT_NAME = "default"
#: It stands in addresses, also in those that providers call.
NAME = re.compile("[a-z][a-z0-9-]{0,39}")
MAX_CONCURRENCY, MAX_TIMEOUT, MAX_RATE = 10_000, 600, 1_000_000
#: Addresses and networks from which receipts of a gateway are taken, at most.
MAX_NETWORKS = 100
#: In errors, what stands before the name of a setting of the kind.
_PREFIX = "settings."


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayFields:
    """What somebody enters for a new gateway.

    ``settings``: of its kind, secrets included. ``max_rate``: messages a second; None: no limit. ``timeout``: seconds.
    ``idempotent``: None: as the provider's documentation has it.
    """

    name: str
    kind: str
    settings: Mapping[str, Any]
    concurrency: int = 64
    max_rate: int | None = None
    timeout: int = 30
    idempotent: bool | None = None


def read_networks(texts: Sequence[str]) -> list[str]:
    """Addresses and networks as they are kept, each once.

    Raises:
        InvalidInput: one of them is neither.
    """
    found: list[str] = []
    for text in texts:
        try:
            network = str(ip_network(text.strip(), strict=False))
        except ValueError as error:
            sentence = _("“%(text)s” is neither an address nor a network such as 192.0.2.0/24.") % {"text": text}
            raise InvalidInput({"receipts_from": [sentence]}) from error
        if network not in found:
            found.append(network)
    return found


def check_name(name: str) -> None:
    """Check the name of a new gateway.

    Raises:
        InvalidInput: it is none, or the one of the environment's gateway.
    """
    if not NAME.fullmatch(name):
        sentence = _("Give 1 to 40 lower-case letters, digits and hyphens, the first of them a letter, such as smsc-2.")
        raise InvalidInput({"name": [sentence]})
    if name == DEFAULT_NAME:
        raise InvalidInput({"name": [_("“default” is the gateway of the environment. Choose another name.")]})


def kind_of(kind: str) -> type[Adapter]:
    """The adapter of a kind.

    Raises:
        InvalidInput: there is none of this name.
    """
    found = KINDS.get(kind)
    if found is None:
        sentence = _("There is no kind “%(kind)s”. Choose one of: %(kinds)s.")
        raise InvalidInput({"kind": [sentence % {"kind": kind[:40], "kinds": ", ".join(KINDS)}]})
    return found


def secret_names(kind: str) -> tuple[str, ...]:
    """The names of those settings of a kind that are secrets; none for a kind that this release does not know."""
    adapter = KINDS.get(kind)
    return () if adapter is None else tuple(each.name for each in adapter.all_fields() if each.is_secret)


def asked_secrets(kind: str, given: Collection[str]) -> tuple[str, ...]:
    """The names of the secrets to ask a person for: of one line, and of use beside the settings that are ``given``."""
    fields = [each for each in KINDS[kind].all_fields() if each.is_secret and not each.has_lines]
    return tuple(each.name for each in fields if not each.needs or each.needs in given)


def _staying(kind: str, settings: Mapping[str, Any], decided: Collection[str]) -> set[str]:
    """The names of secrets that stay as they are stored: not entered or forgotten now, and still of use."""
    fields = KINDS[kind].all_fields()
    return {
        each.name
        for each in fields
        if each.is_secret and each.name not in decided and (not each.needs or each.needs in settings)
    }


def set_settings(gateway: Gateway, given: Mapping[str, Any]) -> list[str]:
    """Check settings and write them into the row, the secrets encrypted. Return which of the two columns changed.

    Args:
        gateway: with its kind; a new one, or one whose secrets that are not ``given`` stay.
        given: all settings, of the secrets only those that change; None: the stored one is forgotten. A name that the
            kind does not have is refused with every value; None takes out one that an earlier release has stored.

    Raises:
        InvalidInput: as ``settings.NAME``: what is unknown, missing or wrong.
        WrongKey: a secret is to stay that cannot be read.
    """
    names = set(secret_names(gateway.kind))
    # An empty secret is what a form sends whose field was left alone; null takes it out, as any other setting.
    secrets = {name: given[name] for name in names if given.get(name) not in (None, "")}
    forgotten = {name for name in names & given.keys() if given[name] is None}
    # What this kind does not have is kept for the check, which refuses it whatever its value is, unless it is stored.
    left_out = {each.name for each in KINDS[gateway.kind].all_fields()} | gateway.settings.keys()
    settings = {
        name: value
        for name, value in given.items()
        if name not in names and (value not in (None, "") or name not in left_out)
    }
    changes = bool(secrets)
    staying = _staying(gateway.kind, settings, secrets.keys() | forgotten)
    if gateway.secrets:
        stored = decrypt(gateway.secrets) if staying else {}
        changes = changes or not staying or not stored.keys() <= staying
        secrets |= {name: value for name, value in stored.items() if name in staying}
    checked = _checked(gateway.kind, {**settings, **secrets})
    settings = {name: checked[name] for name in settings}
    changed = [*(["settings"] if settings != gateway.settings else []), *(["secrets"] if changes else [])]
    gateway.settings = settings
    if changes:
        gateway.secrets = encrypt({name: str(checked[name]) for name in secrets}) if secrets else ""
    return changed


def set_idempotent(gateway: Gateway, wanted: bool | None) -> None:
    """Set whether a message in doubt is sent again with the same id.

    Raises:
        InvalidInput: the provider does not recognise a repeated message.
    """
    known = kind_of(gateway.kind).facts.knows_repeated_ids
    if wanted and known is False:
        sentence = _("This provider does not recognise a message that is sent again: it would be delivered twice.")
        raise InvalidInput({"idempotent": [sentence]})
    gateway.idempotent = bool(known) if wanted is None else wanted
    refuse_unseen_ids(gateway)


def refuse_unseen_ids(gateway: Gateway) -> None:
    """Refuse a gateway that repeats messages, but not with our id.

    Raises:
        InvalidInput: no template sends it.
    """
    if gateway.idempotent and not kind_of(gateway.kind).sends_our_id(gateway.settings):
        sentence = _(
            "The provider never gets the message's ID, so it cannot recognise a message that is sent again: put {{id}}"
            " into the address, the headers or the body."
        )
        raise InvalidInput({"idempotent": [sentence]})


def check_numbers(gateway: Gateway) -> None:
    """Check concurrency, rate and timeout.

    Raises:
        InvalidInput: by field, the range.
    """
    wrong = {}
    for name, most in (("concurrency", MAX_CONCURRENCY), ("timeout", MAX_TIMEOUT), ("max_rate", MAX_RATE)):
        value = getattr(gateway, name)
        if not (value is None and name == "max_rate") and not 1 <= value <= most:
            wrong[name] = [_("Give a whole number from 1 to %(most)s.") % {"most": f"{most:,}"}]
    if wrong:
        raise InvalidInput(wrong)


def _checked(kind: str, given: Mapping[str, Any]) -> Mapping[str, Any]:
    """The settings as the adapter reads them: numbers as numbers, texts without blanks around them."""
    try:
        return make_adapter(kind, given).settings
    except InvalidInput as error:
        fields = {_PREFIX + name: [translated(text, _) for text in texts] for name, texts in error.fields.items()}
        raise InvalidInput(fields) from error
