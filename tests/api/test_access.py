"""Who may call what: every route, every method, every role. The table is docs/reference/access.md."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.urls import get_resolver
from rest_framework.test import APIClient

from harness.cast import as_user
from tests.api.phone_doors import PAGES, REST

DOCUMENT = Path(__file__).parents[2] / "docs" / "reference" / "access.md"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
ROLES = ("administrator", "operator", "viewer")
HEAD = """# Who may call what

This page lists every path of REST and every page of the console, and which roles may use them. It is for developers of
programs that call REST, and for people who check permissions. A test (`tests/api/test_access.py`) makes it from the
running code and fails when the page is wrong.

`yes` means that the call is allowed. A dot means that it needs a token, or that the role is not allowed to make it.
Gateways and routes are for administrators only, also to read: their settings name logins and addresses of providers.
Providers post receipts to `/gateways/{name}/receipts/{secret}`. The secret is the login there.

The last column is about a viewer where `VIEWERS_SEE_PHONES` is `false`. `masked`: phone numbers are masked. `refused`:
the answer would have whole numbers, so there is none. `yes`: there are no phone numbers in it.

| path | method | administrator | operator | viewer | no token | viewer, phones masked |
|---|---|---|---|---|---|---|
"""
CONSOLE = """
## The console

These pages are below `/console/` and need a login there. No other page of Django's or Unfold's can be reached. If an
OpenID Connect provider is set, everybody can reach `oidc/sso/login`, `oidc/sso/callback` and `oidc/sso/consent`. `/`,
`/admin` and `/console` redirect to the console.

| page | is shown to | is changed by | viewer, phones masked |
|---|---|---|---|
"""
#: What stands in the URL table and is no page of ours: the login and the logout, and the page that says "not there".
FRAME = {"console/login/", "console/logout/", "console/<path:url>"}
RECEIPTS = "gateways/<gateway:name>/receipts/<str:secret>"
LEAD_TO_THE_CONSOLE = {"", "console", "admin", "admin/"}


def calls() -> list[tuple[str, str]]:
    """Each path of the URL table, in the form that the contract writes, and each method that it knows."""
    found = []
    for pattern in get_resolver().url_patterns:
        view = getattr(pattern.callback, "cls", None)
        if view is None or "schema" in pattern.callback.initkwargs:
            continue  # the console is no REST; and the other slash form of a path is the same view
        path = "/" + str(pattern.pattern)
        found += [(path, method) for method in METHODS if hasattr(view, method.lower())]
    return found


def is_let_in(client: APIClient, method: str, path: str) -> bool:
    """An empty question gets an answer that is neither "who are you?" nor "you may not"."""
    where = path.replace("<id:pk>", "1").replace("<gateway:name>", "default").replace("<attribute:name>", "day")
    answer = client.generic(method, where, b"{}", content_type="application/json")
    assert answer.status_code < 500, (method, path)
    return answer.status_code not in (401, 403)


def table(people: dict[str, Any]) -> str:
    rows = []
    for path, method in calls():
        # A login each, since a logout that is let in ends it.
        let_in = [is_let_in(as_user(people[role]), method, path) for role in ROLES]
        let_in.append(is_let_in(APIClient(), method, path))
        marks = ["yes" if allowed else "·" for allowed in let_in]
        phones = REST.get(path[1:], "?") if method == "GET" and let_in[2] else marks[2]
        rows.append(f"| `{_shown(path)}` | {method} | {' | '.join([*marks, phones])} |\n")
    return HEAD + "".join(rows) + CONSOLE + "".join(pages())


def _shown(path: str) -> str:
    return path.replace("<id:pk>", "{id}").replace("<gateway:name>", "{name}").replace("<attribute:name>", "{name}")


def pages() -> list[str]:
    from vestnik.console.urls import ROUTES

    rows = ["| `login/` | everybody | everybody | yes |\n"]
    rows += ["| `logout/` | viewer and above | viewer and above | yes |\n"]
    for route, page, _ in ROUTES:
        sees, changes = (getattr(page, name).value for name in ("sees", "changes"))
        shown = changes if not hasattr(page, "get") else sees
        changed = changes if hasattr(page, "post") else "·"
        phones = PAGES.get(route, "?") if shown == "viewer" else "·"
        rows.append(f"| `{_shown(route) or '(start)'}` | {_and_above(shown)} | {_and_above(changed)} | {phones} |\n")
    return rows


def _and_above(role: str) -> str:
    return role if role in {"administrator", "·"} else f"{role} and above"


def resolvable(patterns: Any, before: str = "") -> list[str]:
    """Every route that leads anywhere, those inside of others, too."""
    found: list[str] = []
    for each in patterns:
        route = before + str(each.pattern)
        found += resolvable(each.url_patterns, route) if hasattr(each, "url_patterns") else [route]
    return found


def test_every_path_that_leads_anywhere_is_in_the_table():
    """Django's own `password_change/`, `search/`, `autocomplete/` were live: without limits, and not on record."""
    from vestnik.console.urls import ROUTES

    rest = {path.strip("/") for path, _ in calls()}
    ours = {f"console/{route}" for route, _, _ in ROUTES} | FRAME | LEAD_TO_THE_CONSOLE | {RECEIPTS}
    assert [route for route in resolvable(get_resolver().url_patterns) if route.strip("/") not in rest | ours | {
        each.strip("/") for each in ours
    }] == []  # fmt: skip


def test_what_django_and_unfold_bring_along_is_not_there(person: Callable[..., Any]):
    from django.test import Client

    browser = Client()
    browser.force_login(person("anna", "administrator"))
    for path in ("password_change/", "password_change/done/", "search/", "autocomplete/", "jsi18n/", "r/1/1/"):
        for ask in (browser.get, browser.post):
            assert ask(f"/console/{path}").status_code == 404, path


def test_the_table_of_the_docs_is_what_the_code_does(person: Callable[..., Any]):
    found = table({role: person(role, role) for role in ROLES})
    if os.environ.get("WRITE_DOCS"):
        DOCUMENT.write_text(found, encoding="utf-8")
    assert DOCUMENT.read_text(encoding="utf-8") == found, "say `make schema`, and look at the difference"
