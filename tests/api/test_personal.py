"""Personal texts over REST: what is said, refused and kept; single messages; the text that was sent."""

from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from harness.cast import client_body, mailing_body
from harness.simulator_client import SimulatorClient
from vestnik.clients.attributes.values import checked_value
from vestnik.mailings import personal
from vestnik.models import Client, Mailing, Message

LIST = "/sender/notifications"
TEXT = "Hello {{first_name|friend}}, {{balance|number:2|0}}"


@pytest.fixture(autouse=True)
def _known(monkeypatch: pytest.MonkeyPatch) -> None:
    types = {"first_name": "text", "balance": "number", "day": "date"}
    monkeypatch.setattr(personal, "known_types", lambda: types)


def body(**changes: Any) -> dict[str, Any]:
    return mailing_body(**{"message_text": TEXT, "personal": True, "on_missing": "default", **changes})


def test_a_personal_text_is_kept_answered_changed_and_can_be_put_back(operator: APIClient) -> None:
    made = operator.post(LIST, body())
    assert made.status_code == 201, made.json()
    assert {name: made.json()[name] for name in ("personal", "on_missing", "locale")} == {
        "personal": True, "on_missing": "default", "locale": "ru",
    }  # fmt: skip
    address = f"{LIST}/{made.json()['id']}"
    assert operator.put(address, operator.get(address).json()).json() == made.json()
    assert operator.patch(address, {"locale": "en"}).json()["locale"] == "en"
    assert (
        operator.patch(address, {"on_missing": "skip", "message_text": "{{day|date}}"}).json()["on_missing"] == "skip"
    )
    # A client of the first version knows nothing of it: what it does not say stays.
    old = mailing_body(message_text="{{day}}")
    assert operator.put(address, old).json()["personal"] is True
    plain = operator.patch(address, {"personal": False}).json()
    assert not {"personal", "on_missing", "locale"} & plain.keys()
    assert Mailing.objects.values_list("personal", "on_missing", "locale").get() == (False, "", "")


def test_without_it_braces_are_braces_and_answers_are_as_before(operator: APIClient) -> None:
    made = operator.post(LIST, mailing_body(message_text="{{nobody}} }} {{"))
    assert made.status_code == 201
    assert not {"personal", "on_missing", "locale"} & made.json().keys()


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        (
            {"message_text": "Hello\n{{first_nmae|you}}"}, "message_text",
            "Line 2, column 1: {{first_nmae|you}}: no client has an attribute of that name; did you mean first_name?",
        ),
        ({"message_text": "{{first_name}}"}, "message_text", "a default is needed: {{first_name|default}}"),
        ({"message_text": "{{day|number|0}}"}, "message_text", "the type of this attribute is date"),
        ({"message_text": "{{first_name"}, "message_text", "opens a placeholder"),
        ({"on_missing": None}, "on_missing", "default or skip"),
        ({"on_missing": "guess"}, "on_missing", "guess"),
        ({"locale": "de"}, "locale", "de"),
        ({"personal": "maybe"}, "personal", ""),
        ({"personal": False}, "on_missing", "Only a personal text has this."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_kept(
    operator: APIClient, changes: dict[str, Any], field: str, said: str
) -> None:
    for path in (LIST, f"{LIST}/preview"):
        answer = operator.post(path, body(**changes))
        assert (answer.status_code, list(answer.json())) == (400, [field])
        assert said in answer.json()[field][0]
    assert Mailing.objects.count() == 0


def test_faults_are_said_in_the_readers_language(operator: APIClient) -> None:
    answer = operator.post(LIST, body(message_text="{{balanse|number|0}}"), headers={"Accept-Language": "ru"})
    (fault,) = answer.json()["message_text"]
    assert fault.startswith("Строка 1, знак 1: {{balanse|number|0}}: ни у одного клиента нет такого поля; ")
    assert fault.endswith("возможно, вы имели в виду balance?")


def test_after_the_start_nothing_of_it_can_be_changed(operator: APIClient) -> None:
    made = operator.post(LIST, body()).json()
    Mailing.objects.update(state="running")
    for change in ({"locale": "en"}, {"personal": False}, {"on_missing": "skip"}, {"message_text": "{{tag}}"}):
        assert operator.patch(f"{LIST}/{made['id']}", change).status_code == 409
    assert operator.patch(f"{LIST}/{made['id']}", {"locale": "ru", "personal": True}).status_code == 200


def test_the_text_that_was_sent_is_shown_to_operators_who_ask(operator: APIClient, viewer: APIClient) -> None:
    mailing = operator.post(LIST, body(on_missing="skip")).json()["id"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT vestnik_ensure_message_partition(%s)", [mailing])
        cursor.execute(
            "INSERT INTO vestnik_batch (mailing_id, first_id, last_id, due_at, queued, cancelled)"
            " VALUES (%s, 1, 3, now(), 2, 1)",
            [mailing],
        )
        rows = [(1, '["Анна", "1 500,50"]', 0), (2, "[null, null]", 0), (3, None, 6)]
        for number, values, state in rows:
            cursor.execute(
                "INSERT INTO vestnik_message (id, mailing_id, client_id, phone, created_at, state, attempt, tries,"
                " answers, in_doubt, field_values) VALUES (%s, %s, 1, %s, now(), %s, 0, 0, 0, false, %s)",
                [number, mailing, 79110000000 + number, state, values],
            )
    address = f"{LIST}/{mailing}/messages"
    assert [each["text"] for each in operator.get(f"{address}?text=true").json()] == [
        "Hello Анна, 1 500,50", "Hello friend, 0", None,
    ]  # fmt: skip
    (message,) = operator.get(f"{LIST}/{mailing}/statistics?text=true&phone_number=79110000002").json()[0]["messages"]
    assert message["text"] == "Hello friend, 0"
    assert "text" not in operator.get(address).json()[0]
    assert viewer.get(f"{address}?text=true").status_code == 403
    assert viewer.get(address).status_code == 200
    assert operator.get(f"{address}?text=yes").status_code == 400


@pytest.mark.parametrize(
    "value", ["John\u00a0Doe", "1\u202f234", "cafe\u0301", "a\r\nb", " \u202eJohn\u2009Doe ", "\u2764\ufe0f", "2\ufe0f"]
)
def test_a_value_of_a_single_message_is_cleaned_as_one_of_a_client(operator: APIClient, value: str) -> None:
    """Or a space that nobody sees would make UCS-2 of the text."""
    said = {"phone_number": "79110000001", "text": "{{x}}.", "personal": True, "values": {"x": value}}
    accepted = operator.post("/messages", said)
    assert accepted.status_code == 201, accepted.json()
    assert operator.get(f"/messages/{accepted.json()['id']}").json()["text"] == f"{checked_value(value, 'text')}."


def test_a_single_message_is_made_of_the_values_beside_it(operator: APIClient) -> None:
    said = {
        "phone_number": "79110000001",
        "text": "{{first_name|friend}}: {{balance|number}}, {{day|date}} {{phone_number}}",
        "personal": True, "values": {"first_name": "A{{day}}", "balance": 1500.5, "day": "2026-12-31"}, "locale": "en",
    }  # fmt: skip
    accepted = operator.post("/messages", said)
    assert accepted.status_code == 201, accepted.json()
    found = operator.get(f"/messages/{accepted.json()['id']}").json()
    assert found["text"] == "A{{day}}: 1,500.5, Dec 31, 2026 79110000001"
    mailing = found["mailing"]
    (row,) = operator.get(f"{LIST}/{mailing}/messages?text=true").json()
    assert row["text"] == found["text"]


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"text": "{{first_nmae}}"}, "values", "There is no value for first_nmae."),
        ({"text": "{{first_name"}, "text", "opens a placeholder"),
        ({"text": "{{balance|number}}", "values": {"balance": "much"}}, "values", "There is no value for balance."),
        ({"values": {"first_name": "x" * 3_000}}, "values", "longer than 2000 characters"),
        ({"values": {"first_name": True}}, "values", "Give a text or a number: first_name."),
        (
            {"text": "{{balance|number}}", "values": {"balance": 99999999999999.99}},
            "values.balance",
            "The number has more than 15 digits",
        ),
        ({"text": "{{balance}}", "values": {"balance": 10**15}}, "values.balance", "more than 15 digits"),
        ({"text": "{{balance}}", "values": {"balance": 0.1 + 0.2}}, "values.balance", "more than 6 after the point"),
        ({"values": ["Anna"]}, "values", "Give an object of at most 50 values."),
        ({"values": {f"v{n}": 1 for n in range(51)}}, "values", "Give an object of at most 50 values."),
        ({"personal": False}, "values", "Only a personal text has this."),
    ],
)
def test_a_single_message_that_cannot_be_made_is_refused(
    operator: APIClient, changes: dict[str, Any], field: str, said: str
) -> None:
    good = {"phone_number": "79110000001", "text": "{{first_name}}", "personal": True, "values": {"first_name": "A"}}
    answer = operator.post("/messages", {**good, **changes})
    assert (answer.status_code, list(answer.json())) == (400, [field])
    assert said in answer.json()[field][0]
    assert Message.objects.count() == 0


def test_a_test_message_is_what_a_client_would_get(person: Any, simulator: SimulatorClient) -> None:
    from harness.cast import as_user

    admin = as_user(person("anna", "administrator"))
    simulator.receipts(url="http://127.0.0.1:9", lost=1)
    settings = {"url": simulator.base_url, "token": simulator.token}
    admin.post("/gateways", {"name": "reserve", "kind": "probe", "settings": settings})
    made = admin.post("/client/", client_body()).json()["id"]
    Client.objects.filter(id=made).update(attributes={"first_name": "Анна"})
    said = {"phone_number": "79220000000", "text": "Hello {{first_name}} {{phone_number}}", "client": made}
    assert admin.post("/gateways/reserve/test", said).json()["good"] is True
    assert [bill["text"] for bill in simulator.bills()] == ["Hello Анна 79111234567"]
    lacks = admin.post("/gateways/reserve/test", {**said, "text": "{{balance|number}}"})
    assert (lacks.status_code, lacks.json()) == (400, {"client": ["There is no value for balance."]})
    wrong = admin.post("/gateways/reserve/test", {**said, "text": "{{balanse}}"})
    assert (wrong.status_code, list(wrong.json())) == (400, ["text"])
    assert admin.post("/gateways/reserve/test", {**said, "client": made + 1}).json() == {
        "client": ["There is no such client."]
    }
    # Without a client, braces are braces.
    assert admin.post("/gateways/reserve/test", {**said, "client": None}).json()["good"] is True
    assert [bill["text"] for bill in simulator.bills()][1:] == ["Hello {{first_name}} {{phone_number}}"]
