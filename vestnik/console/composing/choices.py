"""The tags and operator codes that the form offers, and what a search finds among them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeVar

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse

from vestnik.characters import clean_text
from vestnik.clients.choices import existing_codes, existing_tags, operator_code_sizes, tag_sizes
from vestnik.console.composing.brands import Brands, brands_of
from vestnik.console.pages import Page
from vestnik.mailings.fields import MAX_VALUES
from vestnik.models import Role

#: Seconds for which the sizes are cached. They are only shown beside a choice, so they may be a little old. The choices
#: themselves may not: who has just imported clients looks for their tag.
_REMEMBERED = 30
#: The number of choices that are shown. A search finds more.
_MAX_SHOWN = 100

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

    ``more`` is the number of other matches, and ``found`` the number of all. ``is_offered`` says whether there is
    anything to choose from.
    """

    shown: list[Option]
    more: int
    found: int
    is_offered: bool


def tag_options(*, picked: Sequence[str], search: str = "", pick_found: bool = False) -> Options:
    """Return the picked tags, and the tags that contain ``search`` in any case. The most used come first.

    Args:
        picked: The tags that are chosen.
        search: A part of a tag.
        pick_found: Whether everything that the search finds is chosen, too, as far as a mailing takes that many.
    """
    sizes = _remembered("tags", tag_sizes, existing_tags)
    wanted = clean_text(search).casefold()
    return _options(sizes, picked, lambda tag: wanted in tag.casefold(), pick_found=pick_found)


def code_brands(*, picked: Sequence[str], search: str = "", pick_found: bool = False) -> Brands:
    """Return the operator codes by brand: those of all brands, those that the directory has, and the picked ones.

    Args:
        picked: The codes that are chosen.
        search: A part of a brand's name, or the first digits of a code. What does not match is there, but hidden.
        pick_found: Whether everything that the search finds is chosen, too.
    """
    sizes = _remembered("codes", operator_code_sizes, existing_codes)
    return brands_of(sizes, picked=picked, search=search, pick_found=pick_found)


def _options(sizes: dict[str, int], picked: Sequence[str], fits: Callable[[str], bool], *, pick_found: bool) -> Options:
    """Return the choices. They always include the picked values. Otherwise a search would lose them."""
    matching = [value for value in sizes if fits(value)]
    chosen = dict.fromkeys(picked)
    if pick_found:
        chosen |= dict.fromkeys(
            [value for value in matching if value not in chosen][: max(0, MAX_VALUES - len(chosen))]
        )
    others = [value for value in matching if value not in chosen]
    there = chosen.keys() | set(others[:_MAX_SHOWN])
    values = [value for value in chosen if value not in sizes] + [value for value in sizes if value in there]
    shown = [Option(value=value, clients=sizes.get(value), picked=value in chosen) for value in values]
    more = max(0, len(others) - _MAX_SHOWN)
    return Options(shown=shown, more=more, found=len(matching), is_offered=bool(sizes or shown))


def _remembered(
    name: str, ask: Callable[[], list[tuple[ValueT, int]]], existing: Callable[[], list[ValueT]]
) -> dict[ValueT, int]:
    """Return the cached sizes. They are read again if a value is missing in them (of the first 500, in order)."""
    sizes: dict[ValueT, int] | None = cache.get(f"console-sizes-{name}")
    if sizes is None or not sizes.keys() >= set(existing()):
        sizes = dict(ask())
        cache.set(f"console-sizes-{name}", sizes, _REMEMBERED)
    return sizes


class ChoicesPart(Page):
    """What a search finds, and what is already picked. With ``all`` in the request, all that it finds is picked."""

    sees: ClassVar[Role] = Role.OPERATOR
    kind: ClassVar[str] = ""
    part: ClassVar[str] = ""

    def post(self, request: HttpRequest) -> HttpResponse:
        """Show the choices."""
        search = request.POST.get(f"{self.kind}_search", "").strip()
        options = self.find(request.POST.getlist(self.kind), search, pick_found="all" in request.POST)
        return self.fragment(request, self.part, options=options, kind=self.kind, search=search, find=request.path)

    def find(self, picked: list[str], search: str, *, pick_found: bool) -> Options | Brands:
        """Return the choices."""
        raise NotImplementedError


class TagsPart(ChoicesPart):
    """The choices of tags."""

    kind = "tags"
    part = "console/composing/choices.html"

    def find(self, picked: list[str], search: str, *, pick_found: bool) -> Options:
        """Return the tags."""
        return tag_options(picked=picked, search=search, pick_found=pick_found)


class CodesPart(ChoicesPart):
    """The choices of operator codes."""

    kind = "codes"
    part = "console/composing/brands.html"

    def find(self, picked: list[str], search: str, *, pick_found: bool) -> Brands:
        """Return the operators with their codes."""
        return code_brands(picked=picked, search=search, pick_found=pick_found)
