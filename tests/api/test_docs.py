"""The documentation: complete, offline, without a warning, and its examples work as they stand."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from rest_framework.test import APIClient

from harness.cast import as_user

#: The paths of the contract that this installation has, as it writes them.
PATHS = {
    "/auth/registration/",
    "/auth/login/",
    "/auth/logout/",
    "/auth/token/refresh/",
    "/auth/token/verify/",
    "/auth/user/",
    "/auth/password/change/",
    "/client/",
    "/client/{id}",
    "/sender/notifications",
    "/sender/notifications/{id}",
    "/sender/notifications/{id}/pause",
    "/sender/notifications/{id}/resume",
    "/sender/notifications/{id}/cancel",
    "/sender/notifications/statistics",
    "/sender/notifications/{id}/statistics",
    "/sender/notifications/{id}/messages",
    "/health/live",
    "/health/ready",
    "/metrics",
}
OPEN = {"/auth/registration/", "/auth/login/", "/auth/token/refresh/", "/auth/token/verify/"}


@pytest.fixture
def schema(anonymous: APIClient) -> dict[str, Any]:
    return anonymous.get("/schema/?format=json").json()


def operations(schema: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(path, method, op) for path, methods in schema["paths"].items() for method, op in methods.items()]


def examples(schema: dict[str, Any], method: str, path: str) -> list[Any]:
    content = schema["paths"][path][method]["requestBody"]["content"]["application/json"]
    return [example["value"] for example in content["examples"].values()]


def test_the_schema_is_made_without_a_warning():
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=StringIO())


def test_the_committed_schema_is_what_the_code_says(db: None):
    del db
    from vestnik.api.openapi_file import committed_schema

    committed = (Path(__file__).parents[2] / "docs/openapi.json").read_text(encoding="utf-8")
    assert committed == committed_schema(), "the API has changed: say `make schema`, and look at the difference"


def test_answers_leave_nothing_out_and_bodies_ask_for_nothing_that_is_only_read(schema: dict[str, Any]):
    schemas = schema["components"]["schemas"]
    assert schema["openapi"].startswith("3.1")
    assert "mobile_operator_code" in schemas["DirectoryClient"]["required"]
    assert "mobile_operator_code" not in schemas["ClientRequest"]["required"]
    for name, found in schemas.items():
        if name.endswith("Request"):
            assert not any(field.get("readOnly") for field in found["properties"].values()), name


def test_the_schema_lists_every_path_of_the_contract_once(schema: dict[str, Any]):
    listed = [re.sub(r"\{pk\}", "{id}", path) for path in schema["paths"]]
    assert set(listed) >= PATHS
    assert len({path.rstrip("/") for path in listed}) == len(listed)


def test_the_one_security_scheme_is_the_header(schema: dict[str, Any]):
    (name, scheme), *others = schema["components"]["securitySchemes"].items()
    assert (name, others) == ("jwtHeaderAuth", [])
    assert {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}.items() <= scheme.items()
    for path, _, operation in operations(schema):
        needs_none = path in OPEN or path.startswith(("/health/", "/metrics"))
        assert operation.get("security", []) == ([] if needs_none else [{"jwtHeaderAuth": []}]), path


def test_every_operation_has_a_name_a_summary_and_its_errors(schema: dict[str, Any]):
    names = [operation["operationId"] for _, _, operation in operations(schema)]
    assert len(set(names)) == len(names)
    for path, method, operation in operations(schema):
        assert operation["summary"]
        assert operation["tags"]
        statuses = set(operation["responses"])
        assert "503" in statuses, path
        if operation.get("security"):
            assert "401" in statuses, path
        if method != "get":
            assert {"400", "413", "415"} <= statuses, (method, path)
        if "{" in path:
            assert "404" in statuses, path
    assert "409" in schema["paths"]["/sender/notifications/{id}/pause"]["post"]["responses"]


def test_the_schema_comes_as_yaml_and_as_json(anonymous: APIClient):
    assert anonymous.get("/schema/").content.startswith(b"openapi: ")
    assert anonymous.get("/schema/", HTTP_ACCEPT="application/json").json()["openapi"]


def test_the_examples_of_a_mailing_can_be_executed_as_they_stand(operator: APIClient, schema: dict[str, Any]):
    for body in examples(schema, "post", "/sender/notifications"):
        answer = operator.post("/sender/notifications", body)
        assert answer.status_code == 201, answer.json()
        path = f"/sender/notifications/{answer.json()['id']}"
        for change in examples(schema, "patch", "/sender/notifications/{id}"):
            assert operator.patch(path, change).status_code == 200


def test_the_other_examples_can_be_executed_as_they_stand(anonymous: APIClient, schema: dict[str, Any]):
    registration = anonymous.post("/auth/registration/", examples(schema, "post", "/auth/registration/")[0])
    assert registration.status_code == 201
    for body in examples(schema, "post", "/auth/login/"):
        assert anonymous.post("/auth/login/", body).status_code == 200
    anonymous.credentials(HTTP_AUTHORIZATION=f"Bearer {registration.json()['access']}")
    client = anonymous.post("/client/", examples(schema, "post", "/client/")[0])
    assert client.status_code == 201
    for method in ("put", "patch"):
        for body in examples(schema, method, "/client/{id}"):
            assert getattr(anonymous, method)(f"/client/{client.json()['id']}", body).status_code == 200
        for body in examples(schema, method, "/auth/user/"):
            assert getattr(anonymous, method)("/auth/user/", body).status_code == 200
    for body in examples(schema, "post", "/auth/logout/"):
        assert anonymous.post("/auth/logout/", body).status_code == 200


def test_the_examples_of_gateways_and_rules_can_be_executed_as_they_stand(
    person: Callable[..., Any], schema: dict[str, Any]
):
    admin = as_user(person("anna", "administrator"))
    assert admin.post("/gateways", examples(schema, "post", "/gateways")[0]).status_code == 201
    (over_two,) = examples(schema, "post", "/routes")
    made = admin.post("/routes", over_two)
    assert (made.status_code, len(made.json()["gateways"])) == (201, 2), made.json()
    for change in examples(schema, "patch", "/routes/{id}"):
        assert admin.patch(f"/routes/{made.json()['id']}", change).status_code == 200


def test_the_dates_of_the_examples_are_made_when_they_are_shown(schema: dict[str, Any]):
    first, second = examples(schema, "post", "/sender/notifications")[:2]
    now = datetime.now(tz=UTC)
    assert abs(datetime.fromisoformat(first["start_time"]) - now) < timedelta(minutes=5)
    assert datetime.fromisoformat(second["start_time"]) > now + timedelta(hours=20)


class Addresses(HTMLParser):
    """Whatever a page loads, and whether a script stands in it."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.inline_scripts = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        loaded = [str(given[name]) for name in ("src", "href", "spec-url") if name in given]
        self.found += [address for address in loaded if not address.startswith("data:")]
        self.inline_scripts += tag == "script" and "src" not in given


@pytest.mark.parametrize("page", ["/docs", "/docs/", "/redoc", "/redoc/"])
def test_a_page_of_the_docs_loads_nothing_from_elsewhere_and_all_it_loads_is_there(anonymous: APIClient, page: str):
    from urllib.parse import urljoin

    answer = anonymous.get(page)
    parser = Addresses()
    parser.feed(answer.content.decode())
    assert parser.found
    assert parser.inline_scripts == 0
    for address in parser.found:
        url = urljoin(f"http://testserver{page}", address)
        assert url.startswith("http://testserver/"), address
        assert anonymous.get(url).status_code == 200, address


@pytest.mark.parametrize("accepted", ["application/json", "text/plain", "*/*", "image/png"])
def test_a_page_of_the_docs_is_shown_whatever_is_accepted_and_its_errors_are_json(anonymous: APIClient, accepted: str):
    for page in ("/docs/", "/redoc/"):
        shown = anonymous.get(page, HTTP_ACCEPT=accepted)
        assert (shown.status_code, shown["Content-Type"]) == (200, "text/html; charset=utf-8")
        refused = anonymous.post(page, {}, HTTP_ACCEPT=accepted)
        assert (refused.status_code, refused["Content-Type"]) == (405, "application/json")
        assert refused.json()["code"] == "method_not_allowed"


def test_what_cannot_be_answered_as_accepted_is_a_406_in_json(operator: APIClient):
    for path in ("/schema/", "/client/", "/sender/notifications", "/health/live"):
        answer = operator.get(path, HTTP_ACCEPT="image/png")
        assert (answer.status_code, answer.json()["code"]) == (406, "not_acceptable")


def test_swagger_keeps_the_token_and_asks_no_validator(anonymous: APIClient):
    script = anonymous.get("/docs/?script=").content.decode()
    assert '"persistAuthorization": true' in script
    assert '"validatorUrl": null' in script
    assert 'url: "/schema/"' in script


def test_the_quick_start_is_in_the_readers_language_and_its_commands_are_the_same(anonymous: APIClient):
    def shown(**asked: str) -> tuple[str, list[str]]:
        headers = {"HTTP_ACCEPT_LANGUAGE": asked.pop("accepted", "en")}
        page = anonymous.get("/docs/", asked, **headers).content.decode()  # type: ignore[arg-type]  # headers
        return re.findall("<h1>(.*?)</h1>", page)[0], re.findall("(?s)<pre.*?</pre>", page)

    english, commands = shown()
    assert english == "Quick start"
    assert len(commands) == 10
    assert "http://testserver" in commands[0]
    for asked, heading in (
        ({"accepted": "ru"}, "Быстрый старт"),
        ({"language": "ru"}, "Быстрый старт"),
        ({"language": "en", "accepted": "ru"}, "Quick start"),
        ({"language": "xx"}, "Quick start"),
    ):
        found, same = shown(**asked)
        assert found == heading, asked
        # The end of the mailing is that of the moment.
        assert [re.sub(r"T\d\d:\d\d:\d\d", "", each) for each in same] == [
            re.sub(r"T\d\d:\d\d:\d\d", "", each) for each in commands
        ]


def test_redoc_comes_without_the_logo_that_it_would_fetch(anonymous: APIClient):
    assert b"cdn.redoc.ly" not in anonymous.get("/redoc/?script=").content
