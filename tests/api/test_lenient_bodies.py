"""What generated clients send and JSON allows: `null` for a body that is left out, and `1.0` for the integer 1."""

import json
from typing import Any

import pytest
from rest_framework.test import APIClient

from harness.cast import as_user, client_body, mailing_body

JSON = "application/json"


def send(client: APIClient, method: str, path: str, body: str) -> Any:
    return client.generic(method.upper(), path, body.encode(), content_type=JSON)


# -- null


def bodies_that_need_not_be(schema: dict[str, Any]) -> list[tuple[str, str]]:
    """The operations that take a body which may be left out, or none."""
    return [
        (method, path)
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
        if method != "get" and not operation.get("requestBody", {}).get("required") and path != "/client/import"
    ]


def test_null_is_the_same_as_no_body_wherever_none_is_needed(person: Any, anonymous: APIClient):
    schema = anonymous.get("/schema/?format=json").json()
    operations = bodies_that_need_not_be(schema)
    assert len(operations) >= 10
    olga = person("olga", "administrator")
    for method, path in operations:
        answers = []
        for body in ("", "null", " null\n"):
            client = as_user(olga)  # a login each: a logout ends it
            made = client.post("/sender/notifications", mailing_body()).json()["id"]
            place = path
            if path.startswith("/client/{id}"):
                phone = f"7911{made:07d}"
                place = f"/client/{client.post('/client/', client_body(phone_number=phone)).json()['id']}"
            answers.append(send(client, method, place.replace("{id}", str(made)), body))
        said = [answer.status_code for answer in answers]
        assert len(set(said)) == 1, (method, path, said)
        if said[0] == 400:
            assert len({answer.content for answer in answers}) == 1, (method, path)
        assert "No data" not in answers[1].content.decode()


def test_a_logout_with_null_ends_the_login(person: Any):
    client = as_user(person("olga", "operator"))
    assert send(client, "post", "/auth/logout/", "null").status_code == 200
    assert client.get("/auth/user/").status_code == 401


def test_a_body_that_is_needed_is_still_missed(operator: APIClient):
    for path in ("/client/", "/sender/notifications", "/auth/login/", "/auth/password/change/"):
        assert send(operator, "post", path, "null").status_code == 400


# -- integers


@pytest.mark.parametrize("code", ["911.0", "9.11e2", "911.000", "0.911E3", "9110e-1"])
def test_an_operator_code_may_be_any_spelling_of_the_integer(operator: APIClient, code: str):
    body = json.dumps(client_body(mobile_operator_code=0)).replace(
        '"mobile_operator_code": 0', f'"mobile_operator_code": {code}'
    )
    answer = send(operator, "post", "/client/", body)
    assert (answer.status_code, answer.json()["mobile_operator_code"]) == (201, "911")


def test_a_phone_may_be_an_integer_with_a_point(operator: APIClient):
    body = json.dumps(client_body()).replace('"79111234567"', "79111234567.0")
    assert send(operator, "post", "/client/", body).json()["phone_number"] == "79111234567"
    stopped = send(operator, "post", "/client/stop-list", '{"phone_numbers": [79111234567.0, 7.9111234568E10]}')
    assert stopped.json()["added"] == 2


@pytest.mark.parametrize("code", ["911.0", "9.11e2"])
def test_a_filter_takes_them_and_answers_integers(operator: APIClient, code: str):
    body = json.dumps(mailing_body()).replace("[911]", f"[{code}]")
    answer = send(operator, "post", "/sender/notifications", body)
    assert (answer.status_code, answer.json().get("filter")) == (201, {"tag": ["vip"], "operator_code": [911]})
    assert b"911.0" not in answer.content


@pytest.mark.parametrize(
    "code", ["911.5", "1e3", "-0.5", "911.00000000000000000000000000000001", "1e-400", "9e18", "1e99"]
)
def test_what_is_no_operator_code_stays_none(operator: APIClient, code: str):
    body = json.dumps(mailing_body()).replace("[911]", f"[{code}]")
    answer = send(operator, "post", "/sender/notifications", body)
    assert (answer.status_code, list(answer.json())) == (400, ["filter"])


@pytest.mark.parametrize("number", ["1e400", "-1e400", "1" * 400 + ".0", "1e99999999999999999999"])
def test_a_number_beyond_all_bounds_is_a_400_and_no_infinity(operator: APIClient, number: str):
    answer = send(operator, "post", "/client/", f'{{"tag": {number}}}')
    assert (answer.status_code, "too large" in answer.json()["detail"]) == (400, True)


def test_a_repetition_may_spell_the_integers_of_its_body_in_another_way(operator: APIClient):
    body = json.dumps(mailing_body())
    first, second = (
        operator.generic("POST", "/sender/notifications", text.encode(), content_type=JSON, HTTP_IDEMPOTENCY_KEY="k")
        for text in (body, body.replace("[911]", "[911.0]"))
    )
    assert (first.status_code, second.status_code, first.json()) == (201, 201, second.json())
