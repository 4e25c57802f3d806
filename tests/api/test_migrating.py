"""What docs/how-to/migrating.md says to clients of the first version: a test for each row, a row for each test."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from rest_framework.test import APIClient

from harness.cast import PASSWORD, client_body, mailing_body
from harness.rest import in_future

TESTS = Path(__file__).parents[1]
ROWS = [
    line
    for line in (TESTS.parent / "docs/how-to/migrating.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and not line.startswith("| what ")
]
LIST = "/sender/notifications"


def test_every_row_names_a_test_and_every_test_here_is_named():
    named = set()
    assert len(ROWS) > 35
    for row in ROWS:
        found = re.findall(r"`([a-z_/]+\.py)::(test_\w+)`", row)
        assert found, f"no test: {row}"
        for file, name in found:
            assert f"def {name}(" in (TESTS / file).read_text(encoding="utf-8"), (file, name)
            named.add((file, name))
    own = re.findall(r"^def (test_\w+)", Path(__file__).read_text(encoding="utf-8"), re.MULTILINE)
    assert {("api/test_migrating.py", name) for name in own[1:]} <= named


def refusal(answer: Any) -> list[str]:
    assert answer.status_code == 400, answer.content
    return list(answer.json())


@pytest.mark.parametrize("phone", ["+79111234567", "89111234567", "8 911 123-45-67", "9111234567"])
def test_a_phone_in_another_spelling_is_refused(operator: APIClient, phone: str):
    assert refusal(operator.post("/client/", client_body(phone_number=phone))) == ["phone_number"]


@pytest.mark.parametrize("zone", ["MSK", "Moscow", "UTC+3", "+03:00"])
def test_a_zone_that_is_no_iana_name_is_refused(operator: APIClient, zone: str):
    assert refusal(operator.post("/client/", client_body(timezone=zone))) == ["timezone"]


def test_an_operator_code_has_three_digits(operator: APIClient):
    for code in ("9111", 9111, "91"):
        assert refusal(operator.post("/client/", client_body(mobile_operator_code=code))) == ["mobile_operator_code"]
    assert operator.post("/client/", client_body(mobile_operator_code=911)).json()["mobile_operator_code"] == "911"


def test_a_tag_is_text_of_64_characters_at_most(operator: APIClient):
    for tag in ("x" * 65, 5):
        assert refusal(operator.post("/client/", client_body(tag=tag))) == ["tag"]


def test_spaces_of_a_text_are_kept(operator: APIClient):
    assert operator.post(LIST, mailing_body(message_text=" Hello ")).json()["message_text"] == " Hello "


def test_an_end_in_the_past_is_refused(operator: APIClient):
    past = (datetime.now(tz=UTC) - timedelta(hours=1)).isoformat()
    assert refusal(operator.post(LIST, mailing_body(start_time=past, end_time=past)))
    assert "end_time" in refusal(operator.post(LIST, mailing_body(start_time=past, end_time=past)))


def test_a_patch_of_one_time_is_judged_with_the_other(operator: APIClient):
    made = operator.post(LIST, mailing_body()).json()
    answer = operator.patch(f"{LIST}/{made['id']}", {"start_time": in_future(days=9)})
    assert refusal(answer)[0] in ("start_time", "end_time")
    assert operator.get(f"{LIST}/{made['id']}").json() == made


def test_statistics_of_an_unknown_id_are_a_404(operator: APIClient):
    assert operator.get(f"{LIST}/999999/statistics").status_code == 404
    assert operator.get(f"{LIST}/999999/messages").status_code == 404


def test_there_is_no_reset_of_passwords_by_mail(anonymous: APIClient):
    for path in ("/auth/password/reset/", "/auth/password/reset/confirm/"):
        assert anonymous.post(path, {"email": "olga@example.org"}).status_code == 404


def test_a_logout_needs_a_token(anonymous: APIClient):
    assert anonymous.post("/auth/logout/", {}).status_code == 401


def test_errors_stand_at_their_field_or_in_detail(operator: APIClient, anonymous: APIClient):
    assert operator.post("/client/", client_body(tag="")).json().keys() == {"tag"}
    assert operator.get("/client/999999").json().keys() == {"detail", "code"}
    answer = anonymous.post("/auth/login/", {"username": "nobody", "password": PASSWORD})
    assert refusal(answer) == ["non_field_errors"]


def test_messages_of_a_deleted_client_stay(operator: APIClient):
    from django.utils import timezone

    from vestnik.models import Batch, Message

    client = operator.post("/client/", client_body()).json()
    mailing = operator.post(LIST, mailing_body()).json()["id"]
    now = timezone.now()
    row = {"client_id": client["id"], "phone": 79111234567, "created_at": now, "state": 1}
    Message.objects.create(id=80_000_000_000_001, mailing_id=mailing, **row)
    Batch.objects.create(
        mailing_id=mailing, first_id=80_000_000_000_001, last_id=80_000_000_000_001, due_at=now, state="done", sent=1
    )
    operator.delete(f"/client/{client['id']}")
    [message] = operator.get(f"{LIST}/{mailing}/messages").json()
    assert (message["client"], message["phone_number"]) == (None, "79111234567")


def test_ids_of_messages_are_of_64_bits(anonymous: APIClient):
    shape = anonymous.get("/schema/?format=json").json()["components"]["schemas"]["Message"]["properties"]["id"]
    assert (shape["type"], shape["format"]) == ("integer", "int64")


def test_texts_names_and_filters_have_limits(operator: APIClient):
    for change in (
        {"message_text": "x" * 2_001},
        {"name": "x" * 201},
        {"filter": {"tag": [f"t{n}" for n in range(1_001)], "operator_code": None}},
    ):
        assert refusal(operator.post(LIST, mailing_body(**change))) == list(change)


def test_operations_and_types_have_other_names_in_generated_clients(anonymous: APIClient):
    schema = anonymous.get("/schema/?format=json").json()
    assert schema["paths"]["/client/{id}"]["patch"]["operationId"] == "client_update"
    assert schema["paths"]["/client/{id}"]["put"]["operationId"] == "client_replace"
    assert {"DirectoryClient", "ApiKeyWithSecret", "MailingFilter", "SendWindow"} <= schema["components"][
        "schemas"
    ].keys()


def test_keys_that_are_only_read_are_ignored(operator: APIClient):
    made = operator.post("/client/", client_body()).json()
    answer = operator.put(f"/client/{made['id']}", {**made, "id": 5, "tag": "new"})
    assert (answer.status_code, answer.json()) == (200, {**made, "tag": "new"})


def test_a_phone_belongs_to_one_client(operator: APIClient):
    assert operator.post("/client/", client_body()).status_code == 201
    assert refusal(operator.post("/client/", client_body(tag="new"))) == ["phone_number"]


def test_a_filter_of_unknown_keys_is_refused(operator: APIClient):
    chosen = {"tag": ["vip"], "operator_code": None, "timezone": "UTC"}
    assert refusal(operator.post(LIST, mailing_body(filter=chosen))) == ["filter"]


def test_who_may_only_read_cannot_write(viewer: APIClient):
    assert viewer.get("/client/").status_code == 200
    assert viewer.post("/client/", client_body()).status_code == 403
