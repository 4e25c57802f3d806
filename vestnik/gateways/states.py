"""What a gateway does just now: the values that REST and the command line have, and what each means. Pure."""

from collections.abc import Mapping
from enum import StrEnum


class State(StrEnum):
    """What a gateway does just now. ``out``: it refuses us, and waits until somebody puts it back."""

    WORKING = "working"
    DOWN = "down"
    WAITING = "waiting"
    OUT = "out"
    DISABLED = "disabled"


#: What people call a state whose value is another word than theirs.
_WORDS: Mapping[State, str] = {State.OUT: "suspended"}
#: What each means, for the documentation.
MEANINGS: Mapping[State, str] = {
    State.WORKING: "it takes messages",
    State.DOWN: "it does not answer, or no worker can open it. Vestnik tries again by itself",
    State.WAITING: "it asked us to wait, and gets no messages until then",
    State.OUT: "suspended: it rejected our account, and gets no messages until somebody puts it back",
    State.DISABLED: "it is switched off, or was never enabled, and gets no messages",
}


def with_word(state: State) -> str:
    """The value of a state, and behind it the word that people use if that is another one: ``out (suspended)``."""
    word = _WORDS.get(state)
    return f"{state.value} ({word})" if word else state.value
