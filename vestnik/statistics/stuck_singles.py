"""Single messages that wait for somebody, because every gateway that may take them is out.

A mailing is paused then (:mod:`vestnik.mailings.without_gateway`). The mailing of a day's single messages is not,
because others of them go over other gateways. So they are named here, for console, REST, doctor and metrics.
"""

from datetime import datetime
from typing import NamedTuple

from django.db import connection

from vestnik.db.statements import Statements
from vestnik.ledger.fragments import STUCK_RULES
from vestnik.mailings.pauses import pause_sentence

SQL = Statements("vestnik.statistics", stuck_rules=STUCK_RULES)
#: Codes of a queued message that waits for somebody: no gateway takes it, or its mailing is paused.
NO_GATEWAY, PAUSED = "no_gateway", "paused"


class StuckSingles(NamedTuple):
    """Single messages that wait for one gateway: what it answered, how many they are, and when the first one ends."""

    gateway: str
    answer: str
    words: str
    messages: int
    first_end: datetime

    @property
    def said(self) -> str:
        """What the gateway answered, as text."""
        return _said(self.answer, self.words)


def stuck_singles() -> list[StuckSingles]:
    """Single messages that no gateway takes, by the gateway that is out. Some milliseconds; none is out: at once."""
    return [StuckSingles(*row) for row in SQL.run(connection, "stuck_singles")]


def why_it_waits(*, batch_id: int) -> tuple[str, str] | None:
    """The code and a sentence that say why a queued single message waits for somebody. None: it does not.

    Args:
        batch_id: its batch.
    """
    for is_paused, code, answer, detail, gateway, out_code, out_words in SQL.run(
        connection, "why_single_waits", batch=batch_id
    ):
        if is_paused:
            return PAUSED, f"sending is paused: {pause_sentence(code, answer, detail)}".removesuffix(": ")
        return NO_GATEWAY, f"no gateway takes it: {gateway} is suspended ({_said(out_code, out_words)})"
    return None


def _said(answer: str, words: str) -> str:
    return ": ".join(filter(None, (answer, words)))
