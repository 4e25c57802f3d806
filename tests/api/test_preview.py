"""POST /sender/notifications/preview: how many clients, and how many will not be sent the message in time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from harness.cast import mailing_body, seven_clients
from harness.rest import in_future

URL = "/sender/notifications/preview"
OPEN_ZONE, CLOSED_ZONE = "Etc/GMT-1", "Etc/GMT-9"


@pytest.fixture(autouse=True)
def _directory(db: None) -> None:
    del db
    seven_clients(most_in=OPEN_ZONE, two_in=CLOSED_ZONE, other_tag="old")


@pytest.fixture
def max_rate(settings: Any) -> Any:
    def limit(rate: int | None) -> None:
        settings.ENVIRONMENT = replace(settings.ENVIRONMENT, gateway_max_rate=rate)

    return limit


def window_of_now() -> dict[str, str]:
    """Open for some hours around now in OPEN_ZONE, so closed in CLOSED_ZONE, eight hours further."""
    local = datetime.now(tz=UTC).astimezone(ZoneInfo(OPEN_ZONE))
    return {"from": f"{local - timedelta(hours=2):%H:%M}", "to": f"{local + timedelta(hours=2):%H:%M}"}


def soon(**changes: Any) -> dict[str, Any]:
    body = mailing_body(filter={"tag": ["vip"], "operator_code": None}, end_time=in_future(hours=1), **changes)
    del body["start_time"]
    return body


def test_it_counts_clients_by_operator_and_zone_without_those_on_the_stop_list(operator: Any) -> None:
    answer = operator.post(URL, soon(), format="json")
    assert answer.status_code == 200
    assert answer.json() == {
        "total": 5,
        "stopped": 1,
        "by_operator_code": [{"operator_code": "904", "count": 2}, {"operator_code": "911", "count": 3}],
        "by_timezone": [{"timezone": OPEN_ZONE, "count": 3}, {"timezone": CLOSED_ZONE, "count": 2}],
        "will_not_fit": {"total": 0, "by_reason": {"window": 0, "speed": None}, "by_timezone": []},
        "sms": {
            "encoding": "GSM-7", "characters": 13, "units": 13, "parts": 1, "total_parts": 5, "forcing_ucs2": [],
        },
        "too_long_for": [],
    }  # fmt: skip


def test_it_counts_the_sms_parts_of_the_text_and_of_the_whole_mailing(operator: Any) -> None:
    sms = operator.post(URL, soon(message_text="a" * 69 + "— "), format="json").json()["sms"]
    assert sms == {
        "encoding": "UCS-2", "characters": 71, "units": 71, "parts": 2, "total_parts": 10, "forcing_ucs2": ["—"],
    }  # fmt: skip


def test_it_saves_nothing(operator: Any) -> None:
    from vestnik.models import AuditEntry, Mailing

    before = AuditEntry.objects.count()
    assert operator.post(URL, soon(), format="json").status_code == 200
    assert (Mailing.objects.count(), AuditEntry.objects.count()) == (0, before)


def test_it_names_the_zones_whose_window_does_not_open_before_the_end(operator: Any) -> None:
    answer = operator.post(URL, soon(send_window=window_of_now()), format="json").json()
    assert answer["total"] == 5
    assert answer["will_not_fit"] == {
        "total": 2,
        "by_reason": {"window": 2, "speed": None},
        "by_timezone": [{"timezone": CLOSED_ZONE, "count": 2, "reason": "window"}],
    }


def test_a_day_later_every_window_has_been_open(operator: Any) -> None:
    body = soon(send_window=window_of_now()) | {"end_time": in_future(days=1, minutes=5)}
    assert operator.post(URL, body, format="json").json()["will_not_fit"]["total"] == 0


def test_with_a_rate_limit_it_estimates_what_speed_leaves_over(operator: Any, max_rate: Any) -> None:
    max_rate(1)
    body = soon(send_window=window_of_now()) | {"end_time": in_future(seconds=3)}
    unfit = operator.post(URL, body, format="json").json()["will_not_fit"]
    assert unfit["by_reason"] == {"window": 2, "speed": 1}  # three in less than two seconds
    assert {"timezone": OPEN_ZONE, "count": 1, "reason": "speed"} in unfit["by_timezone"]
    assert unfit["total"] == 3
    max_rate(100)
    unfit = operator.post(URL, body, format="json").json()["will_not_fit"]
    assert unfit["by_reason"] == {"window": 2, "speed": 0}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"send_window": {"from": "09:00"}}, "send_window"),
        ({"end_time": "2020-01-01T00:00:00Z"}, "end_time"),
        ({"filter": {"tag": []}}, "filter"),
        ({"message_text": ""}, "message_text"),
    ],
)
def test_a_wrong_body_is_refused_as_by_a_post(operator: Any, changes: dict[str, Any], field: str) -> None:
    answer = operator.post(URL, mailing_body(**changes), format="json")
    assert (answer.status_code, list(answer.json())) == (400, [field])


def test_nobody_who_may_not_write_can_ask(anonymous: Any, viewer: Any) -> None:
    assert anonymous.post(URL, soon(), format="json").status_code == 401
    assert viewer.post(URL, soon(), format="json").status_code == 403


def test_get_is_not_allowed_and_both_slash_forms_work(operator: Any) -> None:
    assert operator.get(URL).status_code == 405
    assert operator.post(f"{URL}/", soon(), format="json").status_code == 200


def test_the_schema_shows_what_it_answers(anonymous: Any) -> None:
    schema = anonymous.get("/schema/?format=json").json()
    operation = schema["paths"][URL]["post"]
    assert operation["operationId"] == "mailing_preview"
    shape = operation["responses"]["200"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    assert set(schema["components"]["schemas"][shape]["properties"]) == {
        "total", "stopped", "by_operator_code", "by_timezone", "will_not_fit", "sms", "too_long_for",
    }  # fmt: skip
