"""Reads the query of a list. Names that mean something in other APIs are refused, not silently ignored."""

import re
from collections.abc import Collection, Iterable

from django.utils.translation import gettext as _
from rest_framework.request import Request

from vestnik.errors import InvalidInput

_PAGE_WORDS = """
    limit offset page pages perpage pagesize pagelimit pageoffset pagenumber pageno pagenum pageindex pagetoken
    nextpagetoken continuationtoken paginationtoken nexttoken token pagecursor pageafter pagebefore nextcursor cursor
    size count number take skip top first last rows maxresults maxrows resultsperpage itemsperpage start startindex
    startat firstresult startingafter endingbefore startafter after before sinceid maxid minid afterid beforeid fromid
    next prev previous results num
"""
_ORDER_WORDS = "ordering order orderby orderdir orderdirection sort sorting sortby sortorder sortdir direction desc asc"
#: What other APIs call the size, the number or the place of a page, and an order: small letters, no signs.
_PAGE_NAMES, _ORDER_NAMES = frozenset(_PAGE_WORDS.split()), frozenset(_ORDER_WORDS.split())
_SIGNS = re.compile("[^a-z]")


def refuse_mistaken_names(request: Request, known: Collection[str]) -> None:
    """Refuse names of the query that seem to ask for something, and would be ignored.

    Such are other APIs' words for pages and orders, and other spellings of the list's own names (``pageSize``,
    ``state[]``, ``tag__in``). What means nothing here (``_=1``) is ignored, as it always was.

    Args:
        request: for a list.
        known: the names that the list takes.

    Raises:
        InvalidInput: there is such a name.
    """
    right = {_plain(name): name for name in known}
    problems = {name: [text] for name in request.query_params if name not in known and (text := _advice(name, right))}
    if problems:
        raise InvalidInput(problems)


def said_once(request: Request, name: str, default: str | None = None) -> str | None:
    """The value of a name that can have only one.

    Raises:
        InvalidInput: it has several.
    """
    values = request.query_params.getlist(name)
    if len(set(values)) > 1:
        raise InvalidInput({name: [_("Say it once.")]})
    return values[0] if values else default


def said_words(request: Request, name: str, words: Iterable[str]) -> frozenset[str]:
    """The values of a name that may be repeated, each one of ``words``; empty: it was not said.

    Raises:
        InvalidInput: one of them is not.
    """
    allowed = list(words)
    values = frozenset(request.query_params.getlist(name))
    if not values <= set(allowed):
        raise InvalidInput({name: [_("Say one of %(words)s.") % {"words": ", ".join(allowed)}]})
    return values


def _advice(name: str, right: dict[str, str]) -> str | None:
    """What to say instead of a name; None: it means nothing."""
    plain = _plain(name)
    if plain in right:
        return _("Say %(name)s.") % {"name": right[plain]}
    if plain in _PAGE_NAMES and "page_size" in right.values():
        return _("This list is paged by page_size and cursor: the Link header has the address of the next page.")
    if plain in _PAGE_NAMES:
        return _("There are no pages here: the answer has everything.")
    if plain in _ORDER_NAMES and "ordering" in right.values():
        return _("Say ordering=id or ordering=-id.")
    if plain in _ORDER_NAMES:
        return _("This list has one order: ascending by id.")
    return None


def _plain(name: str) -> str:
    """A name without what languages and frameworks add to it: case, signs, and Django's look-ups."""
    return _SIGNS.sub("", name.partition("__")[0].lower())
