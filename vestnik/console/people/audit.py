"""The audit log: who decided what, and when."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from vestnik.accounts.audit_log import find_decisions
from vestnik.console.decisions import THINGS
from vestnik.console.pages import Page
from vestnik.web.ids import id_of

PAGE = 50


class AuditPage(Page):
    """Decisions, the newest first, fifty a page.

    Paging by id makes the ten-thousandth page as fast as the first.
    """

    template = "console/people/audit.html"
    heading = _("Audit log")

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show one page. A filter that is not valid finds nothing."""
        asked = {name: request.GET.get(name, "").strip() for name in ("type", "id", "who", "before")}
        found = find_decisions(
            object_type=asked["type"], object_id=_number(asked["id"]), actor_name=asked["who"],
            before=_number(asked["before"]),
        )  # fmt: skip
        decisions = list(found[: PAGE + 1])
        older = decisions[PAGE - 1].id if len(decisions) > PAGE else None
        return self.shown(request, decisions=decisions[:PAGE], older=older, asked=asked, kinds=THINGS)


def _number(text: str) -> int | None:
    """Return the number, None if the text is empty, or -1 (no id) if it is not a number."""
    if not text:
        return None
    found = id_of(text)
    return -1 if found is None else found
