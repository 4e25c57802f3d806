"""The list of webhooks, and the page of one with its last attempts."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import pgettext

from vestnik.console.composing.fields import own_zone
from vestnik.console.conflicts import is_overtaken
from vestnik.console.pages import Page, errors_at, said_above
from vestnik.console.roles import user_of
from vestnik.console.tags import exact, number
from vestnik.console.webhooks.forms import DISABLED, EVENTS, ReplayForm, WebhookForm
from vestnik.db.clock import database_now
from vestnik.errors import InvalidInput, StateForbids, TooManyTries
from vestnik.models import Role, User, WebhookEndpoint
from vestnik.web.errors import sentence_of
from vestnik.webhooks.endpoints import (
    create_endpoint,
    edit_endpoint,
    find_attempts,
    find_endpoints,
    get_endpoint,
    lock_endpoint,
    pause_end,
    remove_endpoint,
    replay,
    rotate_secret,
    waiting_events,
)
from vestnik.webhooks.trial import send_test

#: Attempts on the page of an endpoint.
_SHOWN = 50


class WebhooksPage(Page):
    """All endpoints, and a form for a new one."""

    sees = changes = Role.ADMINISTRATOR
    template = "console/webhooks/list.html"
    heading = _lazy("Webhooks")

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the page."""
        return self._show(request, WebhookForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Add an endpoint, and show its secret."""
        form, made, secret = WebhookForm(request.POST), None, ""
        if form.is_valid():
            with said_above(request), errors_at(form):
                made, secret = create_endpoint(**form.values(), actor=user_of(request))
        if form.errors:
            return self._show(request, form, status=400)
        # The secret is only in this response, so there is no redirect.
        return self._show(request, WebhookForm(), made=made, secret=secret)

    def _show(self, request: HttpRequest, form: WebhookForm, *, status: int = 200, **new: Any) -> HttpResponse:
        endpoints = [(each, _state(each)) for each in find_endpoints()]
        return self.shown(request, status=status, form=form, endpoints=endpoints, **new)


class WebhookPage(Page):
    """One endpoint."""

    sees = changes = Role.ADMINISTRATOR
    template = "console/webhooks/one.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the page."""
        return self._show(request, pk)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Change the endpoint, or do what the button says."""
        get_endpoint(endpoint_id=pk)
        act = request.POST.get("act", "")
        if act == "rotate":
            # The secret is only in this response, so there is no redirect.
            return self._show(request, pk, secret=_locked(pk, partial(rotate_secret, actor=user_of(request))))
        if act == "remove":
            _locked(pk, partial(remove_endpoint, actor=user_of(request)))
            messages.success(request, _("The webhook was removed."))
            return redirect("admin:webhooks")
        if act in {"enable", "disable"}:
            changes = {"enabled": act == "enable"}
            _locked(pk, partial(edit_endpoint, changes=changes, actor=user_of(request)))
            messages.success(request, _("Saved."))
        elif act == "test":
            _test(request, pk)
        elif act == "replay":
            return self._replay(request, pk)
        else:
            return self._edit(request, pk)
        return redirect("admin:webhook", pk=pk)

    def _edit(self, request: HttpRequest, pk: int) -> HttpResponse:
        form = WebhookForm(request.POST)
        if form.is_valid():
            with errors_at(form), transaction.atomic():
                locked = lock_endpoint(endpoint_id=pk)
                if not is_overtaken(form, locked.version, kind="webhook", number=pk, values=_initial(locked)):
                    edit_endpoint(endpoint=locked, changes=form.values(), actor=user_of(request))
        if form.errors:
            return self._show(request, pk, status=400, form=form)
        messages.success(request, _("Saved."))
        return redirect("admin:webhook", pk=pk)

    def _replay(self, request: HttpRequest, pk: int) -> HttpResponse:
        form = _replay_form(request.POST)
        if form.is_valid():
            try:
                events = _locked(pk, partial(replay, **form.cleaned_data, actor=user_of(request)))
            except InvalidInput as error:
                form.add_error("last", [str(text) for texts in error.fields.values() for text in texts])
            except StateForbids as error:
                form.add_error(None, str(error))
        if form.errors:
            return self._show(request, pk, status=400, replay_form=form)
        messages.success(request, _("Events that are delivered again: %(events)s.") % {"events": number(events)})
        return redirect("admin:webhook", pk=pk)

    def _show(self, request: HttpRequest, pk: int, *, status: int = 200, **more: Any) -> HttpResponse:
        endpoint = get_endpoint(endpoint_id=pk)
        attempts = find_attempts(endpoint=endpoint).order_by("-id")[:_SHOWN]
        shown = {
            "form": WebhookForm(initial=_initial(endpoint)),
            "replay_form": _replay_form(),
            "title": endpoint.description or endpoint.url,
            "endpoint": endpoint,
            "state": _state(endpoint),
            "waiting": waiting_events(endpoint=endpoint),
            "attempts": [(each, EVENTS.get(each.event_type, each.event_type)) for each in attempts],
        }
        return self.shown(request, status=status, **{**shown, **more})


def _initial(endpoint: WebhookEndpoint) -> dict[str, Any]:
    """Return what the form of an endpoint begins with."""
    values = {name: getattr(endpoint, name) for name in ("url", "description", "event_types")}
    return {**values, "seen": endpoint.version}


def _replay_form(typed: Any = None) -> ReplayForm:
    return ReplayForm(typed, zone=own_zone(), now=database_now())


def _locked(pk: int, decide: Any) -> Any:
    with transaction.atomic():
        return decide(endpoint=lock_endpoint(endpoint_id=pk))


def _test(request: HttpRequest, pk: int) -> None:
    actor: User = user_of(request)
    try:
        attempt = send_test(endpoint=get_endpoint(endpoint_id=pk), actor=actor)
    except TooManyTries as error:
        messages.error(request, sentence_of(error))
        return
    if attempt.status is not None and 200 <= attempt.status < 300:
        messages.success(request, _("The test event has arrived: status %(status)s.") % {"status": attempt.status})
    else:
        reason = attempt.error or f"{attempt.status}"
        messages.error(request, _("The test event has not arrived: %(reason)s") % {"reason": reason})


def _state(endpoint: WebhookEndpoint) -> tuple[str, Any]:
    """Return a badge's colour and words."""
    if not endpoint.enabled:
        return "", DISABLED.get(endpoint.disabled_code, "")
    until = pause_end(endpoint)
    if until is not None:
        words = pgettext("webhook", "failing, next attempt: %(time)s")
        return "bad", words % {"time": exact(timezone.localtime(until))}
    if endpoint.failures:
        return "bad", pgettext("webhook", "failing")
    return "good", pgettext("webhook", "working")
