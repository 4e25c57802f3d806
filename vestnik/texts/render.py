"""Renders a personal text. Values are written once, when they are frozen; to fill them in is then to join strings."""

from collections.abc import Callable, Sequence
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from vestnik.characters import is_blank
from vestnik.texts.formats import Format, date_writer, number_writer, plural_writer, write_plain
from vestnik.texts.grammar import Slot, Text, read_text

#: Characters of a rendered text, at most.
LONGEST = 2_000
#: Texts that are kept ready.
_KEPT = 256

#: The values of one client as they are written, by the slots of the text. None: there is none.
Frozen: TypeAlias = Sequence[str | None]


class Refusal(StrEnum):
    """Why somebody gets no text: a value is missing, or nothing would be to be seen; or it would be too long."""

    FIELD_MISSING = "field_missing"
    TEXT_TOO_LONG = "text_too_long"


class Rendered(NamedTuple):
    """What a client would get. ``text`` is None where there is a ``refusal``, and ``detail`` says why, in words.

    ``frozen``: the values that the text was made of. ``missing``: the attributes that lack a value and have no default.
    """

    frozen: Frozen
    text: str | None
    refusal: Refusal | None = None
    detail: str | None = None
    missing: tuple[str, ...] = ()


class Renderer:
    """Renders one text for many clients. A value is never read as a text.

    Args:
        text: that was read.
    """

    def __init__(self, text: Text) -> None:
        self.names = text.names
        slots = text.slots
        self._writers = [(self.names.index(slot.name), _writer(slot, text.locale)) for slot in slots]
        self._kept, self._stand_ins = len(slots) - len(text.stand_ins), text.stand_ins
        self._pieces: list[str] = [text.literals[0]]
        self._holes: list[tuple[int, int, str | None]] = []
        for place, literal in zip(text.places, text.literals[1:], strict=True):
            self._holes.append((len(self._pieces), slots.index(place.slot), place.default))
            self._pieces += ("", literal)
        self._needed = tuple(
            dict.fromkeys((slot, slots[slot].name) for _, slot, default in self._holes if default is None)
        )
        self._is_seen = not all(is_blank(literal) for literal in text.literals)

    def render(self, values: Sequence[str | None]) -> Rendered:
        """Render the text for one client, whose values come in the order of :attr:`names`."""
        frozen = [
            None if (value := values[place]) is None else write(value) for place, write in self._writers
        ]  # fmt: skip
        if None in frozen:
            missing = tuple(dict.fromkeys(name for slot, name in self._needed if frozen[slot] is None))
            if missing:
                return Rendered(frozen, None, Refusal.FIELD_MISSING, f"no value for {', '.join(missing)}", missing)
        text = self.fill(frozen)
        if len(text) > LONGEST:
            return Rendered(frozen, None, Refusal.TEXT_TOO_LONG, f"the text would have {len(text)} characters")
        if not self._is_seen and is_blank(text):
            return Rendered(frozen, None, Refusal.FIELD_MISSING, "nothing of the text would be to be seen")
        return Rendered(frozen, text)

    def fill(self, frozen: Frozen) -> str:
        """The text with values that were frozen before, maybe by a release that froze fewer."""
        if self._stand_ins and len(frozen) == self._kept:
            frozen = [*frozen, *(frozen[slot] for slot in self._stand_ins)]
        pieces = self._pieces.copy()
        for place, slot, default in self._holes:
            value = frozen[slot]
            pieces[place] = (default or "") if value is None else value
        return "".join(pieces)


@lru_cache(_KEPT)
def renderer_of(source: str, locale: str) -> Renderer:
    """The renderer of a text that was checked when it was entered.

    Raises:
        WrongText: it was not.
    """
    return Renderer(read_text(source, locale=locale))


def _writer(slot: Slot, locale: str) -> Callable[[str], str | None]:
    if slot.format is Format.NUMBER:
        return number_writer(locale, slot.decimals)
    if slot.format is Format.DATE:
        return date_writer(locale)
    if slot.format is Format.PLURAL:
        return plural_writer(locale, slot.forms, slot.decimals)
    return write_plain
