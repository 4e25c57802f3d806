"""One mailing: live totals, rate, content, audience, and decisions about it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from vestnik.accounts.audit_log import find_decisions
from vestnik.console.mailings.messages import messages_asked_for
from vestnik.console.mailings.views import MailingView, view_of
from vestnik.console.mailings.words import MESSAGE_WORDS, code_words, duration
from vestnik.console.pages import Page
from vestnik.console.paging import back_to
from vestnik.db.clock import database_now
from vestnik.mailings.fields import window_of
from vestnik.mailings.find import get_mailing
from vestnik.mailings.sms import count_sms
from vestnik.statistics.outcomes import OutcomeCount, outcomes_of
from vestnik.statistics.progress import Series, moved, rates_of, series_of
from vestnik.upkeep.check import check_of

#: The number of decisions that are shown beside a mailing. The audit log has all of them.
MAX_DECISIONS = 12
#: The event that tells the page: the state has changed, so the table of messages is asked for again.
CHANGED = "mailing-changed"


class MailingPage(Page):
    """The page of one mailing."""

    template = "console/mailings/one.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the page. Its outcomes are loaded afterwards, because counting them may take a moment."""
        view = view_of(get_mailing(mailing_id=pk))
        series = series_of(view.mailing, view.totals, database_now())
        return self.shown(
            request,
            title=view.title,
            **_moving(view),
            chart=_chart(series) if series else None,
            chart_worth=bool(series and len(series.sent) > 1),
            **_beside(view),
            back=back_to(request, "mailings"),
            sms=count_sms(view.mailing.message_text),
            outcomes=None,
            **messages_asked_for(request, view),
        )


class LivePart(Page):
    """The live part of a mailing's page. htmx requests it every second until the mailing is over."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the live part.

        If the state has changed since the page was loaded, the answer also replaces the parts that depend on the state.
        """
        view = view_of(get_mailing(mailing_id=pk))
        changed = request.GET.get("seen") != view.looks
        beside = _beside(view) if changed else {}
        answer = self.fragment(request, "console/mailings/moved.html", changed=changed, **_moving(view), **beside)
        if changed:
            answer["HX-Trigger"] = CHANGED
        return answer


class OutcomesPart(Page):
    """The outcomes by code. htmx requests them."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the outcomes, as far as they are counted."""
        view = view_of(get_mailing(mailing_id=pk))
        found = outcomes_of(pk)
        outcomes = {"whole": found.whole, "lines": [_outcome_line(count) for count in found.counts]}
        return self.fragment(request, "console/mailings/outcomes.html", view=view, outcomes=outcomes)


def _beside(view: MailingView) -> dict[str, Any]:
    """Return what is beside the live part and changes with the state: the check of the totals, and the history."""
    return {
        "check": check_of(view.id) if view.is_over else None,
        "history": find_decisions(object_type="mailing", object_id=view.id)[:MAX_DECISIONS],
    }


def _moving(view: MailingView) -> dict[str, Any]:
    """Return the values of the live part: the totals and the rate."""
    mailing = view.mailing
    sent, bad = moved(view.totals)
    rate = rates_of({view.id: view.totals}).get(view.id) if view.can_pause else None
    seconds = (
        (mailing.frozen_at - mailing.started_at).total_seconds() if mailing.frozen_at and mailing.started_at else 0
    )
    return {
        "view": view,
        "mailing": mailing,
        "window": window_of(mailing),
        "sent": sent,
        "bad": bad,
        "at": f"{database_now().timestamp():.3f}",
        "rate": rate,
        "remaining": duration(max(1, view.left / rate)) if rate and mailing.prepared_at else "",
        "average": (sent + bad) / max(seconds, 0.1) if view.is_over and sent + bad else None,
    }


def _chart(series: Series) -> dict[str, Any]:
    """Return the series as charts.js reads it."""
    return {
        "kind": "rate",
        "zone": timezone.get_current_timezone_name(),
        "start": series.start.timestamp(),
        "width": series.width,
        "sent": [round(rate, 2) for rate in series.sent],
        "bad": [round(rate, 2) for rate in series.bad],
        "labels": {"sent": str(MESSAGE_WORDS["sent"]), "bad": _("failed or unknown")},
    }


def _outcome_line(count: OutcomeCount) -> dict[str, Any]:
    return {
        "state": count.state,
        "word": MESSAGE_WORDS[count.state],
        "code": count.code,
        "words": code_words(count.code, count.words),
        "count": count.count,
    }
