"""What people wrote to us: the newest first, found by last digits and by day, as a file, and how to turn it on."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from vestnik.console.clients import texts as pages
from vestnik.models import Inbound, User

pytestmark = pytest.mark.django_db
PATH = "/console/inbound"
NOON = datetime(2026, 11, 30, 9, tzinfo=UTC)


def texts(count: int) -> None:
    """So many texts, one a day from noon in Moscow on, from phones that end with their number."""
    Inbound.objects.bulk_create(
        Inbound(
            gateway_id=1, phone=79_110_000_000 + n, sender=f"+{79_110_000_000 + n}", text=f"Answer {n}.",
            received_at=NOON + timedelta(days=n),
        )
        for n in range(count)
    )  # fmt: skip


def shown(browser: Any, **asked: str) -> list[int]:
    page = browser.get(PATH, asked).text
    return [int(found) for found in re.findall(r"Answer ([0-9]+)\.", page)]


def test_without_any_it_says_how_to_get_them(as_victor: Any, as_anna: Any) -> None:
    for browser, has_link in ((as_victor, False), (as_anna, True)):
        page = browser.get(PATH).text
        assert "There are no inbound texts yet." in page
        assert ('<a class="v-button" href="/console/gateways">' in page) == has_link


def test_they_are_paged_by_key_and_found_by_last_digits_and_day(
    as_victor: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts(120)
    first = as_victor.get(PATH).text
    assert shown(as_victor) == list(range(119, 69, -1))
    assert '<a href="/console/phones/79110000119">' in first
    query = re.findall(r'rel="next" href="\?cursor=([^"]+)"', first)[0]
    Inbound.objects.create(gateway_id=1, phone=None, sender="Bank", text="Answer 999.", received_at=NOON)
    assert shown(as_victor, cursor=query) == list(range(69, 19, -1))
    assert "Bank" in as_victor.get(PATH).text
    assert 'id="total">121 texts<' in as_victor.get(PATH).text
    assert shown(as_victor, ends="0-17") == [17]
    assert 'id="total">1 text<' in as_victor.get(PATH, {"ends": "0-17"}).text
    monkeypatch.setattr(pages, "MAX_COUNTED", 100)
    assert 'id="total">More than 100 texts<' in as_victor.get(PATH, {"cursor": query}).text
    assert shown(as_victor, ends="17") == [117, 17]
    assert shown(as_victor, since="2026-12-01", until="2026-12-02") == [2, 1]
    page = as_victor.get(PATH, {"ends": "x"}).text
    assert "Enter two to ten digits" in page
    assert "Answer" not in page
    assert "No texts found." in as_victor.get(PATH, {"since": "2030-01-01"}).text


def test_a_day_begins_at_midnight_where_the_reader_is_and_the_file_has_what_was_found(
    as_victor: Any, victor: User
) -> None:
    texts(3)
    Inbound.objects.filter(text="Answer 1.").update(text="=1+1", received_at=datetime(2026, 12, 1, 20, tzinfo=UTC))
    Inbound.objects.create(
        gateway_id=1, phone=79_110_000_003, sender="3", text="At midnight.",
        received_at=datetime(2026, 12, 2, 18, tzinfo=UTC),
    )  # fmt: skip
    User.objects.filter(id=victor.id).update(language="ru", timezone="Asia/Omsk")
    asked = {"since": "2026-12-02", "until": "2026-12-02"}
    assert shown(as_victor, **asked) == [2]
    answer = as_victor.get(f"{PATH}.csv", asked)
    lines = b"".join(answer.streaming_content).decode().removeprefix("\ufeff")
    head, *rows = csv.reader(io.StringIO(lines), delimiter=";")
    assert head == ["id", "received_at", "phone_number", "sender", "recipient", "text", "gateway"]
    assert [row[1:] for row in rows] == [
        ["02.12.2026 02:00:00", "79110000001", "'+79110000001", "", "'=1+1", "default"],
        ["02.12.2026 15:00:00", "79110000002", "'+79110000002", "", "Answer 2.", "default"],
    ]
    assert as_victor.get(f"{PATH}.csv", {"ends": "x"}).status_code == 400
