"""One gateway: its state and settings, a check, a test message, the request that would leave; and a new one."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import pgettext_lazy

from vestnik.accounts.audit_log import decisions_about
from vestnik.console.conflicts import is_overtaken
from vestnik.console.gateways.forms import GatewayForm, ReceiptsForm, TrialForm, initial_of, receipts_initial
from vestnik.console.pages import Page, errors_at, said_above
from vestnik.console.roles import user_of
from vestnik.dispatch.gateway_wait import ignore_wait
from vestnik.dispatch.trial import send_trial, verdict
from vestnik.errors import NotFound, StateForbids, WrongKey
from vestnik.gateways.adapters.kinds import KINDS
from vestnik.models import Gateway, Role
from vestnik.receipts.counts import receipt_counts
from vestnik.routing.check import check_gateway, request_to, words_of
from vestnik.routing.edits import create_gateway, edit_gateway, rotate_receipts_secret
from vestnik.routing.find import get_gateway, lock_gateway, show
from vestnik.routing.receipts_address import address_setting, goes_along, receipts_url
from vestnik.routing.switches import disable_gateway, enable_gateway, put_back, removal_of, remove_gateway
from vestnik.routing.values import GatewayFields
from vestnik.statistics.gateways import last_hour_of

#: The number of decisions that the history shows.
_DECISIONS = 20


class NewGatewayPage(Page):
    """A new gateway of one kind."""

    sees = changes = Role.ADMINISTRATOR
    template = "console/gateways/new.html"
    heading = _lazy("New gateway")

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form of the kind ``?kind=``."""
        return self._show(request, self._form(request))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Add the gateway, or show what is wrong."""
        form = self._form(request, request.POST)
        if form.is_valid():
            with errors_at(form):
                fields = GatewayFields(kind=form.adapter.kind, **form.values())
                made = create_gateway(fields=fields, actor=user_of(request))
        if form.errors:
            return self._show(request, form, status=400)
        messages.success(request, _("The gateway was added. Check it and send a test message, then enable it."))
        return redirect("admin:gateway", name=made.name)

    def _form(self, request: HttpRequest, data: Any = None) -> GatewayForm:
        adapter = KINDS.get(request.GET.get("kind", ""))
        if adapter is None:
            raise NotFound(_("There is no such kind of gateway."))
        return GatewayForm(data, adapter=adapter)

    def _show(self, request: HttpRequest, form: GatewayForm, *, status: int = 200) -> HttpResponse:
        return self.shown(request, status=status, form=form, adapter=form.adapter)


class GatewayPage(Page):
    """One gateway."""

    sees = changes = Role.ADMINISTRATOR
    template = "console/gateways/one.html"

    def get(self, request: HttpRequest, name: str) -> HttpResponse:
        """Show the page."""
        return self._show(request, get_gateway(name=name))

    def post(self, request: HttpRequest, name: str) -> HttpResponse:
        """Do what the button says."""
        gateway = get_gateway(name=name)
        action = request.POST.get("do", "")
        if action in ("test", "show"):
            return self._try(request, gateway, action)
        if action == "save":
            return self._save(request, gateway)
        if action == "receipts-from":
            return self._receipts_from(request, gateway)
        return self._act(request, gateway, action)

    def _act(self, request: HttpRequest, gateway: Gateway, action: str) -> HttpResponse:
        decide = {"enable": enable_gateway, "disable": disable_gateway, "put-back": put_back}.get(action)
        try:
            with said_above(request):
                if action == "check":
                    _tell_checked(request, gateway)
                elif action == "ignore-wait":
                    ignore_wait(actor=user_of(request), gateway=gateway.id)
                    messages.success(request, _("Messages are sent now. Rejected ones are retried within a minute."))
                elif decide is not None:
                    with transaction.atomic():
                        decide(gateway=lock_gateway(name=gateway.name), actor=user_of(request))
                    messages.success(request, _DONE[action])
                elif action == "rotate":
                    _rotate(request, gateway)
                elif action == "remove":
                    with transaction.atomic():
                        remove_gateway(gateway=lock_gateway(name=gateway.name), actor=user_of(request))
                    messages.success(request, _("The gateway was removed."))
                    return redirect("admin:gateways")
        except WrongKey as error:
            messages.error(request, str(error))
        return redirect("admin:gateway", name=gateway.name)

    def _try(self, request: HttpRequest, gateway: Gateway, action: str) -> HttpResponse:
        """Send a test message, or show its request."""
        form = TrialForm(request.POST)
        result: dict[str, Any] = {}
        if form.is_valid():
            try:
                with errors_at(form):
                    if action == "show":
                        result = {"written": request_to(gateway, **form.cleaned_data)}
                    else:
                        trial = send_trial(gateway=gateway, **form.cleaned_data, actor=user_of(request))
                        result = {"trial": trial, "verdict": verdict(trial.outcome.kind)}
            except (StateForbids, WrongKey) as error:
                form.add_error(None, str(error))
        return self._show(request, gateway, trial_form=form, status=400 if form.errors else 200, **result)

    def _save(self, request: HttpRequest, gateway: Gateway) -> HttpResponse:
        found = show(gateway)
        form = GatewayForm(request.POST, adapter=KINDS[gateway.kind], gateway=found)
        if form.is_valid():
            try:
                with errors_at(form), transaction.atomic():
                    locked = lock_gateway(name=gateway.name)
                    was_enabled = locked.enabled
                    values = initial_of(show(locked), form.adapter)
                    if not is_overtaken(form, locked.version, kind="gateway", number=locked.id, values=values):
                        changed = edit_gateway(gateway=locked, changes=form.values(), actor=user_of(request))
            except (StateForbids, WrongKey) as error:
                form.add_error(None, str(error))
        if form.errors:
            return self._show(request, get_gateway(name=gateway.name), form=form, status=400)
        messages.success(request, _("Saved."))
        if was_enabled and not changed.enabled:
            messages.warning(
                request,
                _("It is disabled now, since its settings changed. Check it, send a test message and enable it again."),
            )
        return redirect("admin:gateway", name=gateway.name)

    def _receipts_from(self, request: HttpRequest, gateway: Gateway) -> HttpResponse:
        """Say from where receipts are taken."""
        form = ReceiptsForm(request.POST)
        if form.is_valid():
            with errors_at(form), transaction.atomic():
                locked = lock_gateway(name=gateway.name)
                if not is_overtaken(
                    form, locked.version, kind="gateway", number=locked.id, values=receipts_initial(locked)
                ):
                    changes = {"receipts_from": form.networks()}
                    edit_gateway(gateway=locked, changes=changes, actor=user_of(request))
        if form.errors:
            return self._show(request, gateway, receipts_form=form, status=400)
        messages.success(request, _("Saved."))
        return redirect("admin:gateway", name=gateway.name)

    def _show(
        self,
        request: HttpRequest,
        gateway: Gateway,
        *,
        status: int = 200,
        form: GatewayForm | None = None,
        trial_form: TrialForm | None = None,
        receipts_form: ReceiptsForm | None = None,
        **result: Any,
    ) -> HttpResponse:
        found = show(gateway)
        adapter = KINDS.get(gateway.kind)
        if form is None and adapter is not None and not found.from_environment:
            form = GatewayForm(initial=initial_of(found, adapter), adapter=adapter, gateway=found)
        return self.shown(
            request,
            status=status,
            title=gateway.name,
            gateway=found,
            adapter=adapter,
            form=form,
            trial_form=trial_form or TrialForm(initial={"text": _("Vestnik: a test message.")}),
            removal=removal_of(gateway),
            hour=last_hour_of(gateway.id),
            receipts=receipts_url(gateway),
            sent_along=bool(address_setting(gateway)),
            receipts_form=receipts_form or ReceiptsForm(initial=receipts_initial(gateway)),
            counts=[(each, _RECEIPTS[each.kind]) for each in receipt_counts(gateway.id)],
            decisions=decisions_about("gateway", gateway.id)[:_DECISIONS],
            **result,
        )


#: What came of receipts, by the kind of the count.
_RECEIPTS = {
    "applied": pgettext_lazy("receipts", "applied"),
    "same": pgettext_lazy("receipts", "repeated"),
    "orphan": _lazy("message not found"),
    "contradiction": _lazy("contradict an earlier one"),
    "foreign": _lazy("message of another gateway"),
    "forged": _lazy("wrong signature or address"),
    "bad": _lazy("not readable"),
}
#: What is said after a decision.
_DONE = {
    "enable": _lazy("The gateway is enabled."),
    "disable": _lazy("The gateway is disabled. Messages that are on their way still get their result."),
    "put-back": _lazy("The gateway takes messages again."),
}


def _rotate(request: HttpRequest, gateway: Gateway) -> None:
    at_once = request.POST.get("at_once") == "on"
    with transaction.atomic():
        locked = lock_gateway(name=gateway.name)
        rotate_receipts_secret(gateway=locked, at_once=at_once, actor=user_of(request))
    if goes_along(locked):
        words = _("The address for receipts is new. It goes out with each message: there is nothing to enter.")
    elif address_setting(locked):
        words = _("The address for receipts is new. Enter it in the settings below if you want receipts.")
    else:
        words = _("The address for receipts is new. Enter it at the provider.")
    later = "" if at_once else _("The earlier address still works for a day.")
    messages.success(request, " ".join(filter(None, (words, later))))


def _tell_checked(request: HttpRequest, gateway: Gateway) -> None:
    found = check_gateway(gateway=gateway, actor=user_of(request))
    words = words_of(found)
    if found.balance:
        words = " ".join((words, _("Balance: %(balance)s.") % {"balance": found.balance}))
    (messages.success if found.good else messages.error)(request, words)
    for warning in found.warnings:
        messages.warning(request, warning)
