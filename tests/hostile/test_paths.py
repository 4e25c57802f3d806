"""Whatever stands in a path is no bug: there is nothing at such an address, for strangers and for administrators."""

import re
from pathlib import Path
from typing import Any

from django.test import Client
from django.urls import get_resolver

import vestnik
from harness.cast import as_user, person
from tests.api.test_access import resolvable
from vestnik.models import Tries

#: NUL, bytes that are no UTF-8, a surrogate, a line's end, digits of another script, too long.
HOSTILE = ("a%00b", "%ff", "%ed%a0%80", "a%0a", "%D9%A3", "9" * 5_000)
#: Parameters that take any text. The secret is compared, and the rest of the console's paths leads to an error page.
TAKE_ANYTHING = {"<str:secret>", "<path:url>"}


def paths() -> list[str]:
    """Each route that has parameters, with each hostile text in place of all of them, and of the last one."""
    found = []
    for route in resolvable(get_resolver().url_patterns):
        (*_, last) = re.findall("<[^>]+>", route) or [""]
        if last:
            known = route.replace("<gateway:name>", "default").replace("<id:pk>", "1")
            found += [f"/{re.sub('<[^>]+>', text, route)}" for text in HOSTILE]
            found += [f"/{known.replace(last, text)}" for text in HOSTILE if last in known]
    return found


def test_no_path_is_a_500(ledger: Any) -> None:
    del ledger
    stranger, browser = Client(raise_request_exception=False), Client(raise_request_exception=False)
    anna = person("anna", "administrator")
    browser.force_login(anna)
    rest = as_user(anna)
    rest.raise_request_exception = False
    answers = {
        (method, path): client.generic(method, path).status_code
        for path in paths()
        for client in (stranger, browser if path.startswith("/console/") else rest)
        for method in ("GET", "POST")
    }
    assert len(answers) > 1_000
    assert {call: status for call, status in answers.items() if status >= 500} == {}


def test_a_name_that_no_gateway_can_have_reaches_no_table(ledger: Any) -> None:
    del ledger
    for name in ("%00", "%ff", "a%00", "A", "x" * 41):
        assert Client().post(f"/gateways/{name}/receipts/x").status_code == 404
    assert not Tries.objects.exists()


def test_only_known_parameters_take_any_text() -> None:
    """Also of routes that are not there without a setting, as those of the login through a provider."""
    sources = [path.read_text() for path in Path(vestnik.__path__[0]).rglob("*.py")]
    found = {each for source in sources for each in re.findall("<(?:str:|path:)[a-z_]+>", source)}
    assert found == TAKE_ANYTHING
