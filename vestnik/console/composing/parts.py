"""The parts of the form that change as the user types: the counter, the estimate, and the choices."""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeVar

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse

from vestnik.audience.preview import count_audience
from vestnik.characters import clean_text
from vestnik.clients.choices import operator_code_sizes, tag_sizes
from vestnik.console.composing.fields import own_zone
from vestnik.console.composing.forms import MailingForm
from vestnik.console.pages import Page
from vestnik.db.clock import database_now
from vestnik.mailings.fields import LONGEST_TEXT
from vestnik.mailings.sms import SmsCount, count_sms, without
from vestnik.models import Role

#: Seconds for which the sizes are cached. They are only shown beside a choice, so they may be a little old.
_REMEMBERED = 30
#: The number of choices that are shown. A search finds more.
_MAX_SHOWN = 100
#: The number of characters that are listed. In a Russian text, every letter may be one of them.
_NAMED = 6
#: Up to this many characters that force UCS-2 may be a mistake, such as a dash that an editor inserted.
_FEW = 3

ValueT = TypeVar("ValueT", str, int)


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One choice. ``clients`` is None if no client has this value."""

    value: str
    clients: int | None
    picked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The choices that are shown.

    ``more`` is the number of other matches. ``there_are`` says whether the directory has any value.
    """

    shown: list[Option]
    more: int
    there_are: bool


def tag_options(*, picked: Sequence[str], search: str = "") -> Options:
    """Return the picked tags, and the tags that contain ``search`` in any case. The most used come first."""
    sizes = _remembered("tags", tag_sizes)
    wanted = clean_text(search).casefold()
    return _options(sizes, picked, lambda tag: wanted in tag.casefold())


def code_options(*, picked: Sequence[str], search: str = "") -> Options:
    """Return the picked operator codes, and the codes that begin with ``search``."""
    sizes = {f"{code:03d}": clients for code, clients in _remembered("codes", operator_code_sizes).items()}
    wanted = search.strip()
    return _options(sizes, picked, lambda code: code.startswith(wanted))


def _options(sizes: dict[str, int], picked: Sequence[str], fits: Callable[[str], bool]) -> Options:
    """Return the choices. They always include the picked values. Otherwise a search would lose them."""
    chosen = dict.fromkeys(picked)
    matching = [value for value in sizes if value not in chosen and fits(value)]
    there = chosen.keys() | set(matching[:_MAX_SHOWN])
    values = [value for value in chosen if value not in sizes] + [value for value in sizes if value in there]
    shown = [Option(value=value, clients=sizes.get(value), picked=value in chosen) for value in values]
    return Options(shown=shown, more=max(0, len(matching) - _MAX_SHOWN), there_are=bool(sizes))


def _remembered(name: str, ask: Callable[[], list[tuple[ValueT, int]]]) -> dict[ValueT, int]:
    sizes: dict[ValueT, int] | None = cache.get(f"console-sizes-{name}")
    if sizes is None:
        sizes = dict(ask())
        cache.set(f"console-sizes-{name}", sizes, _REMEMBERED)
    return sizes


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """The result of counting a text.

    Args:
        sms: The count.
        forcing: The first characters that force UCS-2, in a visible form.
        more_forcing: The number of such characters that are not listed.
        parts_without: The SMS parts of the text without these characters. None if they are many, or nothing is saved.
    """

    sms: SmsCount
    forcing: list[str]
    more_forcing: int
    parts_without: int | None

    @property
    def most(self) -> int:
        """The maximum number of characters of a text."""
        return LONGEST_TEXT

    @property
    def is_too_long(self) -> bool:
        """Whether the text has more characters than allowed."""
        return self.sms.characters > self.most


def count_typed(text: str) -> Counted:
    """Count a text from a browser, which sends a line break as two characters."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    sms = count_sms(text)
    less = without(text, sms.forcing).parts if 0 < len(sms.forcing) <= _FEW else sms.parts
    return Counted(
        sms=sms,
        forcing=[_visible(char) for char in sms.forcing[:_NAMED]],
        more_forcing=max(0, len(sms.forcing) - _NAMED),
        parts_without=less if less < sms.parts else None,
    )


def _visible(char: str) -> str:
    """Return the character, or its code point if it is not visible by itself (spaces, controls, combining marks)."""
    return f"U+{ord(char):04X}" if unicodedata.category(char)[0] in "ZCM" else char


class CounterPart(Page):
    """The counter of characters and SMS parts."""

    sees: ClassVar[Role] = Role.OPERATOR

    def post(self, request: HttpRequest) -> HttpResponse:
        """Show the counter for the posted text."""
        counted = count_typed(request.POST.get("message_text", ""))
        return self.fragment(request, "console/composing/counter.html", counted=counted)


class EstimatePart(Page):
    """The number of clients that match the filter."""

    sees: ClassVar[Role] = Role.OPERATOR

    def post(self, request: HttpRequest) -> HttpResponse:
        """Show the estimate for the posted form. Errors in other fields do not matter here."""
        form = MailingForm(request.POST, zone=own_zone(), now=database_now())
        form.is_valid()
        audience = None if form.filter is None else count_audience(tags=form.filter.tags, codes=form.filter.codes)
        parts = count_sms(form.cleaned_data.get("message_text", "")).parts
        return self.fragment(
            request,
            "console/composing/estimate.html",
            audience=audience,
            parts=parts,
            total_parts=parts * audience.total if audience else 0,
            is_to_everybody=form.filter == (None, None),
        )


class ChoicesPart(Page):
    """The tags or operator codes that match a search, and those that are already picked."""

    sees: ClassVar[Role] = Role.OPERATOR
    kind: ClassVar[str] = ""

    def post(self, request: HttpRequest) -> HttpResponse:
        """Show the choices."""
        find = tag_options if self.kind == "tags" else code_options
        options = find(picked=request.POST.getlist(self.kind), search=request.POST.get(f"{self.kind}_search", ""))
        return self.fragment(request, "console/composing/choices.html", options=options, kind=self.kind)


class TagsPart(ChoicesPart):
    """The choices of tags."""

    kind = "tags"


class CodesPart(ChoicesPart):
    """The choices of operator codes."""

    kind = "codes"
