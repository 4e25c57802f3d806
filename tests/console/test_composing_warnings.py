"""What the review of a mailing warns of: nobody to send to, night, closed windows, and too little time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import translation

from harness.mailings import made_mailing
from tests.console.mailing_form import MOSCOW, sheet_of
from vestnik.audience.preflight import Figures, Notable
from vestnik.console.composing.preflight import too_long_texts
from vestnik.console.composing.words import too_long
from vestnik.models import Breaker, Client, Gateway, GatewayState, Route
from vestnik.routing.edits import create_gateway
from vestnik.routing.text_limits import TextLimit
from vestnik.routing.values import GatewayFields

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("seven")]


def test_nobody_is_sent_to_now_but_may_be_scheduled_for(as_olga: Any) -> None:
    nobody: dict[str, Any] = {"tags": ["<old & true>"], "code_choice": "chosen", "codes": ["904"]}
    now = sheet_of(as_olga, **nobody)
    assert "No client matches" in now
    assert 'value="save"' not in now
    later = {"start_choice": "at", "start_at": "2030-05-05T12:00", "end_at": "2030-05-06T12:00"}
    assert "Schedule for 0 clients" in sheet_of(as_olga, **nobody, **later)


def test_warnings_say_what_will_be_lost_and_what_may_annoy(as_olga: Any, settings: Any) -> None:
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, gateway_max_rate=1)
    GatewayState.objects.update(breaker=Breaker.OPEN)
    night = datetime(2030, 5, 5, 23, tzinfo=MOSCOW)
    times = {"start_choice": "at", "start_at": f"{night:%Y-%m-%dT%H:%M}", "end_at": f"{night:%Y-%m-%dT23:01}"}
    sheet = sheet_of(as_olga, **times)
    assert "It may reach 3 clients at night (22:00-08:00 on their clocks) in Europe/Moscow" in sheet
    assert "The gateway does not answer." in sheet
    assert "at 1 messages/s, the rate limit" in sheet
    assert "5 s" in sheet
    assert "everybody" not in sheet
    sheet = sheet_of(as_olga, window_choice="hours", window_from="07:00", window_to="21:00", **times)
    assert "3 clients will not get it: the send window does not open before the end in Europe/Moscow." in sheet
    assert "at night" not in sheet
    assert "It goes to all clients" in sheet_of(as_olga, tag_choice="any")


def test_a_rate_that_is_too_low_is_said(as_olga: Any, settings: Any) -> None:
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, gateway_max_rate=1)
    Client.objects.bulk_create(
        Client(phone_number=79210000000 + n, mobile_operator_code=921, tag="vip", timezone="Europe/Moscow")
        for n in range(95)
    )
    times = {"start_choice": "at", "start_at": "2030-05-05T12:00"}
    assert "about 41 messages will not be sent before the end" in sheet_of(as_olga, end_at="2030-05-05T12:01", **times)
    assert "There is little time: sending takes about 1 min 40 s, and the mailing lasts 2 min" in sheet_of(
        as_olga, end_at="2030-05-05T12:02", **times
    )
    assert "There is little time" not in sheet_of(as_olga, end_at="2030-05-05T12:10", **times)


@pytest.mark.parametrize(("closes", "waits"), [("21:00", True), ("23:00", False)])
def test_a_mailing_that_takes_long_because_windows_are_closed_says_so(
    as_olga: Any, settings: Any, closes: str, waits: bool
) -> None:
    """At noon in Moscow it is 21:00 in Kamchatka: two clients wait for their morning, or are in time."""
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, gateway_max_rate=1)
    sheet = sheet_of(
        as_olga, start_choice="at", start_at="2030-05-05T12:00", end_at="2030-05-06T12:00", window_choice="hours",
        window_from="09:00", window_to=closes,
    )  # fmt: skip
    takes = sheet.partition("Takes about</dt><dd>")[2].partition("</dd>")[0]
    assert ("with the wait for the send window" in takes) == waits
    assert takes.startswith("12 h" if waits else "5 s")


def test_without_a_limit_the_rate_is_that_of_the_last_mailing_that_shows_one(as_olga: Any) -> None:
    assert "no rate limit is set" in sheet_of(as_olga)
    now = datetime.now(tz=UTC)

    def finished(name: str, *, sent: int, seconds: int, **more: Any) -> None:
        totals = {"queued": 0, "sending": 0, "sent": sent, "delivered": 0, "undelivered": 0, "failed": 0, "expired": 0}
        made_mailing(
            name=name, starts_in=-7_200, ends_in=0, state="completed", started_at=now - timedelta(seconds=seconds),
            finished_at=now, frozen_at=now, totals=totals, **more,
        )  # fmt: skip

    finished("Fast", sent=5_000, seconds=10)
    finished("Small", sent=20, seconds=10)
    finished("Paused", sent=9_000, seconds=3_000, resumed_at=now)
    assert "at 500 messages/s, as measured in an earlier mailing (Fast)" in sheet_of(as_olga)


LONG_FOR_CHEAP = (
    "“cheap” takes at most 8 SMS parts, and this text has 9."
    " Messages wait for another gateway of their rule that takes it, and fail where there is none."
)


def over_smsru(*, codes: list[int] | None = None) -> None:
    fields = GatewayFields(name="cheap", kind="smsru", settings={"api_id": "the-id"})
    gateway = create_gateway(fields=fields, actor=None)
    Gateway.objects.filter(id=gateway.id).update(enabled=True)
    Route.objects.create(position=1, gateways=[gateway.id], weights=[1], operator_codes=codes)


def test_a_text_that_is_too_long_for_a_gateway_is_said_with_its_name_in_both_languages(as_olga: Any) -> None:
    long = {"tag_choice": "any", "message_text": "ж" * 537}
    assert "takes at most" not in sheet_of(as_olga, **long)
    over_smsru()
    said = LONG_FOR_CHEAP
    assert said in sheet_of(as_olga, **long)
    assert "takes at most" not in sheet_of(as_olga, **{**long, "message_text": "ж" * 536})
    with translation.override("ru"):
        words = too_long(TextLimit("cheap", 1_224, 8), 537, 9)
    assert words == (
        "«cheap» принимает не больше 8 частей SMS, а в этом тексте их 9."
        " Сообщения подождут другого шлюза из своего правила, который его примет,"
        " а если такого нет, завершатся ошибкой."
    )


def test_a_gateway_of_operators_that_nobody_in_the_audience_has_is_left_out(as_olga: Any) -> None:
    over_smsru(codes=[999])
    assert "takes at most" not in sheet_of(as_olga, tag_choice="any", message_text="ж" * 1_100)


def test_of_personal_texts_the_longest_counts() -> None:
    over_smsru()
    longest = Notable(client=1, phone=79110000001, text="", characters=600, parts=9)
    figures = Figures(longest=longest, most_parts=longest, by_code={911: [1, 9]})
    assert too_long_texts(figures) == [LONG_FOR_CHEAP]
    assert too_long_texts(replace(figures, longest=None, most_parts=None)) == []
