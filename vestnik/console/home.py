"""The start page: what is happening now, what needs a decision, and the totals of today and this week."""

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy

from vestnik.clients.directory import find_clients
from vestnik.console.mailings.views import CHARTED, totals_view, views_of
from vestnik.console.mailings.words import MESSAGE_WORDS
from vestnik.console.pages import Page
from vestnik.console.roles import user_of
from vestnik.console.waiting import waiting_things
from vestnik.console.week_ahead import week_ahead
from vestnik.db.clock import database_now
from vestnik.health import gateway_now, load_now
from vestnik.mailings.find import BULK, find_mailings, mailings_under_way, next_mailings
from vestnik.models import Role
from vestnik.statistics.durations import duration
from vestnik.statistics.progress import moved_by_hour, rates_of, totals_since

#: The number of current and of upcoming mailings that are shown.
MAX_RUNNING, MAX_NEXT = 12, 5


class HomePage(Page):
    """The start page."""

    template = "console/home.html"
    heading = gettext_lazy("Overview")

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the page. A new installation sees the first three steps."""
        if not find_mailings(kinds=BULK).exists():
            return self.shown(request, newcomer=True, has_clients=find_clients().exists(), **_now(request))
        now = database_now()
        return self.shown(
            request,
            **_now(request),
            today=_since(_today(now)),
            week=_since(_week(now)),
            hours=_hours(now),
            ahead=week_ahead(now),
        )


class NowPart(Page):
    """The live part of the start page. htmx requests it every second."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the live part."""
        return self.fragment(request, "console/now.html", **_now(request))


def _now(request: HttpRequest) -> dict[str, Any]:
    # Loaded first, because everything on the page about mailings that are not over uses its sums.
    load, gateway = load_now(), gateway_now()
    running = views_of(mailings_under_way()[:MAX_RUNNING], summed=load.totals)
    rates = rates_of({view.id: view.totals for view in running if view.can_pause})
    return {
        "running": [{"view": view, **_pace(view.left, rates.get(view.id))} for view in running],
        "more_running": max(0, load.mailings["running"] + load.mailings["paused"] - MAX_RUNNING),
        "next": next_mailings()[:MAX_NEXT],
        "more_next": max(0, load.mailings["scheduled"] - MAX_NEXT),
        "rate": sum(rates.values()),
        "gateway": gateway,
        "errors": None if load.errors is None else 100 * load.errors,
        "load": load,
        "queue_age": duration(load.queue_age) if load.queue_age >= 1 else "",
        "waiting": waiting_things(
            undecided=load.undecided,
            live=load.totals,
            role=Role(user_of(request).role),
        ),
    }


def _pace(left: int, rate: float | None) -> dict[str, Any]:
    return {"rate": rate, "remaining": duration(max(1, left / rate)) if rate else ""}


def _since(since: datetime) -> dict[str, Any]:
    mailings, totals = totals_since(since)
    return {"mailings": mailings, "view": totals_view(totals)}


def _today(now: datetime) -> datetime:
    """Return the last midnight in the user's time zone."""
    return timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)


def _week(now: datetime) -> datetime:
    """Return the midnight at which this week's Monday began."""
    today = _today(now)
    return today - timedelta(days=today.weekday())


def _hours(now: datetime) -> dict[str, Any]:
    zone = timezone.get_current_timezone_name()
    hours = moved_by_hour(now=now, zone=zone)
    return {
        "kind": "hours",
        "zone": zone,
        "at": [hour.at.timestamp() for hour in hours],
        **{name: [getattr(hour, name) for hour in hours] for name in CHARTED},
        "labels": {name: str(MESSAGE_WORDS[name]) for name in CHARTED},
    }
