"""No query and no form of the console gives a 500, whatever stands in it: NUL, endless numbers, broken UTF-8."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote_from_bytes

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from harness.cast import browser_of, person
from harness.rows import add_mailing
from vestnik.console.urls import ROUTES

#: What a stranger types, as bytes: a lone surrogate is no UTF-8.
VALUES = {
    "NUL": b"\x00",
    "NUL within": b"a\x00b",
    "5,000 digits": b"9" * 5_000,
    "an id beyond bigint": b"9223372036854775808",
    "20 digits": b"9" * 20,
    "digits of another script": "١٢٣".encode(),
    "5,000 digits of another script": "٩".encode() * 5_000,
    "a superscript": "²".encode(),
    "half of a character": b"\xed\xa0\x80",
    "no UTF-8": b"\xff\xfe",
    "a minus": b"-1",
    "an exponent": b"1e400",
    "infinity": b"Infinity",
    "turned round": "\u202e".encode(),
    "a cursor": b"after-999999999999999999",
    "a cursor beyond bigint": b"before-9999999999999999999",
    "a list": b"[]",
    "long": b"x" * 3_000,
}
#: These are tried in each field alone, too: another field may be refused before.
WORST = {"NUL within", "5,000 digits"}


@contextmanager
def asked_for() -> Iterator[set[str]]:
    """The names of fields that are looked up in queries and forms meanwhile."""
    names: set[str] = set()

    def noting(method: Any) -> Any:
        def noted(self: QueryDict, key: Any, *arguments: Any) -> Any:
            names.add(str(key))
            return method(self, key, *arguments)

        return noted

    with pytest.MonkeyPatch.context() as patched:
        for name in ("get", "getlist", "__getitem__", "__contains__"):
            patched.setattr(QueryDict, name, noting(getattr(QueryDict, name)))
        yield names


def path_of(name: str, *, known: bool) -> str:
    """The path of a page; of one about a thing, of one that is there, or of none."""
    route = next(route for route, _page, each in ROUTES if each == name)
    if "<gateway:name>" in route:
        return reverse(f"admin:{name}", args=["default" if known else "nobody"])
    return reverse(f"admin:{name}", args=[1 if known else 2**63 - 1] if "<id:pk>" in route else [])


@pytest.fixture
def browser(ledger: Any, settings: Any) -> Client:
    """An administrator's; errors are answers. Passwords are hashed badly, but at once: none is guessed here."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    add_mailing(ledger)
    client = browser_of(person("anna", "administrator"))
    client.raise_request_exception = False
    return client


def body_of(names: set[str], value: bytes) -> str:
    """A query, or a form, in which every name has this value."""
    return "&".join(f"{quote_from_bytes(name.encode())}={quote_from_bytes(value)}" for name in sorted(names))


def bad_answers(client: Client, name: str, method: str) -> list[str]:
    """Which values of which fields give a 500: in all fields at once, and the worst ones in each alone."""
    bad = []
    there = path_of(name, known=True)
    for path in dict.fromkeys((there, path_of(name, known=False))):
        with asked_for() as names:
            _ask(client, method, path, "")
        names -= {"csrfmiddlewaretoken", "_method"}
        for label, value in VALUES.items():
            # Where there is no such thing, no field is looked at in the end.
            alone = [{each} for each in names] if label in WORST and len(names) > 1 and path == there else []
            for some in [names, *alone] if names else []:
                status = _ask(client, method, path, body_of(some, value))
                if status >= 500:
                    bad.append(f"{method} {path} {sorted(some)}: {label}: {status}")
    return bad


def _ask(client: Client, method: str, path: str, body: str) -> int:
    form = "application/x-www-form-urlencoded"
    got = method == "GET"
    answer = client.get(path, QUERY_STRING=body) if got else client.post(path, body, content_type=form)
    # A download that nobody reads would hold its place.
    answer.close()
    return int(answer.status_code)


@pytest.mark.timeout(400)
@pytest.mark.parametrize("name", [name for _route, page, name in ROUTES if hasattr(page, "get")])
def test_no_query_of_a_page_gives_a_500(browser: Client, name: str) -> None:
    assert bad_answers(browser, name, "GET") == []


@pytest.mark.timeout(400)
@pytest.mark.parametrize("name", [name for _route, page, name in ROUTES if hasattr(page, "post")])
def test_no_form_of_a_page_gives_a_500(browser: Client, name: str) -> None:
    assert bad_answers(browser, name, "POST") == []


@pytest.mark.parametrize("digits", ["9" * 5_000, "9" * 20, "0" * 5_000 + "1", "9223372036854775808"])
@pytest.mark.parametrize(
    "place", ["mailings/{}", "clients/{}", "people/{}", "clients/import/{}", "clients/import/{}/refused"]
)
def test_a_number_in_a_path_that_is_no_id_is_a_404(browser: Client, place: str, digits: str) -> None:
    assert browser.get(f"/console/{place.format(digits)}").status_code == 404
