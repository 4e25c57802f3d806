"""Templates of the kind ``http``: text with ``{{placeholders}}``. What is wrong is told with its place. Pure."""

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from vestnik.gateways.words import Sentence, gettext_noop, sentence

_PLACEHOLDER = re.compile(r"\{\{([^{}\r\n]*)\}\}")
_AT = gettext_noop("Line %(line)s, column %(column)s: %(problem)s")
_NOT_CLOSED = gettext_noop("“{{” opens a placeholder that no “}}” closes.")
_UNKNOWN = gettext_noop("There is no {{%(name)s}} here. There are: %(known)s.")
_MEANT = gettext_noop("There is no {{%(name)s}} here. Did you mean {{%(meant)s}}?")

#: Makes a value safe where it stands.
Escape: TypeAlias = Callable[[str], str]


class TemplateFault(Exception):
    """Something is wrong in a template. ``said``: what, with line and column."""

    def __init__(self, source: str, offset: int, template: str, **values: object) -> None:
        super().__init__(template)
        line = source.count("\n", 0, offset) + 1
        column = offset - source.rfind("\n", 0, offset)
        self.said: Sentence = sentence(_AT, line=line, column=column, problem=sentence(template, **values))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a placeholder stands: its name, and the offset of its braces in the source."""

    name: str
    offset: int


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a rendered template. ``start``: in the result, ``offset``: in the source. ``place``: None: literal."""

    start: int
    offset: int
    place: Place | None


@dataclass(frozen=True, slots=True)
class Template:
    """Literals and places in turn: there is one literal more."""

    source: str
    literals: tuple[str, ...]
    places: tuple[Place, ...]

    @property
    def names(self) -> frozenset[str]:
        """The placeholders that it uses."""
        return frozenset(place.name for place in self.places)

    def bind(self, values: Mapping[str, str], escape: Escape) -> "Template":
        """Put in the values that are known already; the other places stay."""
        literals, places = [self.literals[0]], []
        for place, literal in zip(self.places, self.literals[1:], strict=True):
            if place.name in values:
                literals[-1] += escape(values[place.name]) + literal
            else:
                places.append(place)
                literals.append(literal)
        return Template(self.source, tuple(literals), tuple(places))

    def render(self, values: Mapping[str, str], escape: Escape) -> str:
        """The whole text. Every place must have a value."""
        return self.bind(values, escape).literals[0]

    def fill(self, values: Mapping[str, str]) -> str:
        """The whole text, with values that are safe already: each message goes through here."""
        if not self.places:
            return self.literals[0]
        parts = [self.literals[0]]
        for place, literal in zip(self.places, self.literals[1:], strict=True):
            parts += (values[place.name], literal)
        return "".join(parts)

    def render_each(self, values: Sequence[str], escape: Escape) -> tuple[str, list[Piece]]:
        """The whole text with one value for each place in turn, and which piece of it came from where."""
        text, offset, pieces = "", 0, []
        for place, literal, value in zip(self.places, self.literals, values, strict=False):
            pieces += [Piece(len(text), offset, None), Piece(len(text) + len(literal), place.offset, place)]
            text += literal + escape(value)
            offset = self.source.index("}}", place.offset) + 2
        pieces.append(Piece(len(text), offset, None))
        return text + self.literals[-1], pieces


def piece_at(pieces: Sequence[Piece], index: int) -> tuple[int, Place | None]:
    """The offset in the source that an index of the result came from, and the placeholder that stands there."""
    piece = next(piece for piece in reversed(pieces) if piece.start <= index or piece is pieces[0])
    return (piece.offset, piece.place) if piece.place else (piece.offset + index - piece.start, None)


def names_in(source: str) -> frozenset[str]:
    """The placeholders that stand in a template, whatever it is worth."""
    return frozenset(found.group(1).strip() for found in _PLACEHOLDER.finditer(source))


def read_template(source: str, known: Sequence[str]) -> Template:
    """Read a template.

    Args:
        source: as somebody wrote it.
        known: the placeholders that may stand here.

    Raises:
        TemplateFault: a placeholder is unknown or not closed.
    """
    literals, places, end = [], [], 0
    for found in _PLACEHOLDER.finditer(source):
        name = found.group(1).strip()
        literals.append(_literal(source, end, found.start()))
        if name not in known:
            raise _unknown(source, found.start(), name, known)
        places.append(Place(name, found.start()))
        end = found.end()
    literals.append(_literal(source, end, len(source)))
    return Template(source, tuple(literals), tuple(places))


def _literal(source: str, start: int, end: int) -> str:
    opened = source.find("{{", start, end)
    if opened >= 0:
        raise TemplateFault(source, opened, _NOT_CLOSED)
    return source[start:end]


def _unknown(source: str, offset: int, name: str, known: Sequence[str]) -> TemplateFault:
    meant = difflib.get_close_matches(name.lower(), known, 1, 0.5)
    if meant:
        return TemplateFault(source, offset, _MEANT, name=name[:40], meant=meant[0])
    return TemplateFault(source, offset, _UNKNOWN, name=name[:40], known=", ".join(known))
