"""Keeps what a gateway calls messages, since its receipts come with these names, and in how many parts it sent them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from vestnik.db.connection import Connection
from vestnik.dispatch.lease import Lease
from vestnik.gateways.outcome import Kind, Outcome
from vestnik.ledger import outcomes
from vestnik.ledger.outcomes import Named
from vestnik.mailings.sms import parts_of

#: A lease, and the outcomes of its messages that say what the gateway calls them, or their parts.
Said: TypeAlias = tuple[Lease, Mapping[int, Outcome]]


class Names:
    """Keeps them for one dispatcher, whose messages go over ``gateway``."""

    def __init__(self, gateway: int) -> None:
        self._gateway = gateway
        self._own_parts: dict[int, int] = {}

    def know_text(self, mailing: int, text: str) -> None:
        """Count the parts of a mailing's text, which does not change while it is sent."""
        self._own_parts[mailing] = parts_of(text)

    def keep(self, connection: Connection, said: Sequence[Said]) -> None:
        """Write down what the gateway said; of most gateways that is nothing."""
        if any(found for _, found in said):
            self._name(connection, said)
            self._set_parts(connection, said)

    def _name(self, connection: Connection, said: Sequence[Said]) -> None:
        named = [
            Named(lease.mailing, message, part, provider_id, outcome.operator)
            for lease, found in said
            for message, outcome in found.items()
            if any(outcome.provider_ids)
            for part, provider_id in enumerate(outcome.provider_ids, 1)
        ]
        if named:
            outcomes.name_messages(connection, named, gateway=self._gateway)

    def _set_parts(self, connection: Connection, said: Sequence[Said]) -> None:
        """Only what differs from the mailing's text. Where each message has its own, the ledger compares."""
        differ: dict[int, dict[int, int]] = defaultdict(dict)
        for lease, found in said:
            own = self._own_parts.get(lease.mailing)
            for message, outcome in found.items():
                parts = outcome.parts
                if parts and outcome.kind is Kind.SUCCESS and (lease.texts or parts != own):
                    differ[lease.mailing][message] = parts
        for mailing, parts_by_message in sorted(differ.items()):
            if mailing in self._own_parts:
                own_parts = self._own_parts[mailing]
                outcomes.set_parts(connection, parts_by_message, mailing=mailing, own_parts=own_parts)
