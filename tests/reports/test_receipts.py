"""The report says what receipts said and sums up single messages, in the numbers that REST has."""

import re
from collections.abc import Iterator
from datetime import time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings

from harness.cast import as_user, person
from harness.fake_transport import REFUSED
from harness.gateways import add_gateway
from harness.stepping import answered, tick
from vestnik.audience.direct import SingleMessage, accept
from vestnik.db.clock import database_now
from vestnik.db.connection import Connection
from vestnik.gateways.adapter import Fate, Receipt
from vestnik.gateways.outcome import SUCCESS
from vestnik.models import Mailing
from vestnik.receipts.applying import apply_due
from vestnik.receipts.inbox import keep_receipts
from vestnik.reports.contents import Contents, contents_of
from vestnik.reports.due import Period, due_at
from vestnik.reports.letter import attachment_of, write_letter

LIST = "/sender/notifications"


def today() -> Period:
    """The report at 23:59 of this day, as of now."""
    zone = ZoneInfo(settings.TIME_ZONE)
    day = database_now().astimezone(zone).date()
    until = due_at(day, time(23, 59), zone)
    return Period(day=day, covers_from=until - timedelta(days=1), covers_until=until)


def ids(ledger: Connection, mailing: int, state: int) -> Iterator[int]:
    rows = ledger.execute(
        "SELECT id FROM vestnik_message_now WHERE mailing_id = %s AND state = %s ORDER BY id", [mailing, state]
    )
    return (row[0] for row in rows.fetchall())


def told(ledger: Connection, *receipts: Receipt) -> None:
    with ledger.transaction():
        keep_receipts(ledger, receipts, gateway=1)
    apply_due(ledger, stopped=lambda: False)


@pytest.fixture
def mailing(ledger: Connection) -> Mailing:
    """A mailing that is over: of six, three are delivered, one is not, one is only sent, one was refused."""
    made = answered(ledger, {SUCCESS: 5, REFUSED: 1})
    tick(ledger)
    sent, at = ids(ledger, made.id, 1), database_now().timestamp() + 60
    delivered = [Receipt(fate=Fate.DELIVERED, message_id=next(sent), at=at) for _ in range(3)]
    words = "the phone +7 911 123-45-67 is off"
    told(ledger, *delivered, Receipt(fate=Fate.UNDELIVERED, message_id=next(sent), code="6", words=words))
    made.refresh_from_db()
    return made


def texts(contents: Contents, language: str) -> tuple[str, str]:
    letter = write_letter(contents, language=language, csv=attachment_of(contents))
    return letter.text, " ".join(re.sub(r"<[^>]+>", "", letter.html).split())


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            ("75.0 % of 4 receipts say delivered; half within 1 min", "error 6 (undelivered: the phone "),
        ),
        (
            "ru",
            ("по отчётам (4) доставлено 75,0 %; половина дошла за 1 мин", "ошибка 6 (не доставлено: the phone "),
        ),
    ],
)
def test_a_mailing_has_its_share_delay_and_reasons(
    ledger: Connection, mailing: Mailing, language: str, words: tuple[str, ...]
) -> None:
    (account,) = contents_of(today()).ended
    rest = as_user(person("olga", "operator"))
    told = rest.get(f"{LIST}/{mailing.id}/statistics/delivery").json()
    assert account.delivery is not None
    total, delay = account.delivery.total, account.delivery.delay
    assert delay is not None
    assert (told["delivered"], told["undelivered"], told["rate"]) == (total.delivered, total.undelivered, total.rate)
    assert (told["delay"]["median"], told["delay"]["p95"]) == (delay.median, delay.p95)
    [statistics] = rest.get(f"{LIST}/{mailing.id}/statistics").json()
    assert statistics["by_state"] == account.totals
    text, html = texts(contents_of(today()), language)
    assert all(each in text for each in words)
    assert "123-45-67" not in text + html, "providers echo phones, and an e-mail passes through many hands"
    assert "gateway default" not in text
    assert "75" in html
    assert "the phone" in html
    # With a second gateway each is named with its share.
    second = add_gateway(ledger, "second")
    ledger.execute("UPDATE vestnik_batch SET gateway_id = %s", [second])
    ledger.execute("UPDATE vestnik_deliverycount SET key = %s::text WHERE kind = 1", [second])
    ledger.execute(
        "UPDATE vestnik_deliverycount SET key = replace(key, '1:', %s::text || ':') WHERE kind = 5", [second]
    )
    text, html = texts(contents_of(today()), language)
    line = next(line for line in text.splitlines() if " second:" in line)
    assert words[0].split(";")[0] in line
    assert " second" in html


@pytest.mark.parametrize(
    ("language", "words", "none"),
    [
        ("en", "complete 1 + error 1; queued 1, delivered 1, undelivered 1; 50.0 %", "No mailing ended"),
        ("ru", "с ошибкой 1; в очереди 1, доставлено 1, не доставлено 1; по отчётам (2)", "Рассылки не завершались"),
    ],
)
def test_the_single_messages_of_a_day_are_one_line(ledger: Connection, language: str, words: str, none: str) -> None:
    now = database_now()
    # Two to one phone are in two mailings of the day.
    phones = [79_110_000_001, 79_110_000_002, 79_110_000_001]
    messages = [SingleMessage(phone=phone, text="hello", end=now + timedelta(hours=1)) for phone in phones]
    first, second, _third = (each.id for each in accept(messages, now=now, refuse_stopped=True))
    for message, state in ((first, 2), (second, 3)):
        ledger.execute(
            "UPDATE vestnik_message SET state = %s, tries = 1, sent_at = now(), outcome_at = now() + interval '2 s'"
            " WHERE id = %s", [state, message],
        )  # fmt: skip
    ledger.execute(
        "UPDATE vestnik_batch SET queued = 0, delivered = 1, undelivered = 1, state = 'done'"
        " WHERE mailing_id = (SELECT min(id) FROM vestnik_mailing)"
    )
    contents = contents_of(today())
    assert (contents.ended, contents.running) == ([], [])
    assert contents.singles is not None
    rest = as_user(person("olga", "operator")).get(f"{LIST}/statistics", {"kind": "direct"}).json()
    assert len(rest) == 2
    for state, count in contents.singles.totals.items():
        assert count == sum(each["by_state"][state] for each in rest)
    text, html = texts(contents, language)
    assert sum(words in line for line in text.splitlines()) == 1
    assert words in html
    assert none not in text
    csv = attachment_of(contents)
    assert csv is not None
    assert len(csv.splitlines()) == 4
    day = timedelta(days=1)
    period = today()
    before = Period(
        day=period.day - day, covers_from=period.covers_from - day, covers_until=period.covers_until - day
    )  # fmt: skip
    assert contents_of(before).singles is None
    # One that waits for somebody has a row of its own all the same.
    ledger.execute("UPDATE vestnik_mailing SET state = 'paused', pause_code = 'refused'")
    assert len(contents_of(period).running) == 2
