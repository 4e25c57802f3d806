"""Texts that are too long for a gateway are left to another one of their rule that takes them.

Otherwise a gateway to fall back on would refuse what the first one takes: the messages would fail, and after some
such answers the gateway would be stopped. Where no gateway of the rule takes a text, it is sent, and the provider
decides.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import TypeAlias

from vestnik.gateways.adapter import Facts
from vestnik.gateways.adapters.kinds import KINDS
from vestnik.gateways.outcome import Kind, Outcome
from vestnik.mailings.sms import parts_of

#: Is a text left to another gateway?
LeavesText: TypeAlias = Callable[[str], bool]
#: What is written on a message that is left to another gateway: nothing was sent.
TOO_LONG = Outcome(
    kind=Kind.NOT_SENT, code="too_long", detail="too long a text for this gateway, it waits for another one of its rule"
)
#: Texts of which it is known whether they are left: those of mailings are asked for with each batch.
_KNOWN_TEXTS = 256


@lru_cache(_KNOWN_TEXTS)
def leaves_text(facts: Facts, other_kinds: tuple[str, ...]) -> LeavesText | None:
    """Which texts a gateway leaves to others; None: none, because no other takes a longer one.

    Args:
        facts: what the gateway takes.
        other_kinds: of the gateways that take the rule's messages beside this one or before it. One to fall back on
            after it would not take them while this one is up.
    """
    others = [KINDS[kind].facts for kind in other_kinds if kind in KINDS]
    longer = [other for other in others if _takes_more(other, facts)]
    if not longer:
        return None

    @lru_cache(_KNOWN_TEXTS)
    def leaves(text: str) -> bool:
        size = len(text), parts_of(text)
        return not facts.takes(*size) and any(other.takes(*size) for other in longer)

    return leaves


def _takes_more(other: Facts, facts: Facts) -> bool:
    in_parts = facts.max_parts is not None and (other.max_parts is None or other.max_parts > facts.max_parts)
    return in_parts or other.max_text > facts.max_text
