"""What receipts said of a mailing, as a card of its page."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse

from vestnik.console.mailings.views import view_of
from vestnik.console.mailings.words import code_words
from vestnik.console.pages import Page
from vestnik.mailings.find import get_mailing
from vestnik.statistics.delivery import Share, delivery_of

#: Operators and hours that are shown; REST has all of them.
MAX_ROWS = 24


class DeliveryPart(Page):
    """What receipts said. htmx requests it."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show it, as far as it is counted."""
        view = view_of(get_mailing(mailing_id=pk))
        found = delivery_of(pk)
        delivery = {
            "whole": found.whole,
            "total": found.total,
            "percent": found.total.percent,
            "delay": found.delay,
            "reasons": [(each.code, code_words(each.code, each.words), each.count) for each in found.reasons],
            "gateways": _rows((each.name, each) for each in found.gateways),
            "operators": _rows((each.name or each.code, each) for each in found.operators[:MAX_ROWS]),
            "hours": _rows((each.hour, each) for each in found.hours[-MAX_ROWS:]),
        }
        return self.fragment(request, "console/mailings/delivery.html", view=view, delivery=delivery)


def _rows(shares: Iterable[tuple[Any, Share]]) -> list[dict[str, Any]]:
    return [{"name": name, "share": share, "percent": share.percent} for name, share in shares]
