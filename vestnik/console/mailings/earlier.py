"""The filter of a mailing by an earlier one: read from queries and hidden fields, and described in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from vestnik.console.mailings.views import title_of
from vestnik.console.mailings.words import MESSAGE_WORDS
from vestnik.mailings.fields import (
    LONGEST_RESULT_CODE,
    MAX_RESULT_CODES,
    OUTCOMES,
    Earlier,
    is_storable,
)
from vestnik.mailings.find import mailings_with
from vestnik.web.ids import id_of


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierWords:
    """A filter by an earlier mailing as people read it. ``is_there``: the mailing has a page."""

    mailing_id: int
    title: str
    is_there: bool
    states: str
    codes: str
    may_have_it: bool


def earlier_said(mailing: Any, states: Sequence[Any] | None, codes: Sequence[Any] | None) -> Earlier | None:
    """Return the filter that these texts say, or None if they say none.

    States and codes that cannot be are left out.
    """
    mailing_id = id_of(str(mailing or ""))
    known = [state for state in OUTCOMES if state in {str(each) for each in states or ()}]
    if not mailing_id or not known:
        return None
    texts = list(dict.fromkeys(str(each) for each in codes or ()))
    fitting = [text for text in texts if 1 <= len(text) <= LONGEST_RESULT_CODE and is_storable(text)]
    return Earlier(mailing=mailing_id, states=known, codes=fitting[:MAX_RESULT_CODES] or None)


def earlier_asked(query: QueryDict) -> Earlier | None:
    """Return the filter of a link: ``?earlier=12&state=failed&code=http_400``.

    A code without a state means messages that were not sent.
    """
    codes = [code for code in query.getlist("code") if code]
    states = [state for state in query.getlist("state") if state] or (_NOT_SENT if codes else [])
    return earlier_said(query.get("earlier"), states, codes)


#: What a link without a state means.
_NOT_SENT = ["undelivered", "failed", "expired", "cancelled"]


def initial_of(earlier: Earlier | None) -> dict[str, Any]:
    """Return the initial values of the form's fields."""
    if earlier is None:
        return {}
    return {
        "earlier_on": True,
        "earlier_mailing": str(earlier.mailing),
        "earlier_states": earlier.states,
        "earlier_codes": earlier.codes or [],
    }


def words_of(earlier: Earlier | None) -> EarlierWords | None:
    """Describe the filter."""
    if earlier is None:
        return None
    mailing = mailings_with(ids=[earlier.mailing]).get(earlier.mailing)
    title = f"№ {earlier.mailing}" if mailing is None else title_of(mailing)
    return EarlierWords(
        mailing_id=earlier.mailing, title=title, is_there=mailing is not None,
        states=", ".join(str(MESSAGE_WORDS[state]) for state in earlier.states),
        codes=", ".join(earlier.codes or ()), may_have_it=earlier.may_have_it,
    )  # fmt: skip
