"""The tags and operator codes that the form offers, and what a search finds among them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from django.http import HttpRequest, HttpResponse

from vestnik.characters import clean_text
from vestnik.clients.choices import ALL_CODES, existing_codes, existing_tags
from vestnik.console.composing.brands import Brands, brands_of
from vestnik.console.composing.sizes import recent_sizes, remembered_sizes
from vestnik.console.pages import Page
from vestnik.mailings.fields import MAX_VALUES
from vestnik.models import Role

#: The number of choices that are shown. A search finds more.
_MAX_SHOWN = 100
#: Tags that are listed from the index for each page and search (15 µs each). Where there are more, a search counts.
_MAX_LISTED = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One choice. ``clients`` is None if the clients with this value were not counted yet."""

    value: str
    clients: int | None
    picked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The choices that are shown.

    ``more`` is the number of other matches, and ``found`` the number of all, of those that are listed. ``is_whole``
    says whether that is all that there are, and ``is_offered`` whether there is anything to choose from.
    """

    shown: list[Option]
    more: int
    found: int
    is_whole: bool
    is_offered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tags:
    """The tags of clients in the order in which they are shown.

    Args:
        clients: How many clients have the tag. None if that was not counted yet.
        is_whole: Whether these are all tags.
    """

    clients: dict[str, int | None]
    is_whole: bool


def tag_options(*, picked: Sequence[str], search: str = "", pick_found: bool = False) -> Options:
    """Return the picked tags, and the tags that contain ``search`` in any case.

    New ones come first, then the most used. Where none were counted yet, they come in order.

    Args:
        picked: The tags that are chosen.
        search: A part of a tag.
        pick_found: Whether everything that the search finds is chosen, too, as far as a mailing takes that many.
    """
    wanted = clean_text(search).casefold()
    tags = _tags(is_search=bool(wanted))
    return _options(tags, picked, lambda tag: wanted in tag.casefold(), pick_found=pick_found)


def code_brands(*, picked: Sequence[str], search: str = "", pick_found: bool = False) -> Brands:
    """Return the operator codes by brand: those of all brands, those that the directory has, and the picked ones.

    Args:
        picked: The codes that are chosen.
        search: A part of a brand's name, or the first digits of a code. What does not match is there, but hidden.
        pick_found: Whether everything that the search finds is chosen, too.
    """
    sizes = remembered_sizes()
    counted: Mapping[int, int] = {} if sizes is None else sizes.codes
    codes = {code: counted.get(code) for code in existing_codes(most=ALL_CODES)}
    return brands_of(codes, picked=picked, search=search, pick_found=pick_found)


def _tags(*, is_search: bool) -> _Tags:
    """Return the tags. Somebody who has just imported clients finds their tag, however old the remembered sizes are.

    Args:
        is_search: Whether all tags are needed. Where they are too many to be listed, all clients are counted for that.
    """
    listed = existing_tags(most=_MAX_LISTED + 1)
    is_listed = len(listed) <= _MAX_LISTED
    sizes = remembered_sizes() if is_listed or not is_search else recent_sizes(waits=True)
    counted = {} if sizes is None else sizes.tags
    there = set(listed) if is_listed else counted.keys() | listed
    clients: dict[str, int | None] = dict.fromkeys(tag for tag in listed if tag not in counted)
    clients |= {tag: number for tag, number in counted.items() if tag in there}
    return _Tags(clients=clients, is_whole=is_listed or sizes is not None)


def _options(tags: _Tags, picked: Sequence[str], fits: Callable[[str], bool], *, pick_found: bool) -> Options:
    """Return the choices. They always include the picked values. Otherwise a search would lose them."""
    matching = [value for value in tags.clients if fits(value)]
    chosen = dict.fromkeys(picked)
    if pick_found:
        chosen |= dict.fromkeys(
            [value for value in matching if value not in chosen][: max(0, MAX_VALUES - len(chosen))]
        )
    others = [value for value in matching if value not in chosen]
    there = chosen.keys() | set(others[:_MAX_SHOWN])
    values = [value for value in chosen if value not in tags.clients]
    values += [value for value in tags.clients if value in there]
    # No client has what is not among all tags.
    absent = 0 if tags.is_whole else None
    shown = [Option(value=tag, clients=tags.clients.get(tag, absent), picked=tag in chosen) for tag in values]
    return Options(
        shown=shown, more=max(0, len(others) - _MAX_SHOWN), found=len(matching), is_whole=tags.is_whole,
        is_offered=bool(tags.clients or shown),
    )  # fmt: skip


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
