"""The clients of a sheet are counted in slices: the page is shown before all of them are, and counts on.

The page keeps the state, as signed texts in hidden fields of its form. Its part sends them back by itself until all
clients are counted, and without JavaScript a button does.
"""

from dataclasses import dataclass
from time import monotonic
from typing import Any

from django.http import HttpRequest, HttpResponse

from vestnik.audience.audience_count import AudienceCount, count_further, count_of, token_of
from vestnik.audience.matching import filter_of
from vestnik.mailings.fields import MailingFields

#: The value of ``step`` that counts on.
COUNT = "count"
#: The hidden fields with the states: of the clients of now, and of those whom a mailing had before its edit.
STATES = ("counted", "counted_before")
#: Seconds of counting until the page is shown, and until each next number. The rest of the page takes as long as the
#: first, so it is there within twice the time that it takes with few clients.
_FIRST_SECONDS, _NEXT_SECONDS = 0.05, 0.7
#: The number of recipients that are shown.
_SAMPLE = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What is counted so far.

    Args:
        now: The clients of the mailing.
        before: The clients whom it had before its edit. They are counted last. None: not begun, or not asked.
        percent: The share that is done. It is less than 100 until all clients are counted.
        states: The hidden fields with which the count goes on.
    """

    now: AudienceCount
    before: AudienceCount | None
    percent: int
    states: dict[str, str]

    @property
    def complete(self) -> bool:
        """Whether all clients are counted."""
        return self.percent == 100


def count_clients(fields: MailingFields, edited: MailingFields | None, posted: Any) -> Counted:
    """Count the next clients. What was posted has the state, unless this is the first time, or the filter was another.

    Args:
        fields: The mailing.
        edited: The mailing before its edit, if it is edited.
        posted: The fields of the sheet's form.
    """
    began = monotonic()
    seconds = _NEXT_SECONDS if posted.get(STATES[0]) else _FIRST_SECONDS
    chosen, old = filter_of(fields), None if edited is None else filter_of(edited)
    now = count_of(chosen, posted.get(STATES[0], ""))
    now = count_further(chosen, now, seconds=seconds, most=_SAMPLE, is_divided=True)
    states = {STATES[0]: token_of(chosen, now)}
    if old is None or old == chosen:
        return Counted(now=now, before=None, percent=now.percent, states=states)
    before = None
    if now.complete:
        before = count_of(old, posted.get(STATES[1], ""))
        before = count_further(old, before, seconds=seconds - (monotonic() - began))
        states[STATES[1]] = token_of(old, before)
    percent = (now.percent + (before.percent if before else 0)) // 2
    return Counted(now=now, before=before, percent=percent, states=states)


def asks_for_part(request: HttpRequest) -> bool:
    """Return whether a sheet that is shown already counts on, and wants the part with the numbers alone."""
    return "HX-Request" in request.headers and request.POST.get("step") == COUNT


def loaded_again() -> HttpResponse:
    """Return an answer to the part after which the browser loads the page again, because there is no sheet any more."""
    return HttpResponse(status=204, headers={"HX-Refresh": "true"})
