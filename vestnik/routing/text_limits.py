"""Which gateways of the rules take a text: providers limit its characters, and some its SMS parts."""

from collections.abc import Iterable
from typing import NamedTuple

from django.db.models import Q
from django.utils.translation import gettext as _

from vestnik.errors import InvalidInput
from vestnik.gateways.adapters.kinds import KINDS
from vestnik.mailings.sms import parts_of
from vestnik.models import DEFAULT_GATEWAY, Gateway, Route
from vestnik.phones.number import operator_code_of
from vestnik.routing.rules import rules_for_request

#: A text of so few characters fits everywhere: the lowest limit is eight parts, each of 33 characters of two units.
_FITS_EVERYWHERE = 264


class TextLimit(NamedTuple):
    """What a gateway takes: characters, and SMS parts (None: it does not limit them)."""

    gateway: str
    characters: int
    parts: int | None


def limits_under(*, codes: Iterable[int], mailing: int, characters: int, parts: int) -> list[TextLimit]:
    """The gateways that take no text of this length, of those that messages could go over, by name.

    Args:
        codes: the operator codes of the messages.
        mailing: by its rules as well; 0: by those for all mailings.
        characters: of the longest text.
        parts: SMS parts of the text with most.
    """
    if characters <= _FITS_EVERYWHERE:
        return []
    limits = {limit.gateway: limit for gateways in _usable(set(codes), mailing) for limit in gateways}
    return [limits[name] for name in sorted(limits) if _is_under(limits[name], characters, parts)]


def refuse_long_text(*, phone: int, text: str) -> None:
    """Refuse a single message that no gateway of its rule takes. Disabled ones do not count.

    Raises:
        InvalidInput: ``text``: with what the most generous of them takes.
    """
    if len(text) <= _FITS_EVERYWHERE:
        return
    parts = parts_of(text)
    (limits,) = _usable({operator_code_of(phone)}, 0)
    if not limits or not all(_is_under(limit, len(text), parts) for limit in limits):
        return
    raise InvalidInput({"text": [limit_words(max(limits, key=lambda limit: limit.characters), len(text), parts)]})


def refuse_text_beyond(limit: TextLimit, text: str) -> None:
    """Refuse a text that this gateway does not take.

    Raises:
        InvalidInput: ``text``: with what it takes.
    """
    parts = parts_of(text)
    if _is_under(limit, len(text), parts):
        raise InvalidInput({"text": [limit_words(limit, len(text), parts)]})


def limit_words(limit: TextLimit, characters: int, parts: int) -> str:
    """Why a gateway does not take a text of this length, as a sentence."""
    if limit.parts is not None and parts > limit.parts:
        return _("“%(gateway)s” takes at most %(most)s SMS parts, and this text has %(parts)s.") % {
            "gateway": limit.gateway, "most": limit.parts, "parts": parts,
        }  # fmt: skip
    return _("“%(gateway)s” takes at most %(most)s characters, and this text has %(characters)s.") % {
        "gateway": limit.gateway, "most": f"{limit.characters:,}", "characters": f"{characters:,}",
    }  # fmt: skip


def _is_under(limit: TextLimit, characters: int, parts: int) -> bool:
    return characters > limit.characters or (limit.parts is not None and parts > limit.parts)


def _usable(codes: set[int], mailing: int) -> list[list[TextLimit]]:
    """The gateways of each rule that applies to one of these codes, those to fall back on included."""
    by_code = rules_for_request(mailing).by_code
    rules = {by_code[code] for code in codes}
    of_rule = {route.id: [*route.gateways, *route.fallbacks] for route in Route.objects.filter(id__in=rules)}
    usable = Q(enabled=True, removed_at=None) | Q(id=DEFAULT_GATEWAY)
    found = {
        row.id: TextLimit(row.name, facts.max_text, facts.max_parts)
        for row in Gateway.objects.filter(usable)
        if row.kind in KINDS and (facts := KINDS[row.kind].facts)
    }
    return [[found[number] for number in of_rule.get(rule, [DEFAULT_GATEWAY]) if number in found] for rule in rules]
