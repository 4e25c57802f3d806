"""Who may call what: every route, every method, every role. The table stands in docs/access.md."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.urls import get_resolver
from rest_framework.test import APIClient

from tests.api.cast import as_user

DOCUMENT = Path(__file__).parents[2] / "docs" / "access.md"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
ROLES = ("administrator", "operator", "viewer")
HEAD = """# Who may call what

Made from the running code by a test (`tests/api/test_access.py`), which fails when this page is wrong.
A dot: the token is asked for, or the role does not allow it.

| path | method | administrator | operator | viewer | no token |
|---|---|---|---|---|---|
"""


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
    answer = client.generic(method, path.replace("<id:pk>", "1"), b"{}", content_type="application/json")
    assert answer.status_code < 500, (method, path)
    return answer.status_code not in (401, 403)


def table(people: dict[str, Any]) -> str:
    rows = []
    for path, method in calls():
        # A login each, since a logout that is let in ends it.
        let_in = [is_let_in(as_user(people[role]), method, path) for role in ROLES]
        let_in.append(is_let_in(APIClient(), method, path))
        marks = " | ".join("yes" if allowed else "·" for allowed in let_in)
        rows.append(f"| `{path.replace('<id:pk>', '{id}')}` | {method} | {marks} |\n")
    return HEAD + "".join(rows)


def test_the_table_of_the_docs_is_what_the_code_does(person: Callable[..., Any]):
    found = table({role: person(role, role) for role in ROLES})
    if os.environ.get("WRITE_DOCS"):
        DOCUMENT.write_text(found, encoding="utf-8")
    assert DOCUMENT.read_text(encoding="utf-8") == found, "say `make schema`, and look at the difference"
