"""The parts of the form that change while somebody types: the counter, the estimate, the results of a search."""

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

#: Seconds for which the sizes are remembered: they are shown beside a choice, and nothing is decided by them.
_REMEMBERED = 30
#: Choices that are shown at most; more are found by searching.
_MAX_SHOWN = 100
#: Characters that are named; of a Russian text all letters could be.
_NAMED = 6
#: So few forcing characters may be a mistake, such as a dash that an editor put in.
_FEW = 3

ValueT = TypeVar("ValueT", str, int)


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One choice. ``clients`` None: no client has it (any more)."""

    value: str
    clients: int | None
    picked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Choices that are shown; ``more``: how many others match, too; ``there_are``: whether the directory has any."""

    shown: list[Option]
    more: int
    there_are: bool


def tag_options(*, picked: Sequence[str], search: str = "") -> Options:
    """The tags that hold ``search`` in any case, the greatest first, and those that are picked."""
    sizes = _remembered("tags", tag_sizes)
    wanted = clean_text(search).casefold()
    return _options(sizes, picked, lambda tag: wanted in tag.casefold())


def code_options(*, picked: Sequence[str], search: str = "") -> Options:
    """The operator codes that begin with ``search``, and those that are picked."""
    sizes = {f"{code:03d}": clients for code, clients in _remembered("codes", operator_code_sizes).items()}
    wanted = search.strip()
    return _options(sizes, picked, lambda code: code.startswith(wanted))


def _options(sizes: dict[str, int], picked: Sequence[str], fits: Callable[[str], bool]) -> Options:
    """What is picked is always among them, else it would be lost with the next search."""
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
    """A text as it is counted.

    Args:
        sms: the count.
        forcing: the first characters that force UCS-2, as they can be shown; ``more_forcing``: how many more.
        parts_without: what the text would take without them, where they are few and that would be less; else None.
    """

    sms: SmsCount
    forcing: list[str]
    more_forcing: int
    parts_without: int | None

    @property
    def most(self) -> int:
        """Characters that a text may have."""
        return LONGEST_TEXT

    @property
    def is_too_long(self) -> bool:
        """Has it more?"""
        return self.sms.characters > self.most


def count_typed(text: str) -> Counted:
    """Count what somebody typed, whose browser sends a line break as two characters."""
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
    """The character; its number where nothing would be seen (spaces, controls, marks that join to others)."""
    return f"U+{ord(char):04X}" if unicodedata.category(char)[0] in "ZCM" else char


class CounterPart(Page):
    """How the text is counted."""

    sees: ClassVar[Role] = Role.OPERATOR

    def post(self, request: HttpRequest) -> HttpResponse:
        """The counter for the text that was posted."""
        counted = count_typed(request.POST.get("message_text", ""))
        return self.fragment(request, "console/composing/counter.html", counted=counted)


class EstimatePart(Page):
    """How many clients the choices match."""

    sees: ClassVar[Role] = Role.OPERATOR

    def post(self, request: HttpRequest) -> HttpResponse:
        """The estimate for the form that was posted; whatever else is wrong with it does not matter here."""
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
    """The tags, or the operator codes, that a search finds, and those that are picked already."""

    sees: ClassVar[Role] = Role.OPERATOR
    kind: ClassVar[str] = ""

    def post(self, request: HttpRequest) -> HttpResponse:
        """The choices."""
        find = tag_options if self.kind == "tags" else code_options
        options = find(picked=request.POST.getlist(self.kind), search=request.POST.get(f"{self.kind}_search", ""))
        return self.fragment(request, "console/composing/choices.html", options=options, kind=self.kind)


class TagsPart(ChoicesPart):
    """Choices of tags."""

    kind = "tags"


class CodesPart(ChoicesPart):
    """Choices of operator codes."""

    kind = "codes"
