"""The totals over REST: shapes, roll-ups, and the messages behind them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from harness.cast import mailing_body

LIST = "/sender/notifications"
#: Message states of the ledger's two batches, and how each is shown.
SHOWN = [
    "sent",
    "delivered",
    "undelivered",
    "failed",
    "expired",
    "cancelled",
    "unknown",
    "queued",
    "queued",
    "sending",
    "sending",
    "queued",
]


@pytest.fixture
def mailing(operator: APIClient) -> dict[str, Any]:
    """A running mailing with a batch that is done, one that waits and one that is being sent."""
    from django.utils import timezone

    from vestnik.models import Batch, Mailing, Message, MessageState

    made = operator.post(LIST, mailing_body()).json()
    Mailing.objects.filter(id=made["id"]).update(state="running")
    now = timezone.now()
    ordinal = {state.label: state.value for state in MessageState}
    for number, word in enumerate(SHOWN):
        Message.objects.create(
            id=1000 + number,
            mailing_id=made["id"],
            client_id=5_000_000 + number,
            phone=79110000000 + number,
            created_at=now,
            sent_at=now if word in ("sent", "delivered") else None,
            state=ordinal.get(word, 0),
            tries=1,
            code="0" if word == "sent" else None,
        )
    done = dict.fromkeys(SHOWN[:7], 1)
    Batch.objects.create(mailing_id=made["id"], first_id=1000, last_id=1006, due_at=now, state="done", **done)
    Batch.objects.create(mailing_id=made["id"], first_id=1007, last_id=1008, due_at=now, state="ready", queued=2)
    Batch.objects.create(
        mailing_id=made["id"],
        first_id=1009,
        last_id=1011,
        due_at=now,
        state="leased",
        attempt=1,
        lease_token=1,
        leased_at=now,
        lease_expires_at=now + timedelta(seconds=10),
        high_water=1010,
        queued=1,
        sending=2,
    )
    return made


def messages(operator: APIClient, mailing: dict[str, Any], query: str = "") -> list[dict[str, Any]]:
    answer = operator.get(f"{LIST}/{mailing['id']}/messages{query}")
    assert answer.status_code == 200, answer.json()
    return answer.json()


def test_the_books_of_all_mailings(operator: APIClient, mailing: dict[str, Any]):
    [statistics] = operator.get(f"{LIST}/statistics").json()
    assert set(statistics) == {
        *("id", "name", "start_time", "end_time", "message_text", "state", "by_state", "total_count"),
        *("created_count", "processing_count", "complete_count", "error_count"),
    }
    assert statistics["id"] == mailing["id"]
    assert statistics["by_state"] == {state: SHOWN.count(state) for state in dict.fromkeys([*SHOWN])}
    assert (statistics["created_count"], statistics["processing_count"]) == (3, 2)
    assert (statistics["complete_count"], statistics["error_count"]) == (2, 5)
    assert statistics["total_count"] == len(SHOWN) == sum(statistics["by_state"].values())


def test_the_detailed_statistics_are_an_array_of_one_with_the_messages(operator: APIClient, mailing: dict[str, Any]):
    [statistics] = operator.get(f"{LIST}/{mailing['id']}/statistics").json()
    [listed] = operator.get(f"{LIST}/statistics").json()
    rows = statistics.pop("messages")
    assert statistics == listed
    assert rows == messages(operator, mailing)
    assert len(rows) == statistics["total_count"]


def test_a_message_is_answered_in_the_shape_of_the_contract(operator: APIClient, mailing: dict[str, Any]):
    row = messages(operator, mailing)[0]
    assert {name: row[name] for name in row if name not in ("created_at", "sent_at")} == {
        "id": 1000,
        "status": "COMPLETE",
        "state": "sent",
        "attempts": 1,
        "code": "0",
        "detail": None,
        "dispatch": mailing["id"],
        "client": None,
        "phone_number": "79110000000",
        "delivered_at": None,
        "gateway": "default",
        "parts": 1,
    }
    assert row["created_at"]
    assert row["sent_at"]


def test_a_message_says_when_it_was_delivered_and_over_which_gateway(operator: APIClient, mailing: dict[str, Any]):
    from vestnik.models import Message

    at = datetime(2026, 11, 30, 9, 0, 5, tzinfo=UTC)
    Message.objects.filter(mailing_id=mailing["id"], id__in=(1001, 1002)).update(outcome_at=at)
    [delivered] = messages(operator, mailing, "?state=delivered")
    assert (delivered["delivered_at"], delivered["gateway"]) == ("2026-11-30T12:00:05+03:00", "default")
    # A receipt that says that it was not delivered has a time, too, but that is none of a delivery.
    [undelivered] = messages(operator, mailing, "?state=undelivered")
    assert undelivered["delivered_at"] is None


def test_a_message_says_in_how_many_parts_it_was(operator: APIClient, mailing: dict[str, Any]):
    """Its own number, or that of the mailing's text; the totals by gateway add up what it took."""
    from vestnik.models import Mailing, Message

    Mailing.objects.filter(id=mailing["id"]).update(message_text="я" * 71, parts_differ=True)
    Message.objects.filter(mailing_id=mailing["id"], id=1000).update(parts=5)
    rows = messages(operator, mailing)
    assert [row["parts"] for row in rows] == [5] + [2] * (len(SHOWN) - 1)
    [by_phone] = messages(operator, mailing, f"?phone_number={rows[0]['phone_number']}")
    assert by_phone["parts"] == 5
    by_gateway = operator.get(f"{LIST}/{mailing['id']}/statistics/gateways").json()
    taken = sum(SHOWN.count(state) for state in ("sent", "delivered", "undelivered"))
    assert {each["gateway"]: each["parts"] for each in by_gateway} == {"default": 2 * taken + 3, None: 0}


@pytest.mark.parametrize("zone", ["UTC", "Europe/Moscow", "America/St_Johns"])
def test_messages_are_shown_as_their_serializer_shows_them(mailing: dict[str, Any], zone: str):
    from django.utils import timezone

    from vestnik.api.statistics import MessageSerializer, shown_messages
    from vestnik.models import Message
    from vestnik.statistics.messages import page_of_messages

    first = Message.objects.filter(mailing_id=mailing["id"]).order_by("id").first()
    assert first is not None
    # One row lacks all that can be absent (its client was deleted); the others have a time without a fraction.
    absent = {"client_id": 999_999_999, "code": None, "detail": None, "sent_at": None}
    Message.objects.filter(id=first.id).update(phone=-first.id, **absent)
    whole = timezone.now().replace(microsecond=0)
    Message.objects.filter(mailing_id=mailing["id"], id__gt=first.id).update(sent_at=whole, code="0", detail="Ой")
    rows = page_of_messages(mailing_id=mailing["id"], states=None, cursor=0, most=100)
    with timezone.override(zone):
        shown = shown_messages(rows, mailing_id=mailing["id"])
        assert shown == MessageSerializer(rows, many=True, context={"mailing_id": mailing["id"]}).data
    assert len(shown) == len(SHOWN)


def test_a_message_names_its_client_while_there_is_one(operator: APIClient, mailing: dict[str, Any]):
    from vestnik.models import Client

    Client.objects.create(id=5_000_001, phone_number=79110000001, mobile_operator_code=911, tag="vip", timezone="UTC")
    assert [row["client"] for row in messages(operator, mailing)][:3] == [None, 5_000_001, None]


def test_states_and_statuses_are_shown_as_the_books_count_them(operator: APIClient, mailing: dict[str, Any]):
    from vestnik.models import STATUS_OF_STATE

    rows = messages(operator, mailing)
    assert [row["state"] for row in rows] == SHOWN
    assert [row["status"] for row in rows] == [STATUS_OF_STATE[state] for state in SHOWN]


@pytest.mark.parametrize("state", dict.fromkeys(SHOWN))
def test_messages_are_filtered_by_state(operator: APIClient, mailing: dict[str, Any], state: str):
    rows = messages(operator, mailing, f"?state={state}")
    assert [row["state"] for row in rows] == [state] * SHOWN.count(state)


@pytest.mark.parametrize(("status", "count"), [("CREATED", 3), ("PROCESSING", 2), ("COMPLETE", 2), ("ERROR", 5)])
def test_messages_are_filtered_by_status(operator: APIClient, mailing: dict[str, Any], status: str, count: int):
    rows = messages(operator, mailing, f"?status={status}")
    assert [row["status"] for row in rows] == [status] * count


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("?phone_number=79110000003", [1003]),
        ("?phone=79110000003", [1003]),
        ("?phone_number=79990000000", []),
        ("?phone_number=79110000003&state=failed", [1003]),
        ("?phone_number=79110000003&state=sent", []),
        ("?status=COMPLETE&state=delivered", [1001]),
        ("?status=CREATED&state=delivered", []),
        ("?state=sent&state=failed", [1000, 1003]),
        ("?state=sent&state=sent", [1000]),
        ("?status=COMPLETE&status=PROCESSING", [1000, 1001, 1009, 1010]),
        ("?status=COMPLETE&status=PROCESSING&state=sent&state=failed", [1000]),
        ("?phone_number=79110000003&state=failed&state=sent", [1003]),
    ],
)
def test_messages_are_found_by_phone_and_filters_are_anded(
    operator: APIClient, mailing: dict[str, Any], query: str, ids: list[int]
):
    assert [row["id"] for row in messages(operator, mailing, query)] == ids


@pytest.mark.parametrize(
    ("query", "total"),
    [
        ("", 12),
        ("&state=queued", 3),
        ("&status=ERROR&state=failed&state=expired", 2),
        ("&status=CREATED&state=sent", 0),
    ],
)
def test_the_books_say_how_many_messages_the_pages_hold(
    operator: APIClient, mailing: dict[str, Any], query: str, total: int
):
    from django.utils import timezone

    from vestnik.models import Mailing

    statistics, listed = (f"{LIST}/{mailing['id']}/{what}?page_size=2{query}" for what in ("statistics", "messages"))
    answer = operator.get(statistics)
    assert answer["X-Total-Count"] == str(total)
    if "Link" in answer:
        assert operator.get(answer["Link"].partition(">")[0][1:])["X-Total-Count"] == str(total)
        # What would have to be counted is not told.
        assert "X-Total-Count" not in operator.get(listed)
    row, now = Mailing.objects.filter(id=mailing["id"]), timezone.now()
    row.update(state="completed", frozen_at=now, totals={word: SHOWN.count(word) for word in SHOWN})
    assert operator.get(listed)["X-Total-Count"] == str(total)
    row.update(messages_dropped_at=now)  # the totals stay, and the list has lost its rows
    assert operator.get(statistics).get("X-Total-Count") != "12"


@pytest.mark.parametrize("query", ["", "&state=queued", "&state=queued&state=failed", "&status=ERROR"])
@pytest.mark.parametrize("what", ["messages", "statistics"])
def test_messages_are_paged(operator: APIClient, mailing: dict[str, Any], what: str, query: str):
    import re

    url: str | None = f"{LIST}/{mailing['id']}/{what}?page_size=2{query}"
    found: list[int] = []
    while url:
        answer = operator.get(url)
        rows = answer.json() if what == "messages" else answer.json()[0]["messages"]
        assert 1 <= len(rows) <= 2
        found += [row["id"] for row in rows]
        following = re.search(r'<([^>]+)>; rel="next"', answer.get("Link", ""))
        url = following[1] if following else None
    assert found == [row["id"] for row in messages(operator, mailing, f"?{query}")]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("state=SENT", "state"),
        ("state=", "state"),
        ("status=complete", "status"),
        ("phone_number=7911", "phone_number"),
        ("phone_number=%00", "phone_number"),
        ("page_size=0", "page_size"),
    ],
)
@pytest.mark.parametrize("what", ["messages", "statistics"])
def test_a_wrong_filter_is_a_400_that_names_it(
    operator: APIClient, mailing: dict[str, Any], what: str, query: str, field: str
):
    answer = operator.get(f"{LIST}/{mailing['id']}/{what}?{query}")
    assert (answer.status_code, list(answer.json())) == (400, [field])


def test_the_books_of_a_mailing_that_is_over_are_its_frozen_totals(operator: APIClient, mailing: dict[str, Any]):
    from django.utils import timezone

    from vestnik.models import MESSAGE_STATES, Mailing

    totals = dict.fromkeys(MESSAGE_STATES, 0) | {"sent": 7, "unknown": 1}
    Mailing.objects.filter(id=mailing["id"]).update(state="completed", frozen_at=timezone.now(), totals=totals)
    [statistics] = operator.get(f"{LIST}/statistics").json()
    assert statistics["by_state"] == totals
    assert (statistics["complete_count"], statistics["error_count"], statistics["total_count"]) == (7, 1, 8)


def test_the_books_of_an_unknown_mailing_are_a_404(operator: APIClient):
    for what in ("statistics", "messages"):
        assert operator.get(f"{LIST}/999/{what}").status_code == 404


def test_the_books_are_asked_for_in_a_fixed_number_of_queries(operator: APIClient, mailing: dict[str, Any]):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    for _ in range(5):
        operator.post(LIST, mailing_body())
    with CaptureQueriesContext(connection) as queries:
        assert len(operator.get(f"{LIST}/statistics").json()) == 6
    assert len(queries) == 3, "the login, the mailings, their batches"
    assert not any("count(" in query["sql"].lower() for query in queries)
    del mailing
