"""The daily report: to whom it goes, and what became of the last ones."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _lazy

from vestnik.console.pages import Page
from vestnik.models import Role
from vestnik.reports.delivery import administrators, latest_reports
from vestnik.reports.problems import reports_problem

#: The number of days whose reports are shown.
_REPORTS = 7


class ReportsPage(Page):
    """The recipients of the report, and the latest ones."""

    sees = changes = Role.ADMINISTRATOR
    template = "console/people/reports.html"
    heading = _lazy("Reports")

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the page."""
        return self.shown(
            request,
            installation=settings.ENVIRONMENT,
            problem=reports_problem(),
            recipients=administrators(),
            reports=latest_reports(most=_REPORTS * 3),
        )
