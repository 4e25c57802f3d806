r"""The grammar of personal texts (docs/decisions/personal-texts.md), read once. Every fault is told with its place.

::

    {{name}}                     the value
    {{name|default}}             the default where there is no value
    {{name|format}}              number, number:2 (two decimals), date, or plural:one,few,many
    {{name|format|default}}      both; {{name||number}} has the default "number"
    \{{  \}}                     braces as they are; of backslashes before braces each pair is one
"""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from vestnik.gateways.words import Sentence, gettext_noop, sentence
from vestnik.texts.formats import Format, categories

#: What an attribute may be called.
NAME = re.compile("[a-z][a-z0-9_]{0,39}")
#: What every client has: no default is needed.
ALWAYS_THERE = frozenset(("phone_number", "tag"))
#: The type of value that a format writes.
_WANTED = {Format.NUMBER: "number", Format.DATE: "date", Format.PLURAL: "number"}
_FORMATS = ("number", "date", "plural")
_FORMAT = re.compile("number|number:[0-6]|date")
_BRACES = re.compile(r"(\\*)(\{\{|\}\})")
_FORMS = "plural:"
#: Faults that are told at once, and characters of a placeholder that are shown.
_MAX_FAULTS, _SHOWN = 10, 60

_AT = gettext_noop("Line %(line)s, column %(column)s: %(problem)s")
_OF = "%(placeholder)s: %(problem)s"  # nothing in it is a word
_NOT_CLOSED = gettext_noop("“{{” opens a placeholder that no “}}” closes. To write the braces as they are: \\{{")
_NOT_OPENED = gettext_noop("“}}” closes nothing. To write the braces as they are: \\}}")
_NO_NAME = gettext_noop(
    "this is not an attribute name. Names have lower-case Latin letters, digits and underscores: {{first_name}}"
)
_UNKNOWN = gettext_noop("no client has an attribute of that name; there are: %(known)s")
_MEANT = gettext_noop("no client has an attribute of that name; did you mean %(meant)s?")
_TOO_MANY = gettext_noop("there are too many “|”. Write {{name|format|default}}")
_NO_FORMAT = gettext_noop("there is no format “%(format)s”. Formats are number, number:2, date and plural:one,few,many")
_FORMAT_MEANT = gettext_noop(
    "did you mean the format %(meant)s? If “%(word)s” is the text for clients without a value: {{%(name)s||%(word)s}}"
)
_TYPE = gettext_noop("the format %(format)s does not fit: the type of this attribute is %(type)s")
_FORMS_COUNT = gettext_noop("plural wants %(count)s forms, separated by commas: plural:%(forms)s")
_EMPTY_FORM = gettext_noop(
    "a form is empty: some clients would get nothing here. That is right for an ending only, close to its word: "
    "day{{count|plural:,s}}"
)
_NO_DEFAULT = gettext_noop("a client may have no value, so a default is needed: {{%(written)s|default}}")


class WrongText(ValueError):
    """A text cannot be read. ``faults``: what is wrong and what to do, each with its place."""

    def __init__(self, faults: Sequence[Sentence]) -> None:
        super().__init__("; ".join(faults))
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True)
class Slot:
    """A value as it is written: an attribute's name, the format, the forms of a plural, the decimals of a number.

    A plural has the decimals of the number that it agrees with (:func:`_with_agreement`).
    """

    name: str
    format: Format = Format.PLAIN
    forms: tuple[str, ...] = ()
    decimals: int | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A placeholder. ``default``: stands for a value that is missing; None: there is none."""

    slot: Slot
    default: str | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """A text that was read: literals and places in turn; there is one literal more."""

    literals: tuple[str, ...]
    places: tuple[Place, ...]
    locale: str

    @property
    def slots(self) -> tuple[Slot, ...]:
        """The values that it writes, each once, in their order.

        Those by which a plural differs from an earlier one in its decimals only are the last: values that were frozen
        before there was such a difference have none for them (:attr:`stand_ins`).
        """
        first, more = self._slots
        return (*first, *more)

    @property
    def stand_ins(self) -> tuple[int, ...]:
        """Of each of the last slots, which only differ in decimals, the earlier one that stands for it."""
        first, more = self._slots
        bases = [_undecided(slot) for slot in first]
        return tuple(bases.index(_undecided(slot)) for slot in more)

    @property
    def _slots(self) -> tuple[list[Slot], list[Slot]]:
        first: dict[Slot, Slot] = {}
        slots = dict.fromkeys(place.slot for place in self.places)
        for slot in slots:
            first.setdefault(_undecided(slot), slot)
        kept = list(first.values())
        return kept, [slot for slot in slots if slot not in kept]

    @property
    def names(self) -> tuple[str, ...]:
        """The attributes that it names, each once, in their order."""
        return tuple(dict.fromkeys(place.slot.name for place in self.places))


class _Fault(Exception):
    """What is wrong with a placeholder. ``problem``: a sentence."""

    def __init__(self, problem: Sentence) -> None:
        super().__init__(problem)
        self.problem = problem


def read_text(source: str, *, locale: str, known: Mapping[str, str] | None = None, need_defaults: bool = False) -> Text:
    """Read a text.

    Args:
        source: as somebody wrote it.
        locale: one of :data:`vestnik.texts.formats.LOCALES`.
        known: the attributes that there are, with the type of each: ``text``, ``number``, ``date``, or nothing, where
            any format may stand. None: any name may stand, too, as in a text that was checked before.
        need_defaults: refuse a placeholder without a default.

    Raises:
        WrongText: something is wrong.
    """
    reader = _Reader(source, locale, known, need_defaults=need_defaults)
    reader.read()
    if reader.faults:
        raise WrongText(reader.faults)
    return Text(tuple(reader.literals), _with_agreement(reader.places, reader.spans), locale)


def _with_agreement(places: Sequence[Place], spans: Sequence[tuple[int, int]]) -> tuple[Place, ...]:
    """Give each plural the decimals of the number it agrees with: 1,4 that is shown as 1 has the form of 1.

    It is the nearest placeholder that shows the same attribute as a number or as it is: the one with the fewest
    characters of the text between them, of two the one before. Without one, the value itself counts.

    Args:
        places: the placeholders.
        spans: where each begins and ends.
    """
    agreeing = []
    for place, (start, end) in zip(places, spans, strict=True):
        slot = place.slot
        if slot.format is Format.PLURAL:
            shown = [
                (begins - end if begins >= end else start - ends, begins >= end, other.slot.decimals)
                for other, (begins, ends) in zip(places, spans, strict=True)
                if other.slot.name == slot.name and other.slot.format in {Format.NUMBER, Format.PLAIN}
            ]
            nearest = min(shown, key=lambda each: each[:2], default=None)
            slot = replace(slot, decimals=nearest and nearest[2])
        agreeing.append(Place(slot, place.default))
    return tuple(agreeing)


def _undecided(slot: Slot) -> Slot:
    """A plural without what it agrees with."""
    return replace(slot, decimals=None) if slot.format is Format.PLURAL else slot


class _Reader:
    """Goes through a text from braces to braces."""

    def __init__(self, source: str, locale: str, known: Mapping[str, str] | None, *, need_defaults: bool) -> None:
        self.literals = [""]
        self.places: list[Place] = []
        #: Where each of them begins and ends.
        self.spans: list[tuple[int, int]] = []
        self.faults: list[Sentence] = []
        self._source, self._locale, self._known = source, locale, known
        self._need_defaults = need_defaults

    def read(self) -> None:
        """Read all of it, or as far as there are not too many faults."""
        end = 0
        while len(self.faults) < _MAX_FAULTS:
            found = _BRACES.search(self._source, end)
            if found is None:
                break
            backslashes, braces = found.groups()
            self.literals[-1] += self._source[end : found.start()] + "\\" * (len(backslashes) // 2)
            end = found.end()
            if len(backslashes) % 2:
                self.literals[-1] += braces
            elif braces == "}}":
                self._note(found.start(2), sentence(_NOT_OPENED))
            else:
                end = self._placeholder(found.start(2))
        self.literals[-1] += self._source[end:]

    def _placeholder(self, start: int) -> int:
        """Read the placeholder that begins at ``start``, and return where it ends."""
        inside = start + 2
        end = self._source.find("}}", inside)
        written = self._source[inside:end]
        if end < 0 or "{{" in written or "\n" in written:
            self._note(start, sentence(_NOT_CLOSED))
            return inside
        try:
            place = self._place(written)
            self._check_forms(place.slot, start)
            self.places.append(place)
            self.spans.append((start, end + 2))
            self.literals.append("")
        except _Fault as fault:
            self._note(start, sentence(_OF, placeholder=f"{{{{{written[:_SHOWN]}}}}}", problem=fault.problem))
        return end + 2

    def _place(self, written: str) -> Place:
        name, *rest = (each.strip() for each in written.split("|"))
        self._check_name(name)
        if len(rest) > 2:
            raise _Fault(sentence(_TOO_MANY))
        if len(rest) == 2:
            how, default = rest
            if how and not _is_format(how):
                raise _Fault(sentence(_NO_FORMAT, format=how))
        elif rest and not _is_format(rest[0]):
            how, default = "", rest[0]
            _check_default(name, default)
        else:
            how, default = (rest or [""])[0], None
        slot = self._slot(name, how)
        if self._need_defaults and default is None and name not in ALWAYS_THERE:
            raise _Fault(sentence(_NO_DEFAULT, written=written.strip()))
        return Place(slot, default)

    def _check_name(self, name: str) -> None:
        known = self._known
        if known is not None and name not in known and (name or not known):
            meant = difflib.get_close_matches(name.lower(), known, 1, 0.5)
            if meant:
                raise _Fault(sentence(_MEANT, meant=meant[0]))
            if NAME.fullmatch(name):
                raise _Fault(sentence(_UNKNOWN, known=", ".join(known)))
        if not NAME.fullmatch(name):
            raise _Fault(sentence(_NO_NAME))

    def _slot(self, name: str, how: str) -> Slot:
        word, _, decimals = how.partition(":")
        kind = Format(word)
        has = (self._known or {}).get(name)
        if kind and has and has != _WANTED[kind]:
            raise _Fault(sentence(_TYPE, format=kind.value, type=has))
        if kind is Format.PLURAL:
            return Slot(name, kind, self._forms(how))
        return Slot(name, kind, decimals=int(decimals) if decimals else None)

    def _forms(self, how: str) -> tuple[str, ...]:
        names = categories(self._locale)
        usual = names if len(names) <= 2 else names[:-1]
        forms = tuple(form.strip() for form in how.removeprefix(_FORMS).split(","))
        if len(forms) not in {len(usual), len(names)} or not any(forms):
            raise _Fault(sentence(_FORMS_COUNT, count=len(usual), forms=",".join(usual)))
        return forms

    def _check_forms(self, slot: Slot, start: int) -> None:
        """Refuse an empty form that is no ending. A comma too many would leave some clients without a word."""
        if "" in slot.forms and not self._source[max(start - 1, 0) : start].isalpha():
            raise _Fault(sentence(_EMPTY_FORM))

    def _note(self, offset: int, problem: Sentence) -> None:
        line = self._source.count("\n", 0, offset) + 1
        column = offset - self._source.rfind("\n", 0, offset)
        self.faults.append(sentence(_AT, line=line, column=column, problem=problem))


def _is_format(word: str) -> bool:
    return _FORMAT.fullmatch(word) is not None or word.startswith(_FORMS)


def _check_default(name: str, default: str) -> None:
    """Refuse a default that looks like a misspelt format: it would go out as a text."""
    word = default.partition(":")[0].lower()
    meant = difflib.get_close_matches(word, _FORMATS, 1, 0.8) if word.isascii() else []
    if meant:
        raise _Fault(sentence(_FORMAT_MEANT, meant=meant[0], word=default[:_SHOWN], name=name))
