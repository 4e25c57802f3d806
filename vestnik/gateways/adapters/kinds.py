"""The kinds of gateways there are, by name."""

from collections.abc import Mapping
from typing import Any

from vestnik.errors import InvalidInput
from vestnik.gateways.adapter import Adapter
from vestnik.gateways.adapters.exolve import Exolve
from vestnik.gateways.adapters.http import Http
from vestnik.gateways.adapters.probe import Probe
from vestnik.gateways.adapters.smpp import Smpp
from vestnik.gateways.adapters.smsc import Smsc
from vestnik.gateways.adapters.smsru import SmsRu
from vestnik.gateways.adapters.twilio import Twilio
from vestnik.gateways.fields import checked_settings
from vestnik.gateways.words import gettext_noop, sentence

_ADAPTERS: tuple[type[Adapter], ...] = (
    Smsc,
    SmsRu,
    Exolve,
    Twilio,
    Smpp,
    Http,
    Probe,
)  # fmt: skip
#: The adapter of each kind, in the order in which they are offered.
KINDS: Mapping[str, type[Adapter]] = {adapter.kind: adapter for adapter in _ADAPTERS}


def make_adapter(kind: str, settings: Mapping[str, Any]) -> Adapter:
    """Make the adapter of a gateway.

    Args:
        kind: one of :data:`KINDS`.
        settings: by name, secrets included, as somebody entered them or as they were stored.

    Raises:
        InvalidInput: by field, what is wrong and what to enter; no secret is quoted.
    """
    adapter = KINDS.get(kind)
    if adapter is None:
        template = gettext_noop("There is no kind “%(kind)s”. Choose one of: %(kinds)s.")
        raise InvalidInput({"kind": [sentence(template, kind=kind[:40], kinds=", ".join(KINDS))]})
    return adapter(checked_settings(adapter.title, adapter.all_fields(), settings))


def why_not_delivered(kind: str, settings: Mapping[str, Any]) -> str:
    """Why a provider of this kind delivers nothing with these settings, in words for people; empty: it delivers."""
    adapter = KINDS.get(kind)
    return "" if adapter is None else adapter.why_not_delivered(settings)


def repeats_safely(kind: str, settings: Mapping[str, Any], *, marked: bool) -> bool:
    """Whether a message in doubt may be sent to a gateway again with the same id.

    Args:
        kind: of the gateway; one that this release does not know repeats nothing.
        settings: its settings. Those of an earlier release may send no id at all: then nobody can recognise one.
        marked: somebody said that the provider recognises a repeated message.
    """
    adapter = KINDS.get(kind)
    return marked and adapter is not None and adapter.sends_our_id(settings)
