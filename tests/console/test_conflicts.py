"""Two administrators with the same form open: the later one overwrites nothing unseen, and loses nothing typed."""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from django.test import Client as Browser

from harness.cast import browser_of, person
from tests.console.forms_of_page import form_with
from vestnik.console.urls import ROUTES
from vestnik.models import Client, Gateway, Route, Segment, Template, User, WebhookEndpoint
from vestnik.routing.edits import create_gateway
from vestnik.routing.routes import RouteFields, create_route
from vestnik.routing.values import GatewayFields


class Case(NamedTuple):
    """A form that edits what others can edit.

    ``make`` gives the path of its page. ``field``: what both change in it. ``theirs``, ``mine``: the values that they
    type. ``read``: what is kept. ``more``: the button. ``words``: of the audit log, about the other change.
    """

    make: Callable[[], str]
    field: str
    theirs: str
    mine: str
    read: Callable[[], Any]
    more: dict[str, str]
    words: str


def _client() -> str:
    row = Client.objects.create(
        phone_number=79110000001, mobile_operator_code=911, tag="vip", timezone="Europe/Moscow"
    )  # fmt: skip
    return f"/console/clients/{row.id}"


def _segment() -> str:
    anna = person("maker", "administrator")
    browser_of(anna).post(
        "/console/segments/new", {"name": "First", "include-tag_choice": "chosen", "include-tags": "vip"}
    )
    return f"/console/segments/{Segment.objects.get().id}"


def _template() -> str:
    row = Template.objects.create(name="First", message_text="Hello\nthere")
    return f"/console/templates/{row.id}"


def _webhook() -> str:
    anna = person("maker", "administrator")
    browser_of(anna).post(
        "/console/webhooks", {"url": "https://example.org/hook", "event_types": ["message.sent", "mailing.started"]}
    )
    return f"/console/webhooks/{WebhookEndpoint.objects.get().id}"


def _person() -> str:
    return f"/console/people/{person('olga', 'operator', email='old@example.org').id}"


def _gateway() -> str:
    settings = {"url": "http://127.0.0.1:9", "token": "a-token"}
    create_gateway(fields=GatewayFields(name="reserve", kind="probe", settings=settings), actor=None)
    return "/console/gateways/reserve"


def _rule() -> str:
    route = create_route(fields=RouteFields(name="First", gateways=[("default", 1)]), actor=None)
    return f"/console/rules/{route.id}"


CASES = {
    "client": Case(
        _client, "tag", "gold", "silver", lambda: Client.objects.get().tag, {}, "changed the client"
    ),
    "segment": Case(
        _segment, "name", "Theirs", "Mine", lambda: Segment.objects.get().name, {}, "changed the segment"
    ),
    "template": Case(
        _template, "name", "Theirs", "Mine", lambda: Template.objects.get().name, {}, "changed the template"
    ),
    "template-text": Case(
        _template, "message_text", "Their text", "My text", lambda: Template.objects.get().message_text, {},
        "“Text” is now “Their text”.",
    ),
    "webhook": Case(
        _webhook, "description", "Theirs", "Mine", lambda: WebhookEndpoint.objects.get().description, {},
        "“Description” is now “Theirs”.",
    ),
    "person": Case(
        _person, "role", "viewer", "administrator", lambda: User.objects.get(username="olga").role, {},
        "“Role” is now “Viewer: read-only”.",
    ),
    "gateway": Case(
        _gateway, "max_rate", "5", "6", lambda: str(Gateway.objects.get(name="reserve").max_rate), {"do": "save"},
        "“Rate limit, messages/s” is now “5”.",
    ),
    "gateway-receipts": Case(
        _gateway, "receipts_from", "192.0.2.0/24", "198.51.100.0/24",
        lambda: "".join(Gateway.objects.get(name="reserve").receipts_from), {"do": "receipts-from"},
        "“Take receipts only from” is now “192.0.2.0/24”.",
    ),
    "rule": Case(
        _rule, "name", "Theirs", "Mine", lambda: Route.objects.get().name, {}, "“Name” is now “Theirs”."
    ),
    "rule-weight": Case(
        _rule, "weight.default", "7", "8", lambda: "".join(map(str, Route.objects.get().weights)), {},
        "“Weight of default” is now “7”.",
    ),
}  # fmt: skip
#: Pages of one thing that take a form, and where their conflict is tested; or why there is none.
OF_ONE_THING = {
    "client": "client", "segment": "segment", "template": "template", "webhook": "webhook", "person": "person",
    "gateway": "gateway", "rule": "rule",
    "mailing-edit": "test_mailing_edits.py", "draft": "test_drafts.py",
    # One press of a button, which asks for no version: delete, stop, cancel, move, send again.
    "client-delete": "", "client-erase": "", "client-import-discard": "", "client-import-cancel": "",
    "phone-stop": "", "stop-list-remove": "", "mailing-act": "", "mailing-delete": "", "draft-delete": "",
    "draft-restore": "", "rule-act": "",
    # Steps of one import, which the person takes who has sent the file.
    "client-import-columns": "", "client-import-preview": "", "client-import-correct": "",
}  # fmt: skip


@pytest.fixture
def browsers(db: None) -> tuple[Browser, Browser]:
    """Those of Anna and of Boris, both administrators."""
    del db
    return browser_of(person("anna", "administrator")), browser_of(person("boris", "administrator"))


def test_every_page_that_edits_one_thing_is_in_the_table_or_says_why_not() -> None:
    takes = {name for path, page, name in ROUTES if "<" in path and hasattr(page, "post")}
    assert takes == OF_ONE_THING.keys()
    assert {found for found in OF_ONE_THING.values() if found and not found.endswith(".py")} <= CASES.keys()


@pytest.mark.parametrize("name", CASES)
def test_the_later_one_is_told_who_changed_what_and_may_then_overwrite_it(
    browsers: tuple[Browser, Browser], name: str
) -> None:
    case, (anna, boris) = CASES[name], browsers
    path = case.make()
    opened = [form_with(browser.get(path).text, case.field) for browser in browsers]
    assert all(form["seen"] != [""] for form in opened)
    theirs, mine = (
        {**form, **case.more, case.field: [value]} for form, value in zip(opened, (case.theirs, case.mine), strict=True)
    )
    assert boris.post(path, theirs).status_code == 302
    assert case.read() == case.theirs
    refused = anna.post(path, mine)
    assert refused.status_code in (400, 409)
    assert case.read() == case.theirs
    shown = refused.text.replace("&#x27;", "'").replace("&quot;", '"')
    assert "This was changed after you opened it. Last change: boris changed the" in shown
    assert case.words in shown
    again = form_with(refused.text, case.field)
    assert again[case.field] == [case.mine]
    assert anna.post(path, {**again, **case.more}).status_code == 302
    assert case.read() == case.mine


@pytest.mark.parametrize("name", CASES)
def test_a_form_whose_thing_nobody_else_has_changed_is_saved_at_once(
    browsers: tuple[Browser, Browser], name: str
) -> None:
    case, (anna, _boris) = CASES[name], browsers
    path = case.make()
    for value in (case.theirs, case.mine):
        form = form_with(anna.get(path).text, case.field)
        assert anna.post(path, {**form, **case.more, case.field: [value]}).status_code == 302
        assert case.read() == value


@pytest.mark.parametrize("name", [name for name in CASES if not name.startswith(("client", "segment", "template"))])
def test_a_second_press_of_the_same_button_is_no_conflict(browsers: tuple[Browser, Browser], name: str) -> None:
    case, (anna, _boris) = CASES[name], browsers
    path = case.make()
    mine = {**form_with(anna.get(path).text, case.field), **case.more, case.field: [case.mine]}
    assert [anna.post(path, mine).status_code for _ in range(2)] == [302, 302]
    assert case.read() == case.mine


def test_a_gateway_that_somebody_took_out_of_a_rule_does_not_come_back_unseen(
    browsers: tuple[Browser, Browser],
) -> None:
    anna, boris = browsers
    _gateway()
    path = _rule()
    boris.post(path, {**form_with(boris.get(path).text, "place"), "weight.reserve": "9"})
    opened = form_with(anna.get(path).text, "place")
    boris.post(path, {**opened, "weight.reserve": ""})
    refused = anna.post(path, {**opened, "name": "Mine"})
    assert (refused.status_code, "“Weight of reserve” is now “—”." in refused.text) == (400, True)
    assert Route.objects.get().weights == [1]


def test_a_rule_that_moved_since_another_was_put_before_it_is_not_moved_back_unseen(
    browsers: tuple[Browser, Browser],
) -> None:
    anna, boris = browsers
    path = _rule()
    other = create_route(
        fields=RouteFields(name="Other", operator_codes=[911], gateways=[("default", 1)], place=1), actor=None
    )
    boris.post(f"/console/rules/{other.id}/act", {"place": "1"})
    form = form_with(anna.get(path).text, "place")
    third = create_route(
        fields=RouteFields(name="Third", operator_codes=[921], gateways=[("default", 1)], place=1), actor=None
    )
    refused = anna.post(path, {**form, "name": ["Mine"]})
    assert refused.status_code == 400
    assert "added the rule" in refused.text
    assert "“Place in the list” is now “3”." in refused.text
    assert list(Route.objects.order_by("position").values_list("id", flat=True))[:2] == [third.id, other.id]


def test_the_forms_of_a_page_have_each_its_own_ids(browsers: tuple[Browser, Browser]) -> None:
    page = browsers[0].get(_gateway()).text
    ids = re.findall(r' id="([^"]+)"', page)
    assert page.count('name="seen"') == 2
    assert [each for each in set(ids) if ids.count(each) > 1] == []


def test_a_secret_that_was_typed_is_not_compared_with_one_that_is_kept(browsers: tuple[Browser, Browser]) -> None:
    anna, boris = browsers
    path = _gateway()
    opened = form_with(anna.get(path).text, "max_rate")
    boris.post(path, {**opened, "do": "save", "settings.token": "theirs"})
    refused = anna.post(path, {**opened, "do": "save", "settings.token": "mine"})
    assert refused.status_code == 400
    assert "“Token” is now" not in refused.text
    assert "boris changed the gateway" in refused.text
    assert "what: secrets" in refused.text
