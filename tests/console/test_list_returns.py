"""Who leaves a list comes back to it as it was searched, on its page: from every link and form of every list."""

import html
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

import pytest

import vestnik.console
from harness.cast import person
from harness.mailings import made_mailing
from vestnik.clients.directory import ClientFields, create_client
from vestnik.clients.stop_list import allow_phones, stop_phones
from vestnik.models import Client, Draft, Segment, Template

pytestmark = pytest.mark.django_db
CONSOLE = Path(vestnik.console.__file__).parent
PHONE = 79_110_000_001
TYPED = {"phone_number": "+7 911 000-00-02", "mobile_operator_code": "", "tag": "vip", "timezone": "Europe/Moscow"}
SEGMENT = {"name": "other", "seen": "1", "include-tag_choice": "chosen", "include-tags": ["vip"]}
#: Lists, and what each is asked for here.
ASKED = {
    "mailings": "q=in&sort=start",
    "clients": "phone=7911",
    "stop-list": "phone=7911",
    "segments": "cursor=after-999999",
    "templates": "cursor=after-999999",
    "drafts": "sort=new",
    "people": "name=in",
}


def running(_browser: Any) -> int:
    return made_mailing(name="in", state="running", ends_in=3_600).id


def client(_browser: Any) -> int:
    fields = ClientFields(phone=PHONE, operator_code=None, tag="vip", timezone="Europe/Moscow")
    return create_client(fields=fields, actor=None).id


def stopped(_browser: Any) -> int:
    stop_phones(phones=[PHONE], reason="asked", actor=None)
    return PHONE


def stopped_client(browser: Any) -> int:
    stopped(browser)
    return client(browser)


def segment(browser: Any) -> int:
    client(browser)
    assert browser.post("/console/segments/new", {**SEGMENT, "name": "in"}).status_code == 302
    return Segment.objects.get().id


def template(browser: Any) -> int:
    assert browser.post("/console/templates", {"name": "in", "message_text": "Hello"}).status_code == 302
    return Template.objects.get().id


def draft(_browser: Any) -> int:
    return Draft.objects.create(typed={"name": ["in"]}, name="in").id


def account(_browser: Any) -> int:
    return person("ina", "viewer").id


class Way(NamedTuple):
    """A way out of a list: the link or form of a row; there the form that is posted (empty: the only one), if any."""

    list: str
    make: Callable[[Any], int]
    out: str
    posts: dict[str, Any] | None = None
    form: str = ""


WAYS = [
    Way("mailings", running, "mailings/{pk}"),
    Way("mailings", running, "mailings/{pk}/edit"),
    Way("mailings", running, "mailings/{pk}", {"do": "pause"}, "mailings/{pk}/act"),
    Way("mailings", running, "mailings/{pk}", {}, "mailings/{pk}/delete"),
    Way("clients", client, "clients/{pk}"),
    Way("clients", client, "clients/{pk}", TYPED),
    Way("clients", client, "clients/{pk}", {}, "clients/{pk}/delete"),
    Way("clients", client, "clients/{pk}", {}, "clients/{pk}/erase"),
    Way("clients", client, "clients/{pk}", {"reason": ""}, f"phones/{PHONE}/stop"),
    Way("clients", stopped_client, "clients/{pk}", {"do": "allow"}, f"phones/{PHONE}/stop"),
    Way("clients", client, "clients/new"),
    Way("clients", client, "clients/new", TYPED),
    Way("clients", client, "clients/new", {**TYPED, "again": "1"}),
    Way("segments", segment, "segments/{pk}"),
    Way("segments", segment, "segments/{pk}", SEGMENT),
    Way("segments", segment, "segments/{pk}", {"act": "delete"}),
    Way("segments", segment, "segments/new"),
    Way("segments", segment, "segments/new", SEGMENT),
    Way("templates", template, "templates/{pk}"),
    Way("templates", template, "templates/{pk}", {"name": "other", "message_text": "Hello"}),
    Way("templates", template, "templates/{pk}", {"act": "delete"}),
    Way("drafts", draft, "drafts/{pk}"),
    Way("people", account, "people/{pk}"),
    Way("people", account, "people/{pk}", {"email": "", "role": "viewer", "is_active": "on"}),
    Way("stop-list", stopped, "stop-list/{pk}/remove", {}, "stop-list/{pk}/remove"),
]


def addresses(page: str, path: str) -> list[str]:
    """The links and forms of a page, without the menu, that lead to a path."""
    inside = page.rsplit('id="page-content"', maxsplit=1)[-1]
    found = re.findall(rf'(?:href|action)="({re.escape(path)}(?:\?[^"#]*)?)"', inside)
    return [html.unescape(address) for address in found]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: f"{way.form or way.out} {'' if way.posts is None else way.posts}")
def test_every_way_out_of_a_list_leads_back_to_it_as_it_was_searched(as_anna: Any, way: Way) -> None:
    pk = way.make(as_anna)
    here = f"/console/{way.list}"
    page, at = as_anna.get(f"{here}?{ASKED[way.list]}").text, f"{here}?{ASKED[way.list]}"
    out, form = (f"/console/{name.format(pk=pk)}" for name in (way.out, way.form))
    if form != out:
        at = addresses(page, out)[0]
        page = as_anna.get(at).text
    if way.posts is not None:
        seen = re.findall(r'name="seen" value="([^"]*)"', page)
        answer = as_anna.post(
            addresses(page, form)[0] if way.form else at, {"seen": seen[:1], **way.posts}, follow=True
        )
        assert answer.redirect_chain, answer.text
        page, at = answer.text, answer.redirect_chain[-1][0]
    ends = [at] if urlsplit(at).path == here else addresses(page, here)
    assert ends
    assert {tuple(parse_qsl(urlsplit(end).query)) for end in ends} == {tuple(parse_qsl(ASKED[way.list]))}


def test_a_part_that_htmx_asks_for_leads_back_as_the_page_does_that_it_stands_in(as_anna: Any) -> None:
    pk = running(as_anna)
    at = addresses(as_anna.get(f"/console/mailings?{ASKED['mailings']}").text, f"/console/mailings/{pk}")[0]
    part = as_anna.get(f"/console/mailings/{pk}/live?seen=other", headers={"HX-Current-URL": f"http://testserver{at}"})
    (pause,) = addresses(part.text, f"/console/mailings/{pk}/act")[:1]
    assert pause.partition("?")[2] == at.partition("?")[2] != ""
    for odd in ("http://[", "?from", "%ff?from=%ff", "?" * 9):
        assert as_anna.get(f"/console/mailings/{pk}/live", headers={"HX-Current-URL": odd}).status_code == 200


def test_a_phone_without_a_client_leads_back_too(as_anna: Any) -> None:
    pk = client(as_anna)
    at = addresses(as_anna.get("/console/clients?phone=7911").text, f"/console/clients/{pk}")[0]
    Client.objects.all().delete()
    page = as_anna.get(f"/console/phones/{PHONE}?{at.partition('?')[2]}").text
    assert addresses(page, "/console/clients") == ["/console/clients?phone=7911"]


#: Crumbs that lead to the whole of a list, because no row or button of it led there.
EXCUSED = {
    "segments/list.html": "clients",
    "segments/one.html": "clients",
    "drafts/list.html": "mailings",
    "composing/form.html": "mailings",
    "composing/sheet.html": "mailings",
    "composing/templates_list.html": "mailings",
    "clients/import.html": "clients",
    "clients/import_columns.html": "clients",
    "clients/import_job.html": "clients",
}


def test_no_crumb_forgets_what_its_list_was_asked_for() -> None:
    found = {}
    for path in sorted((CONSOLE / "templates/console").rglob("*.html")):
        crumbs = re.findall(r"{% block crumbs %}(.*?){% endblock %}", path.read_text(), re.DOTALL)
        for name in re.findall(r"{% url 'admin:([a-z-]+)' %}", "".join(crumbs)):
            if name in ASKED:
                found[path.relative_to(CONSOLE / "templates/console").as_posix()] = name
    assert found == EXCUSED


def test_what_somebody_else_took_off_the_stop_list_meanwhile_is_said_with_the_page(as_olga: Any) -> None:
    stopped(as_olga)
    pk = client(as_olga)
    removes = addresses(as_olga.get("/console/stop-list?phone=7911").text, f"/console/stop-list/{PHONE}/remove")
    stops = addresses(as_olga.get(f"/console/clients/{pk}").text, f"/console/phones/{PHONE}/stop")
    allow_phones(phones=[PHONE], actor=None)
    for address, end in (
        (removes[0], "/console/stop-list?phone=7911"),
        (stops[0], f"/console/clients/{pk}"),
    ):
        answer = as_olga.post(address, {"do": "allow"}, follow=True)
        assert (answer.status_code, answer.redirect_chain[-1][0]) == (200, end)
        assert "+7 911 000-00-01 is no longer on the stop list." in answer.text
        assert "was removed" not in answer.text
