"""Receipts in Vestnik's own form: what they say, and what is refused with its place."""

from typing import Any

import orjson
import pytest

from harness.probe import probe
from vestnik.gateways.adapter import BadCallback, Callback, Fate, Receipt, Received

ID = 96_000_000_000_000


def received(body: Any) -> tuple[Receipt, ...]:
    return whole(body).receipts


def whole(body: Any) -> Received:
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    callback = Callback(
        method="POST", url="https://vestnik.example/x", headers={}, query=(), form=(), body=raw, address="192.0.2.1",
        now=1_700_000_000.0,
    )  # fmt: skip
    return probe("http://gateway.example").received(callback)


@pytest.mark.parametrize(
    ("state", "fate"),
    [
        ("sent", Fate.ON_ITS_WAY), ("delivered", Fate.DELIVERED), ("undelivered", Fate.UNDELIVERED),
        ("failed", Fate.UNDELIVERED),
    ],
)  # fmt: skip
def test_each_state_means_something(state: str, fate: Fate) -> None:
    assert received({"id": ID, "state": state}) == (Receipt(fate=fate, message_id=ID),)


def test_one_or_many_with_everything_that_may_be_said() -> None:
    first = {
        "id": str(ID), "state": "undelivered", "code": 17, "detail": "no\nsubscriber +7 911 000 00 01",
        "at": "2026-01-01T03:00:00+03:00",
    }  # fmt: skip
    assert received([first, {"provider_id": "a-1", "state": "delivered", "at": 1_767_225_600, "more": []}]) == (
        Receipt(
            fate=Fate.UNDELIVERED, message_id=ID, code="17", words="no subscriber +7911***0001", at=1_767_225_600.0
        ),
        Receipt(fate=Fate.DELIVERED, provider_id="a-1", at=1_767_225_600.0),
    )


@pytest.mark.parametrize("at", ["2026-01-01T03:00:00", "yesterday", True, -5, 1e300, {}])
def test_a_receipt_counts_without_a_time_that_cannot_be_read(at: Any) -> None:
    assert received({"id": ID, "state": "sent", "at": at}) == (Receipt(fate=Fate.ON_ITS_WAY, message_id=ID),)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "not JSON"), (b"id=1&state=sent", "not JSON"), ([5], "receipt 1 is not"),
        ([{"id": ID, "state": "Sent"}, 5], "receipt 1"), ({"id": ID}, "state"),
        ({"id": ID, "state": ["sent"]}, "state"), ({"state": "sent"}, "neither"), ({"id": 0, "state": "sent"}, '"id"'),
        ({"id": 2**63, "state": "sent"}, '"id"'), ({"id": True, "state": "sent"}, '"id"'),
        ({"id": "१", "state": "sent"}, '"id"'), ({"provider_id": "", "state": "sent"}, "provider_id"),
        ({"provider_id": 5, "state": "sent"}, "provider_id"),
        ([{"id": ID, "state": "sent"}] * 10_001, "more than 10000"),
    ],
)  # fmt: skip
def test_a_body_of_which_nothing_can_be_read_is_refused_with_its_place(body: Any, said: str) -> None:
    with pytest.raises(BadCallback, match=said):
        received(body)


def test_of_a_list_what_can_be_read_counts_and_the_rest_has_its_place() -> None:
    found = whole([5, {"id": ID, "state": "sent"}, {"id": ID, "state": "Sent"}])
    assert found.receipts == (Receipt(fate=Fate.ON_ITS_WAY, message_id=ID),)
    assert [words.split(":")[0] for words in found.bad] == ["receipt 1 is not an object", "receipt 3"]
    assert whole([]) == Received()
