"""All gateways with their state, the rules in their order, and where a message to a number would go."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from vestnik.console.conflicts import is_overtaken
from vestnik.console.gateways.forms import KindForm, PreviewForm, RuleForm, rule_initial, rule_seen
from vestnik.console.pages import Page, errors_at, said_above
from vestnik.console.roles import user_of
from vestnik.models import Role, Route, User
from vestnik.routing.find import find_gateways, shown_gateways
from vestnik.routing.preview import Preview, list_rules, preview, rule_of
from vestnik.routing.routes import (
    create_route,
    edit_route,
    get_route,
    label_of,
    lock_route,
    move_route,
    remove_route,
)
from vestnik.statistics.gateways import last_hour_of
from vestnik.web.ids import id_of


class GatewaysPage(Page):
    """The list of gateways, and the rules."""

    sees = changes = Role.ADMINISTRATOR
    template = "console/gateways/list.html"
    heading = _lazy("Gateways")

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the page. ``?phone=`` asks where a message to a number would go."""
        form, found = PreviewForm(), None
        if "phone" in request.GET:
            form = PreviewForm(request.GET)
            found = _preview(form)
        return self.shown(
            request,
            gateways=[(each, last_hour_of(each.row.id)) for each in shown_gateways()],
            rules=list_rules(),
            kinds=KindForm(),
            preview=form,
            found=found,
            status=400 if form.errors else 200,
        )


def _preview(form: PreviewForm) -> Preview | None:
    return preview(phone=form.cleaned_data["phone"]) if form.is_valid() else None


class RulePage(Page):
    """One rule, or a new one."""

    sees = changes = Role.ADMINISTRATOR
    template = "console/gateways/rule.html"

    def get(self, request: HttpRequest, pk: int | None = None) -> HttpResponse:
        """Show the form."""
        initial: dict[str, Any] = {}
        if pk is not None:
            initial = rule_initial(rule_of(get_route(route_id=pk)))
        return self._show(request, RuleForm(initial=initial, gateways=list(find_gateways())), pk)

    def post(self, request: HttpRequest, pk: int | None = None) -> HttpResponse:
        """Save the rule, or show what is wrong."""
        form = RuleForm(request.POST, gateways=list(find_gateways()))
        rule = None
        if form.is_valid():
            with errors_at(form), transaction.atomic():
                rule = _saved(form, pk, user_of(request))
        if rule is None:
            return self._show(request, form, pk, status=400)
        messages.success(request, _("Saved."))
        for warning in rule_of(rule).warnings:
            messages.warning(request, warning)
        return redirect("admin:gateways")

    def _show(self, request: HttpRequest, form: RuleForm, pk: int | None, *, status: int = 200) -> HttpResponse:
        title = _("New rule") if pk is None else _("Rule: %(name)s") % {"name": label_of(get_route(route_id=pk))}
        return self.shown(request, status=status, title=title, form=form)


def _saved(form: RuleForm, pk: int | None, actor: User) -> Route | None:
    """Make or change a rule. None: somebody else has changed or moved it since the form was opened."""
    if pk is None:
        return create_route(fields=form.values(), actor=actor)
    locked = lock_route(route_id=pk)
    now = rule_of(locked)
    number = pk if form.cleaned_data["place"] == now.place else None
    if is_overtaken(
        form, rule_seen(now), kind="route", number=number, values={**dict.fromkeys(form.fields), **rule_initial(now)}
    ):
        return None
    return edit_route(route=locked, fields=form.values(), actor=actor)


class RuleActionPage(Page):
    """Moves or removes a rule."""

    changes = Role.ADMINISTRATOR

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Do what the button says."""
        place = id_of(request.POST.get("place", ""))
        with said_above(request), transaction.atomic():
            rule = lock_route(route_id=pk)
            if request.POST.get("do") == "remove":
                remove_route(route=rule, actor=user_of(request))
                messages.success(request, _("The rule was removed."))
            elif place:
                move_route(route=rule, place=place, actor=user_of(request))
        return redirect("admin:gateways")
