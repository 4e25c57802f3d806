"""VIEWERS_SEE_PHONES=false: a viewer gets no whole phone number by any door, and every door has said what it does."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.test import Client as Browser
from rest_framework.test import APIClient

from harness.cast import as_user, browser_of, person
from tests.api.all_doors import PHONE, make_everything, open_doors, path_of
from tests.api.phone_doors import PAGES, REST
from vestnik.accounts.keys import create_key
from vestnik.models import AuditEntry, Client, Mailing, Role, User

#: What is left of it: as REST writes it, and as pages do.
MASKS = ("7911***0461", "+7 911 ***-04-61")
#: Parts of it that a mask hides, without what people write between the digits.
HIDDEN = ("9115820461", "911582", "5820461")
SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "openapi.json").read_text(encoding="utf-8"))


@pytest.fixture
def viewer(settings: Any, db: None) -> User:
    """A viewer who sees phones masked."""
    del db
    let_viewers_see(settings, phones=False)
    return person("victor", Role.VIEWER)


def let_viewers_see(settings: Any, *, phones: bool) -> None:
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, viewers_see_phones=phones)


@pytest.fixture
def ids(viewer: User) -> dict[str, int]:
    """A phone wherever one can be; the ids that paths take, by what stands before them."""
    return make_everything(viewer)


def body_of(answer: Any) -> str:
    """All that is sent, with its headers, without what people write between digits."""
    body = answer.getvalue() if answer.streaming else answer.content
    said = body.decode() + " ".join(f"{name}: {value}" for name, value in answer.items())
    return re.sub(r"[\s()\-\u00a0]", "", said)


def test_every_door_that_is_open_to_viewers_says_what_it_does_with_phones() -> None:
    said = {("rest", path) for path in REST} | {("page", route) for route in PAGES}
    assert set(open_doors()) == said, "say in tests/api/phone_doors.py what it does with phones"


@pytest.mark.parametrize("kind", ["rest", "page"])
def test_no_door_gives_a_whole_number(kind: str, viewer: User, ids: dict[str, int], settings: Any) -> None:
    table, client = (REST, as_user(viewer)) if kind == "rest" else (PAGES, browser_of(viewer))
    start = "/" if kind == "rest" else "/console/"
    for route, said in table.items():
        path = start + path_of(route, ids)
        answer = client.get(path)
        body = body_of(answer)
        assert not [part for part in HIDDEN if part in body], path
        assert (answer.status_code == 403) == (said == "refused"), (path, answer.status_code)
        if said != "refused":
            assert answer.status_code == 200, path
        mask = any(re.sub(r"[\s()\-]", "", each) in body for each in MASKS)
        assert mask == (said == "masked"), path
    # The table is right about what is there to be seen: whoever sees phones gets them.
    let_viewers_see(settings, phones=True)
    client = as_user(viewer) if kind == "rest" else client
    for route, said in table.items():
        answer = client.get(start + path_of(route, ids), follow=True)
        assert answer.status_code == 200, route
        assert (HIDDEN[0] in body_of(answer)) == (said in {"masked", "refused"}), route


#: Every way to look for a phone over REST, as the schema has it.
SEARCHES = [
    (path, parameter["name"])
    for path, methods in SCHEMA["paths"].items()
    for parameter in methods.get("get", {}).get("parameters", [])
    if "phone" in parameter["name"] and not path.startswith("/routes")
]


def test_no_search_over_rest_tells_a_digit_that_is_hidden(viewer: User, ids: dict[str, int]) -> None:
    client = as_user(viewer)
    assert len(SEARCHES) == 6
    older = [("/client/", "phone"), ("/sender/notifications/{id}/messages", "phone")]
    for path, name in [*SEARCHES, *older]:
        where = path.replace("{id}", str(ids["sender/notifications"]))
        for digits in ("79115", str(PHONE)):
            answer = client.get(where, {name: digits})
            assert answer.status_code == 403, (path, name, digits)
    for path in ("/client/", "/client/stop-list"):
        assert len(client.get(path, {"phone_number": "7911"}).json()) == 1
        assert len(client.get(path, {"phone_number": "7912"}).json()) == 0


def test_no_search_of_the_console_tells_a_digit_that_is_hidden(viewer: User, ids: dict[str, int]) -> None:
    browser = browser_of(viewer)
    mailing = ids["mailings"]
    for query in (
        "clients?phone=9115", f"clients?phone={PHONE}", "clients?ends=20461", "inbound?ends=20461",
        "stop-list?phone=9115", f"mailings/{mailing}?phone={PHONE}", f"mailings/{mailing}/messages?phone={PHONE}",
    ):  # fmt: skip
        page = browser.get(f"/console/{query}").text
        assert "You see phone numbers masked" in page, query
        assert not any(mask in page for mask in MASKS), query
    for query in ("clients?phone=911", "clients?ends=0461", "clients?phone=911&ends=0461", "inbound?ends=61"):
        assert MASKS[1] in browser.get(f"/console/{query}").text, query
    assert MASKS[1] not in browser.get("/console/clients?ends=0462").text


def test_no_cursor_and_no_tag_is_made_of_a_phone(viewer: User, ids: dict[str, int]) -> None:
    del ids
    Client.objects.bulk_create(
        Client(phone_number=PHONE + n, mobile_operator_code=911, tag="vip", timezone="UTC") for n in range(1, 120)
    )
    page = browser_of(viewer).get("/console/clients?phone=911").text
    assert re.findall(r"cursor=\w+-(\d+)", page)
    assert not re.findall(r"cursor=\w+-79", page)
    first = as_user(viewer).get("/client/?page_size=1")
    assert first.status_code == 200
    answer = as_user(viewer).get(f"/client/{first.json()[0]['id']}")
    assert "ETag" not in answer, "whoever has the tag finds the three digits by trying"


def test_a_key_sees_what_its_role_sees(viewer: User, ids: dict[str, int]) -> None:
    del viewer
    olga = User.objects.get(username="olga")
    seen = {}
    for role in (Role.VIEWER, Role.OPERATOR):
        _row, key = create_key(owner=olga, name="x", role=role, expires_at=None)
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
        answer = client.get(f"/client/{ids['client']}")
        seen[role] = (answer.json()["phone_number"], "ETag" in answer, client.get("/client/export").status_code)
    assert seen == {Role.VIEWER: (MASKS[0], False, 403), Role.OPERATOR: (str(PHONE), True, 200)}


def test_who_sees_them_masked_is_forgotten_with_the_answer(viewer: User, ids: dict[str, int]) -> None:
    as_user(viewer).get("/client/")
    olga = User.objects.get(username="olga")
    assert as_user(olga).get(f"/client/{ids['client']}").json()["phone_number"] == str(PHONE)
    browser_of(viewer).get("/console/clients")
    assert "+7 911 582-04-61" in browser_of(olga).get("/console/clients").text


def test_buttons_and_links_that_would_be_refused_are_not_shown(viewer: User, ids: dict[str, int]) -> None:
    browser = browser_of(viewer)
    for route, said in PAGES.items():
        if said == "masked":
            page = browser.get(f"/console/{path_of(route, ids)}").text
            assert not re.findall(r'href="/console/(?:phones/|[^"]*(?:\.csv|export|/refused|/warnings))', page), route


def test_an_administrator_reads_what_the_role_means(viewer: User) -> None:
    del viewer
    page = Browser()
    page.force_login(person("anna", Role.ADMINISTRATOR))
    assert "Viewer: read-only, phone numbers masked, no downloads" in page.get("/console/people").text
    assert AuditEntry.objects.count() == 0
    assert Mailing.objects.count() == 0
