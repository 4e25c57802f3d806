"""The gateway and the report as configured, and a test message."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from vestnik.console.pages import Page, errors_at, said_above
from vestnik.console.people.forms import TrialForm
from vestnik.console.roles import user_of
from vestnik.dispatch.gateway_wait import ignore_wait
from vestnik.dispatch.trial import Trial, send_trial
from vestnik.gateway.outcome import Kind
from vestnik.health import gateway_now
from vestnik.models import Role
from vestnik.reports.delivery import administrators, latest_reports
from vestnik.reports.problems import reports_problem

#: The number of days whose reports are shown.
_REPORTS = 7


class GatewayPage(Page):
    """The configuration, the state of the gateway, and the recipients of the report."""

    sees = changes = Role.ADMINISTRATOR
    template = "console/people/gateway.html"
    heading = _lazy("Gateways and reports")

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the page."""
        return self._show(request, TrialForm(initial={"text": _("Vestnik: a test message.")}))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Send a test message, and show its result on this page."""
        if request.POST.get("do") == "ignore-wait":
            with said_above(request):
                ignore_wait(actor=user_of(request))
                messages.success(request, _("Messages are sent now. Rejected ones are retried within a minute."))
            return redirect("admin:gateway")
        form, trial = TrialForm(request.POST), None
        if form.is_valid():
            with errors_at(form):
                trial = send_trial(**form.cleaned_data, actor=user_of(request))
        return self._show(request, form, trial=trial, status=200 if trial else 400)

    def _show(
        self, request: HttpRequest, form: TrialForm, *, status: int = 200, trial: Trial | None = None
    ) -> HttpResponse:
        return self.shown(
            request,
            status=status,
            form=form,
            trial=trial,
            verdict=None if trial is None else _verdict(trial.outcome.kind),
            is_good=trial is not None and trial.outcome.kind is Kind.SUCCESS,
            installation=settings.ENVIRONMENT,
            gateway=gateway_now(),
            problem=reports_problem(),
            recipients=administrators(),
            reports=latest_reports(most=_REPORTS * 3),
        )


def _verdict(kind: Kind) -> str:
    """Return what an outcome means, and what to do."""
    return {
        Kind.SUCCESS: _("The gateway accepted the message."),
        Kind.NOT_SENT: _("The gateway cannot be reached: nothing was sent. Check GATEWAY_URL and the network."),
        Kind.THROTTLED: _("The gateway asks to send more slowly: nothing was sent. Set GATEWAY_MAX_RATE."),
        Kind.AMBIGUOUS: _("No clear answer: the message may or may not have been delivered."),
        Kind.REFUSED: _("The gateway refused the message."),
        Kind.UNAUTHORIZED: _("The gateway does not accept our token. Check GATEWAY_TOKEN."),
    }[kind]
