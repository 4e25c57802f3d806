"""What a mailing can be filtered by: the tags and operator codes that there are, with their sizes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from django.core.cache import cache

from vestnik.characters import clean_text
from vestnik.clients.sizes import operator_code_sizes, tag_sizes

#: Seconds for which the sizes are remembered: they are shown beside a choice, and nothing is decided by them.
_REMEMBERED = 30
#: Choices that are shown at most; more are found by searching.
_MOST_SHOWN = 100

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
    there = chosen.keys() | set(matching[:_MOST_SHOWN])
    values = [value for value in chosen if value not in sizes] + [value for value in sizes if value in there]
    shown = [Option(value=value, clients=sizes.get(value), picked=value in chosen) for value in values]
    return Options(shown=shown, more=max(0, len(matching) - _MOST_SHOWN), there_are=bool(sizes))


def _remembered(name: str, ask: Callable[[], list[tuple[ValueT, int]]]) -> dict[ValueT, int]:
    sizes: dict[ValueT, int] | None = cache.get(f"console-sizes-{name}")
    if sizes is None:
        sizes = dict(ask())
        cache.set(f"console-sizes-{name}", sizes, _REMEMBERED)
    return sizes
