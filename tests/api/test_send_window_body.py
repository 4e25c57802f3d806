"""The send window in the JSON of a mailing."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from vestnik.api.mailing_body import MailingSerializer
from vestnik.errors import StateForbids
from vestnik.mailings.create import create_mailing
from vestnik.mailings.edit import edit_mailing
from vestnik.mailings.fields import MailingFields
from vestnik.mailings.windows import SendWindow
from vestnik.models import Mailing

BODY = {
    "end_time": "2090-01-01T00:00:00Z",
    "message_text": "text",
    "filter": {"tag": ["vip"], "operator_code": None},
}
DAY = SendWindow(time(9), time(21))


def read(window: Any) -> MailingSerializer:
    body = MailingSerializer(data={**BODY, "send_window": window})
    body.is_valid()
    return body


@pytest.mark.parametrize(
    ("window", "words"),
    [
        ([], "Give"), ("09:00-21:00", "Give"), (True, "Give"), (0, "Give"),
        ({}, "'from' is missing"), ({"from": "09:00"}, "'to' is missing"), ({"to": "09:00"}, "'from' is missing"),
        ({"from": "09:00", "to": "21:00", "zone": "UTC"}, "'zone' is not a key"),
        ({"from": "9:00", "to": "21:00"}, "'from' must be"), ({"from": "09:00", "to": "24:00"}, "'to' must be"),
        ({"from": "09:00", "to": "21:60"}, "'to' must be"), ({"from": "09:00:00", "to": "21:00"}, "'from' must be"),
        ({"from": 9, "to": 21}, "'from' must be"), ({"from": None, "to": "21:00"}, "'from' must be"),
        ({"from": "09:00\n", "to": "21:00"}, "'from' must be"), ({"from": "०९:००", "to": "21:00"}, "'from' must be"),
        ({"from": "09:00", "to": "09:00"}, "the same"),
    ],
)  # fmt: skip
def test_a_wrong_window_is_refused_by_the_fields_name(window: Any, words: str) -> None:
    errors = read(window).errors
    assert list(errors) == ["send_window"]
    assert any(words in str(text) for text in errors["send_window"])


@pytest.mark.parametrize(
    ("window", "opens", "closes"),
    [
        ({"from": "09:00", "to": "21:00"}, time(9), time(21)),
        ({"to": "06:00", "from": "22:30"}, time(22, 30), time(6)),
        ({"from": "00:00", "to": "23:59"}, time(0), time(23, 59)),
    ],
)
def test_a_window_is_read(window: Any, opens: time, closes: time) -> None:
    assert read(window).validated_data["send_window"] == SendWindow(opens, closes)


def test_null_and_nothing_mean_any_hour() -> None:
    assert read(None).validated_data["send_window"] is None
    body = MailingSerializer(data=BODY)
    body.is_valid(raise_exception=True)
    assert "send_window" not in body.validated_data


def make(window: SendWindow | None, starts_in: timedelta = timedelta(hours=1)) -> Mailing:
    now = datetime.now(tz=UTC)
    fields = MailingFields(
        name="", message_text="text", filter_tags=None, filter_codes=None,
        start_time=now + starts_in, end_time=now + timedelta(days=2), send_window=window,
    )  # fmt: skip
    return create_mailing(fields=fields, actor=None)


def with_window(window: SendWindow | None) -> Any:
    def change(before: MailingFields) -> MailingFields:
        return MailingFields(
            name=before.name, message_text=before.message_text, filter_tags=None, filter_codes=None,
            start_time=before.start_time, end_time=before.end_time, send_window=window,
        )  # fmt: skip

    return change


@pytest.mark.django_db
def test_what_is_answered_is_what_was_said() -> None:
    mailing = Mailing.objects.get(id=make(SendWindow(time(22), time(6, 30))).id)
    assert MailingSerializer(mailing).data["send_window"] == {"from": "22:00", "to": "06:30"}
    assert MailingSerializer(make(None)).data["send_window"] is None


@pytest.mark.django_db
def test_before_the_start_a_window_can_be_changed_and_taken_away() -> None:
    mailing = make(DAY)
    changed = edit_mailing(mailing_id=mailing.id, change=with_window(SendWindow(time(8), time(20))), actor=None)
    assert (changed.send_window_from, changed.send_window_to) == (time(8), time(20))
    changed = edit_mailing(mailing_id=mailing.id, change=with_window(None), actor=None)
    assert (changed.send_window_from, changed.send_window_to) == (None, None)


@pytest.mark.django_db
@pytest.mark.parametrize("window", [None, SendWindow(time(8), time(20))])
def test_after_the_start_it_cannot(window: SendWindow | None) -> None:
    mailing = make(DAY)
    Mailing.objects.filter(id=mailing.id).update(state="running")
    with pytest.raises(StateForbids, match="only end_time"):
        edit_mailing(mailing_id=mailing.id, change=with_window(window), actor=None)
    assert edit_mailing(mailing_id=mailing.id, change=with_window(DAY), actor=None).send_window_from == time(9)
