"""The numbers of clients beside the choices of tags and operators: remembered, and counted after the page is there.

To count them, PostgreSQL reads an index of all clients (0.4 s for a million, and more on a busy machine). So a page
shows the numbers that are remembered, or none. Then it asks for :class:`SizesPart`, which counts, and ``picks.js`` puts
the numbers beside the choices. Each process of the web remembers its own.
"""

import time
from dataclasses import dataclass
from typing import ClassVar

from django.core.cache import cache
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse

from vestnik.clients.choices import ALL_CODES, existing_codes, existing_tags, operator_code_sizes, tag_sizes
from vestnik.console.pages import Page
from vestnik.db.locks import Lock, lock, try_lock
from vestnik.models import Role

#: Seconds after which a page that shows the numbers has them counted again.
_RECENT = 30
#: Seconds for which a page shows them before that.
_KEPT = 3_600
_KEY = "console-choice-sizes"
#: Tags whose numbers a page gets: the most used ones, and those that a page without numbers shows first.
_MAX_SAID, _FIRST_SAID = 2_000, 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """The numbers of clients.

    Args:
        tags: By tag, the most used first.
        codes: By operator code.
        counted_at: When they were counted, in Unix seconds.
    """

    tags: dict[str, int]
    codes: dict[int, int]
    counted_at: float


def remembered_sizes() -> Sizes | None:
    """Return the sizes that this process remembers, an hour old at most. None if it has none. Nothing is counted."""
    sizes: Sizes | None = cache.get(_KEY)
    return sizes


def recent_sizes(*, waits: bool) -> Sizes | None:
    """Return sizes of the last half minute that lack no value. Count all clients if there are none.

    One process counts at a time.

    Args:
        waits: Whether to wait while somebody else counts. If not, None is returned then.
    """
    sizes = remembered_sizes()
    if sizes is None or _is_old(sizes):
        with transaction.atomic():
            if waits:
                lock(connection, Lock.CHOICE_SIZES)
            elif not try_lock(connection, Lock.CHOICE_SIZES):
                return None
            # Another thread of this process may have counted meanwhile.
            sizes = remembered_sizes()
            if sizes is None or _is_old(sizes):
                sizes = _count()
    return sizes


def _is_old(sizes: Sizes) -> bool:
    """Return whether the sizes are to be counted again: they are old, or somebody has imported another tag or code."""
    if time.time() - sizes.counted_at > _RECENT:
        return True
    return not (sizes.tags.keys() >= set(existing_tags()) and sizes.codes.keys() >= set(existing_codes(most=ALL_CODES)))


def _count() -> Sizes:
    sizes = Sizes(tags=dict(tag_sizes()), codes=dict(operator_code_sizes()), counted_at=time.time())
    cache.set(_KEY, sizes, _KEPT)
    return sizes


class SizesPart(Page):
    """The numbers beside the choices of a page. While somebody else counts, it asks again after a moment."""

    sees: ClassVar[Role] = Role.OPERATOR

    def get(self, request: HttpRequest) -> HttpResponse:
        """Say the numbers, as data that ``picks.js`` reads."""
        sizes = recent_sizes(waits=False)
        return self.fragment(request, "console/composing/sizes.html", said=None if sizes is None else _said(sizes))


def _said(sizes: Sizes) -> dict[str, list[tuple[str, int]]]:
    """Return pairs of a choice and its number. A tag may be called like a property of a script's objects."""
    tags = dict(list(sizes.tags.items())[:_MAX_SAID])
    tags |= {tag: sizes.tags[tag] for tag in sorted(sizes.tags)[:_FIRST_SAID]}
    return {"tags": list(tags.items()), "codes": [(f"{code:03d}", clients) for code, clients in sizes.codes.items()]}
