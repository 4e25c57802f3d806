"""Conditions of SQL for messages in some of the nine states, where the log may have a part of what rows say."""

from collections.abc import Collection

from vestnik.ledger.fragments import SENDING_NUMBER
from vestnik.models import MESSAGE_STATES, SENDING, MessageState

#: The word of each state by its number, the derived one included.
WORDS = {**{int(state): str(state.label) for state in MessageState}, SENDING_NUMBER: SENDING}
_NUMBERS = {word: number for number, word in WORDS.items()}


def counters_of(states: Collection[str] | None) -> str:
    """SQL: the condition that batch ``b`` has messages in one of the states, by its counters."""
    return " OR ".join(f"b.{state} > 0" for state in MESSAGE_STATES if states and state in states) or "false"


def numbers_of(states: Collection[str] | None) -> list[int]:
    """The numbers that stand for these words in SQL."""
    return [_NUMBERS[state] for state in states or ()]


def in_rows(states: Collection[str] | None) -> list[int]:
    """The numbers that rows have of messages in these states: where the log may have the rest, a row says "queued"."""
    numbers = set(numbers_of(states)) - {SENDING_NUMBER}
    if states and not {"queued", "sent", SENDING}.isdisjoint(states):
        numbers.add(int(MessageState.QUEUED))
    return sorted(numbers)
