"""Phone numbers as the reader of the answer of now may see them: whole, or masked.

The reader belongs to a request, as its language and its time zone do: the web says once who it is, and all code that
shows a phone asks here. So a new page cannot forget it. Outside of a request phones are whole.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from vestnik.phones.display import mask_phone, mask_phones, spell_phone

#: A masked number has so many of its digits at the beginning, and as many at the end (:func:`mask_phone`).
SHOWN_AT_AN_END = 4

_masked: ContextVar[bool] = ContextVar("phones_are_masked", default=False)


@contextmanager
def reading(*, masked: bool = False) -> Iterator[None]:
    """Open the answer to one request, and say how its reader sees phones. It is forgotten at the end."""
    token = _masked.set(masked)
    try:
        yield
    finally:
        _masked.reset(token)


def read_masked(*, masked: bool) -> None:
    """Say how the reader sees phones, when that is known only within :func:`reading`."""
    _masked.set(masked)


def phones_are_masked() -> bool:
    """Return whether the reader of now sees phones masked only."""
    return _masked.get()


def shown_digits(phone: int) -> str:
    """``79111234567``; masked: ``7911***4567``."""
    return mask_phone(phone) if _masked.get() else str(phone)


def shown_phone(phone: int | str) -> str:
    """As people read it: ``+7 911 123-45-67``; masked: ``+7 911 ***-45-67``. Another text stays, but for its phones."""
    spelled = spell_phone(phone)
    if not _masked.get():
        return spelled
    return f"{spelled[:7]}***{spelled[10:]}" if spelled.startswith("+") else mask_phones(spelled)


def shown_value(value: str | float) -> str | float:
    """A text or a number that somebody keeps of a client: a number that is a phone becomes a text, masked."""
    shown = shown_text(str(value))
    return shown if isinstance(value, str) or shown != str(value) else value


def shown_text(text: str) -> str:
    """A text that people or programs wrote; masked: without the phones that it names."""
    return mask_phones(text) if _masked.get() else text
