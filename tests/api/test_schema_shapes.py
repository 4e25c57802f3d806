"""The schema as generators of clients need it, and an example of everything. Real generators: tests/generators."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from rest_framework.test import APIClient

from harness.cast import client_body, mailing_body

#: Classes that generators make themselves, in the languages that people asked about.
TAKEN = {"apiclient", "apierror", "apiexception", "apikeyauth", "apiresponse", "client", "configuration", "error"} | {
    *("httpclient", "object", "pair", "request", "response", "servervariable", "serverconfiguration", "string", "unset")
}
#: The one choice of types: one phone or many.
CHOICES = {"StopAnswer"}


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    import json

    from vestnik.api.openapi_file import committed_schema

    return json.loads(committed_schema())


def operations(schema: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(path, method, op) for path, methods in schema["paths"].items() for method, op in methods.items()]


def parts(part: Any, at: str = "#") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object of the document but examples, and where it stands."""
    if isinstance(part, list):
        for number, element in enumerate(part):
            yield from parts(element, f"{at}/{number}")
    if isinstance(part, dict):
        yield at, part
        for key, value in part.items():
            if key not in ("example", "examples", "default", "enum"):
                yield from parts(value, f"{at}/{key}")


def test_an_integer_that_can_be_great_says_so(schema: dict[str, Any]):
    """Without a format generators for Java, Go, Rust and C# take 32 bits; ids and counts go beyond."""
    integers = [(at, part) for at, part in parts(schema) if part.get("type") in ("integer", ["integer", "null"])]
    assert len(integers) > 60
    wrong = [at for at, part in integers if part.get("format") != "int64" and part.get("maximum", 2**31) >= 2**31]
    assert wrong == []


def test_names_of_components_are_those_of_classes_and_nobody_elses(schema: dict[str, Any]):
    names = list(schema["components"]["schemas"])
    assert [name for name in names if not re.fullmatch("([A-Z][a-z0-9]+)+", name)] == []
    assert [name for name in names if name.lower() in TAKEN] == []
    assert len({name.lower() for name in names}) == len(names)
    # In Go, NewThing is what makes a Thing; ThingAllOf and Thing1 are what generators call nameless parts.
    assert [name for name in names if name.startswith("New") and name.removeprefix("New") in names] == []
    assert [name for name in names if re.search(r"(AllOf|OneOf|AnyOf|Inner|\d)$", name)] == []


def test_names_of_operations_stay_different_in_every_case(schema: dict[str, Any]):
    names = [op["operationId"] for _, _, op in operations(schema)]
    assert [name for name in names if not re.fullmatch("[a-z]+(_[a-z]+)*", name)] == []
    assert len({name.replace("_", "") for name in names}) == len(names)


def test_the_constants_of_all_enums_have_names_of_their_own(schema: dict[str, Any]):
    """Go has one namespace for all of them."""
    enums = {name: part for name, part in schema["components"]["schemas"].items() if "enum" in part}
    assert len(enums) > 10
    constants = Counter(constant for part in enums.values() for constant in part["x-enum-varnames"])
    assert [name for name, count in constants.items() if count > 1] == []
    assert all(re.fullmatch("[A-Z]+(_[A-Z0-9]+)*", name) for name in constants)
    assert all(len(part["enum"]) == len(part["x-enum-varnames"]) for part in enums.values())


def test_no_enum_and_no_object_stands_nameless_in_another(schema: dict[str, Any]):
    named = set(schema["components"]["schemas"])
    inline = [
        at
        for at, part in parts(schema)
        if ("enum" in part or "properties" in part)
        and not ("schemas/" in at and at.rpartition("/")[2] in named)
        and not at.startswith("#/components/headers")
        and not at.endswith("/additionalProperties")
    ]
    assert inline == []


def test_a_choice_of_types_is_a_thing_or_null_and_nothing_else(schema: dict[str, Any]):
    for at, part in parts(schema):
        assert "anyOf" not in part, at
        if at.rpartition("/")[2] in CHOICES:
            continue
        if "oneOf" in part:
            reference, null = part["oneOf"]
            assert (list(reference), null) == (["$ref"], {"type": "null"}), at
        if isinstance(part.get("type"), list):
            assert (len(part["type"]), part["type"][1]) == (2, "null"), at


def test_a_list_of_one_schema_has_something_beside_it(schema: dict[str, Any]):
    lists = {at: part for at, part in parts(schema) if "allOf" in part}
    assert lists
    assert [at for at, part in lists.items() if len(part["allOf"]) == 1 and len(part) == 1] == []


def test_every_operation_says_whether_it_needs_a_token(schema: dict[str, Any]):
    for path, method, operation in operations(schema):
        assert operation["security"] in ([], [{"jwtHeaderAuth": []}]), (method, path)
    assert schema["paths"]["/auth/login/"]["post"]["security"] == []


def test_the_schema_says_where_the_api_is(anonymous: APIClient, settings: Any, schema: dict[str, Any]):
    import dataclasses

    assert [server["url"] for server in schema["servers"]] == ["/"]
    settings.ENVIRONMENT = dataclasses.replace(settings.ENVIRONMENT, public_url="https://sms.example.org")
    served = anonymous.get("/schema/?format=json").json()["servers"]
    assert [server["url"] for server in served] == ["/", "https://sms.example.org"]


def test_a_form_comes_before_bytes(schema: dict[str, Any]):
    kinds = list(schema["paths"]["/client/import"]["post"]["requestBody"]["content"])
    assert (kinds[0], len(kinds)) == ("multipart/form-data", 4)


# -- examples


FORMATS = FormatChecker()


@FORMATS.checks("date-time", raises=ValueError)
def is_instant(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


ADD = "an example is missing: add it in vestnik/api/answer_examples.py"


def check(schema: dict[str, Any], shape: dict[str, Any], example: Any, where: object) -> None:
    whole = {**shape, "components": schema["components"]}
    checker = Draft202012Validator(whole, format_checker=FORMATS)
    assert [error.message for error in checker.iter_errors(example)] == [], where


def shown(body: dict[str, Any]) -> list[Any]:
    examples = [named["value"] for named in body.get("examples", {}).values()]
    return [*examples, body["example"]] if "example" in body else examples


def test_every_answer_has_an_example_that_fits(schema: dict[str, Any]):
    answers = [
        (response, (path, method, status))
        for path, method, operation in operations(schema)
        for status, response in operation["responses"].items()
        if "$ref" not in response
    ]
    answers += [(response, name) for name, response in schema["components"]["responses"].items()]
    count = 0
    for response, where in answers:
        for body in response.get("content", {}).values():
            assert shown(body), (where, ADD)
            for example in shown(body):
                check(schema, body["schema"], example, where)
                count += 1
    assert count > 45


def test_every_body_has_an_example_that_fits(schema: dict[str, Any]):
    for path, method, operation in operations(schema):
        body = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if body is not None:
            assert shown(body), (path, method)
            for example in shown(body):
                check(schema, body["schema"], example, (path, method))


def test_every_parameter_has_an_example_that_fits(schema: dict[str, Any]):
    count = 0
    for path, _, operation in operations(schema):
        for parameter in operation.get("parameters", ()):
            where = (path, parameter["name"])
            examples = parameter["schema"].get("examples", [])
            # Swagger fills in what stands beside the schema: a filter that nobody chose would narrow a list.
            assert ("example" in parameter) == bool(parameter.get("required")) == (not examples), (where, ADD)
            for example in [parameter["example"]] if "example" in parameter else examples:
                check(schema, parameter["schema"], example, where)
                count += 1
    assert count > 60


def test_times_in_examples_are_whole(schema: dict[str, Any]):
    """Made up from a pattern, they were `1987-`."""
    import json

    assert not re.search(r'"(@|[0-9]{4}-")', json.dumps(schema))


# -- headers

#: What every answer of every server has, or what the framework adds.
USUAL = {"content-type", "content-length", "vary", "allow", "cache-control", "content-language"} | {
    *("content-security-policy", "cross-origin-opener-policy", "referrer-policy", "x-content-type-options"),
    "x-frame-options",
}


def test_every_header_that_is_sent_is_documented(operator: APIClient, anonymous: APIClient, schema: dict[str, Any]):
    mailings = "/sender/notifications"
    made = operator.post(mailings, mailing_body(), HTTP_IDEMPOTENCY_KEY="a")
    id_ = made.json()["id"]
    for number in range(2):
        operator.post("/client/", client_body(phone_number=f"7911000000{number}"))
    seen: set[str] = set()
    for path, answer in [
        (mailings, operator.post(mailings, mailing_body(), HTTP_IDEMPOTENCY_KEY="b")),
        (mailings, operator.generic("POST", mailings, made.wsgi_request.body or b"", HTTP_IDEMPOTENCY_KEY="a")),
        (f"{mailings}/{{id}}", operator.get(f"{mailings}/{id_}")),
        (f"{mailings}/{{id}}/messages", operator.get(f"{mailings}/{id_}/messages")),
        (f"{mailings}/{{id}}/pause", operator.post(f"{mailings}/{id_}/pause", HTTP_IF_MATCH='"9"')),
        ("/client/", operator.get("/client/?page_size=1")),
        ("/client/export", operator.get("/client/export")),
        ("/client/import", operator.generic("POST", "/client/import", b"phone_number,tag,timezone\n", "text/csv")),
        ("/client/", anonymous.get("/client/")),
        ("/health/live", anonymous.get("/health/live")),
    ]:
        operation = schema["paths"][path][answer.wsgi_request.method.lower()]
        response = operation["responses"][str(answer.status_code)]
        if "$ref" in response:
            response = schema["components"]["responses"][response["$ref"].rpartition("/")[2]]
        documented = {name.lower() for name in response.get("headers", {})}
        sent = {name.lower() for name in answer.headers} - USUAL
        assert sent - documented == set(), (path, answer.status_code)
        seen |= sent
    assert seen >= {"etag", "link", "x-total-count", "location", "content-disposition", "www-authenticate"}
