"""Reads the query of a list. Names that other APIs use are refused and not silently ignored."""

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
#: Names of other APIs for the size, number or place of a page, and for an order, in lower case without signs.
_PAGE_NAMES, _ORDER_NAMES = frozenset(_PAGE_WORDS.split()), frozenset(_ORDER_WORDS.split())
_SIGNS = re.compile("[^a-z]")


def refuse_mistaken_names(request: Request, known: Collection[str]) -> None:
    """Refuse parameters that seem to ask for something but would be ignored.

    These are names that other APIs use for pages and orders, and other spellings of the list's own parameters
    (``pageSize``, ``state[]``, ``tag__in``). Meaningless names (``_=1``) are ignored.

    Args:
        request: A request for a list.
        known: The parameters of the list.

    Raises:
        InvalidInput: There is such a name.
    """
    right = {_plain(name): name for name in known}
    problems = {name: [text] for name in request.query_params if name not in known and (text := _advice(name, right))}
    if problems:
        raise InvalidInput(problems)


def said_once(request: Request, name: str, default: str | None = None) -> str | None:
    """Return the value of a parameter that can have only one.

    Raises:
        InvalidInput: It has several values.
    """
    values = request.query_params.getlist(name)
    if len(set(values)) > 1:
        raise InvalidInput({name: [_("Use it only once.")]})
    return values[0] if values else default


def said_words(request: Request, name: str, words: Iterable[str]) -> frozenset[str]:
    """Return the values of a parameter that may be repeated. The set is empty if it is missing.

    Raises:
        InvalidInput: A value is not one of ``words``.
    """
    allowed = list(words)
    values = frozenset(request.query_params.getlist(name))
    if not values <= set(allowed):
        raise InvalidInput({name: [_("Use one of: %(words)s.") % {"words": ", ".join(allowed)}]})
    return values


def _advice(name: str, right: dict[str, str]) -> str | None:
    """Return an error that names the right parameter, or None if the name is meaningless."""
    plain = _plain(name)
    if plain in right:
        return _("Use %(name)s.") % {"name": right[plain]}
    if plain in _PAGE_NAMES and "page_size" in right.values():
        return _("This list is paged by page_size and cursor: the Link header has the address of the next page.")
    if plain in _PAGE_NAMES:
        return _("There are no pages here: the answer has everything.")
    if plain in _ORDER_NAMES and "ordering" in right.values():
        return _("Use ordering=id or ordering=-id.")
    if plain in _ORDER_NAMES:
        return _("This list has one order: ascending by id.")
    return None


def _plain(name: str) -> str:
    """Return a name without differences of case, signs, and Django's lookups."""
    return _SIGNS.sub("", name.partition("__")[0].lower())
