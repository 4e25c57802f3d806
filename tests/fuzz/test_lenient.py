"""The fuzzer leaves out only what the API takes on purpose; "invalid data should have been rejected" is off nowhere."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from tools.fuzz.lenient import is_taken

CONFIG = Path(__file__).parents[2] / "tools" / "fuzz" / "schemathesis.toml"


@pytest.mark.parametrize(
    ("operation", "query", "body", "taken"),
    [
        ("auth_logout", {}, None, True),
        ("client_create", {}, None, False),
        ("client_create", {}, {"mobile_operator_code": 911}, True),
        ("client_create", {}, {"mobile_operator_code": True}, False),
        ("client_create", {}, {"mobile_operator_code": 9.5}, False),
        ("mailing_create", {}, {"mobile_operator_code": 911}, False),
        ("client_list", {"phone_number": " "}, None, True),
        ("client_list", {"phone_number": "79\u200b11"}, None, True),
        ("stop_list_remove", {"phone_number": ["79111234567", "7911 1234567"]}, None, True),
        ("client_list", {"phone_number": "79111234567x"}, None, False),
        ("client_list", {"tag": " "}, None, False),
    ],
)
def test_only_what_is_taken_on_purpose_is_left_out(
    operation: str, query: dict[str, Any], body: object, taken: bool
) -> None:
    assert is_taken(operation, query=query, body=body) == taken


def test_no_operation_takes_what_is_wrong_unseen() -> None:
    operations = tomllib.loads(CONFIG.read_text(encoding="utf-8"))["operations"]
    assert not [each for each in operations if "negative_data_rejection" in each["checks"]]
