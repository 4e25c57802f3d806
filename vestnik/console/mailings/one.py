"""One mailing: live totals, rate, content, audience, and decisions about it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from vestnik.accounts.audit_log import decisions_about
from vestnik.audience.audience_count import count_further, count_of, token_of
from vestnik.audience.matching import filter_of
from vestnik.console.mailings.earlier import words_of
from vestnik.console.mailings.messages import messages_asked_for
from vestnik.console.mailings.segment import segment_words
from vestnik.console.mailings.views import CHARTED, MailingView, slices_told_of, view_of
from vestnik.console.mailings.words import MESSAGE_WORDS, code_words
from vestnik.console.pages import Page
from vestnik.console.paging import back_to
from vestnik.db.clock import database_now
from vestnik.mailings.fields import earlier_of, fields_of, segment_of, window_of
from vestnik.mailings.find import get_mailing
from vestnik.mailings.sms import count_sms
from vestnik.statistics.durations import duration
from vestnik.statistics.outcomes import OutcomeCount, outcomes_of
from vestnik.statistics.parts import Parts, parts_by_gateway
from vestnik.statistics.progress import Series, moved, rates_of, series_of
from vestnik.statistics.retries import retries_of
from vestnik.statistics.totals import GatewayTotals, several_gateways
from vestnik.upkeep.check import check_of

#: The number of decisions that are shown beside a mailing. The audit log has all of them.
MAX_DECISIONS = 12
#: The event that tells the page: the state has changed, so the table of messages is asked for again.
CHANGED = "mailing-changed"
#: Seconds of counting a scheduled mailing's recipients until the next number is shown.
_COUNT_SECONDS = 0.7


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
            delivery=None,
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


class AheadPart(Page):
    """The recipients of a scheduled mailing as of now. htmx requests them, and goes on until all are counted."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the recipients. There is nothing to show once the mailing has started."""
        view = view_of(get_mailing(mailing_id=pk))
        fields, audience, token = fields_of(view.mailing), None, ""
        if view.is_ahead:
            chosen = filter_of(fields)
            before = count_of(chosen, request.GET.get("next", ""))
            audience = count_further(chosen, before, seconds=_COUNT_SECONDS)
            token = "" if audience.complete else token_of(chosen, audience)
        sms = count_sms(fields.message_text)
        return self.fragment(
            request, "console/mailings/ahead.html", view=view, mailing=view.mailing, audience=audience, token=token,
            sms=sms, total_parts=sms.parts * audience.total if audience else 0,
        )  # fmt: skip


class OutcomesPart(Page):
    """The outcomes by code. htmx requests them."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the outcomes, as far as they are counted."""
        view = view_of(get_mailing(mailing_id=pk))
        found = outcomes_of(pk)
        outcomes = {"whole": found.whole, "lines": [_outcome_line(count) for count in found.counts]}
        found_by_gateway = several_gateways(pk)
        parts = parts_by_gateway(view.mailing, found_by_gateway)
        gateways = [_gateway_line(each, parts) for each in found_by_gateway]
        return self.fragment(request, "console/mailings/outcomes.html", view=view, outcomes=outcomes, gateways=gateways)


def _beside(view: MailingView) -> dict[str, Any]:
    """Return what is beside the live part and changes with the state: the check of the totals, and the history."""
    return {
        "check": check_of(view.id) if view.is_over else None,
        "history": decisions_about("mailing", view.id)[:MAX_DECISIONS],
    }


def _moving(view: MailingView) -> dict[str, Any]:
    """Return the values of the live part: the totals and the rate."""
    mailing, now = view.mailing, database_now()
    sent, failed, unknown = moved(view.totals)
    handed_over = sent + failed + unknown
    rate = rates_of({view.id: view.totals}).get(view.id) if view.can_pause else None
    seconds = (
        (mailing.frozen_at - mailing.started_at).total_seconds() if mailing.frozen_at and mailing.started_at else 0
    )
    return {
        "view": view,
        "mailing": mailing,
        "again": _again(view),
        "earlier": words_of(earlier_of(mailing)),
        "segment": segment_words(segment_of(mailing)),
        "window": window_of(mailing),
        "sent": sent,
        "failed": failed,
        "unknown": unknown,
        "slices": slices_told_of(view),
        "at": f"{now.timestamp():.3f}",
        "starts_in": duration((mailing.start_time - now).total_seconds()) if view.is_ahead else "",
        "rate": rate,
        "remaining": duration(max(1, view.left / rate)) if rate and mailing.prepared_at else "",
        "average": handed_over / max(seconds, 0.1) if view.is_over and handed_over else None,
    }


def _again(view: MailingView) -> dict[str, Any] | None:
    """Return what waits to be tried again, and why."""
    found = retries_of(view.id) if view.totals["queued"] and view.moves else None
    if found is None:
        return None
    return {"count": found.count, "next_at": found.next_at, "words": code_words(found.code, found.detail) or found.code}


def _chart(series: Series) -> dict[str, Any]:
    """Return the series as charts.js reads it."""
    return {
        "kind": "rate",
        "zone": timezone.get_current_timezone_name(),
        "start": series.start.timestamp(),
        "width": series.width,
        **{name: [round(rate, 2) for rate in getattr(series, name)] for name in CHARTED},
        "labels": {name: str(MESSAGE_WORDS[name]) for name in CHARTED},
    }


def _gateway_line(each: GatewayTotals, parts: Parts) -> dict[str, Any]:
    shown = ("sending", "sent", "delivered", "undelivered", "failed", "unknown")
    return {
        "name": each.name,
        "total": sum(each.totals.values()),
        "parts": parts.of(each.gateway),
        "states": [(word, MESSAGE_WORDS[word], each.totals[word]) for word in shown if each.totals[word]],
    }


def _outcome_line(count: OutcomeCount) -> dict[str, Any]:
    return {
        "state": count.state,
        "word": MESSAGE_WORDS[count.state],
        "code": count.code,
        "words": code_words(count.code, count.words),
        "count": count.count,
    }
