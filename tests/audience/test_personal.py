"""A personal mailing: each message keeps what its text is made of, and who lacks a value gets nothing."""

from datetime import time
from typing import Any

import orjson
import pytest

from harness.fake_transport import REFUSED, SUCCESS
from harness.gateways import add_gateway, add_route
from harness.rows import FIRST, add_clients, add_mailing, assert_totals_are_rows
from harness.stepping import answered
from vestnik.audience import build
from vestnik.audience.build import build_audiences
from vestnik.clients.stop_list import stop_phones
from vestnik.ledger import audience, personal
from vestnik.ledger.check import check_totals
from vestnik.mailings.sms import count_sms
from vestnik.mailings.start import start_due
from vestnik.mailings.windows import SendWindow
from vestnik.models import MessageState
from vestnik.texts.render import LONGEST, renderer_of

#: What a client of the cast has, and what the text then says; None: nothing is sent.
TEXT = "{{first_name|друг}}, {{balance|number:2}} {{count|plural:балл,балла,баллов|}} {{phone_number}}"
CAST: list[tuple[dict[str, Any] | None, str | None]] = [
    ({"first_name": "Анна", "balance": 1500.5, "count": 2}, "Анна, 1 500,50 балла {phone}"),
    ({"balance": 0, "count": 5}, "друг, 0,00 баллов {phone}"),
    ({"first_name": "Анна"}, None),
    (None, None),
    ({"first_name": " ", "balance": -1}, "друг, -1,00  {phone}"),
    ({"first_name": "{{balance}} {{tag}}", "balance": 1}, "{{balance}} {{tag}}, 1,00  {phone}"),
    ({"first_name": "a\"b\\c'd", "balance": 1}, "a\"b\\c'd, 1,00  {phone}"),
    ({"first_name": "a\r\nb\u202ec\u2028", "balance": 1}, "a bc, 1,00  {phone}"),
    ({"first_name": "👨\u200d👩\u200d👧", "balance": 1}, "👨\u200d👩\u200d👧, 1,00  {phone}"),
    ({"first_name": "я" * 500, "balance": 1}, "я" * 500 + ", 1,00  {phone}"),
    ({"first_name": "я" * 10_000, "balance": 1}, None),
    ({"first_name": "Анна", "balance": "много"}, None),
]


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "FIRST_CHUNK", 7)
    monkeypatch.setattr(build, "FIRST_BATCH", 3)
    monkeypatch.setattr(build, "CHUNK", 10)
    monkeypatch.setattr(build, "BATCH_SIZE", 4)
    monkeypatch.setattr(audience, "PART", 4)  # a chunk has two of these and a rest


def add_cast(ledger: Any, times: int = 2, **options: Any) -> None:
    """The cast, so many times over; the client at each place has the attributes of its turn."""
    add_clients(ledger, len(CAST) * times, **options)
    give_attributes(ledger)


def give_attributes(ledger: Any) -> None:
    for turn, (attributes, _text) in enumerate(CAST):
        ledger.execute(
            "UPDATE vestnik_client SET attributes = %s WHERE (phone_number - %s) %% %s = %s",
            [None if attributes is None else orjson.dumps(attributes).decode(), FIRST, len(CAST), turn],
        )


def expected(phone: int) -> str | None:
    text = CAST[(phone - FIRST) % len(CAST)][1]
    return None if text is None else text.replace("{phone}", str(phone))


def build_personal(ledger: Any, text: str = TEXT, **columns: Any) -> int:
    given = {"personal": True, "on_missing": "skip", "locale": "ru", **columns}
    mailing = add_mailing(ledger, message_text=text, **given)
    start_due(ledger)
    while build_audiences(ledger, stopped=lambda: False):
        pass
    return mailing


def messages(ledger: Any, mailing: int) -> list[Any]:
    return list(
        ledger.execute(
            "SELECT phone, state, code, detail, parts, field_values FROM vestnik_message"
            " WHERE mailing_id = %s ORDER BY phone",
            [mailing],
        ).fetchall()
    )


@pytest.mark.parametrize("several", [False, True], ids=["plain", "with a window and rules"])
def test_each_message_keeps_the_values_and_the_parts_of_its_own_text(ledger: Any, several: bool) -> None:
    add_cast(ledger, codes=(911, 921), zones=("Europe/Moscow", "Asia/Omsk"))
    stop_phones(phones=[FIRST + 1], reason="", actor=None)
    window = None
    if several:
        add_route(ledger, [add_gateway(ledger, "second")], operator_codes=[921])
        window = SendWindow(time(9), time(21))
    mailing = build_personal(ledger, window=window, ends_in=3 * 86_400)

    found = messages(ledger, mailing)
    assert [phone for phone, *_ in found] == [FIRST + n for n in range(2 * len(CAST))]
    fill = renderer_of(TEXT, "ru").fill
    for phone, state, code, detail, parts, values in found:
        if phone == FIRST + 1:
            assert (state, code, parts, values) == (6, "stop_list", None, None)
        elif expected(phone) is None:
            long = (phone - FIRST) % len(CAST) == 10
            assert (state, code, parts, values) == (6, "text_too_long" if long else "field_missing", None, None)
            assert detail == ("the text would have 10019 characters" if long else "no value for balance")
        else:
            assert (state, code, detail) == (0, None, None)
            assert fill(values) == expected(phone)
            assert parts == count_sms(expected(phone) or "").parts
            assert len(fill(values)) <= LONGEST
    # Values alone, each once, and nothing else of the client.
    assert found[0][5] == ["Анна", "1 500,50", "балла", str(FIRST)]
    assert_totals_are_rows(ledger, mailing)
    assert check_totals(ledger) == []


@pytest.mark.parametrize(("failing", "made"), [(0, 0), (1, 0), (2, 7), (3, 7), (4, 7), (5, 17), (6, 17)])
def test_a_fault_in_one_part_of_a_chunk_leaves_nothing_of_it(
    ledger: Any, monkeypatch: pytest.MonkeyPatch, failing: int, made: int
) -> None:
    """Parts are written beside the making of texts. Chunks of 7, 10 and 7 clients have parts of 4, 3; 4, 4, 2; 4, 3."""
    add_cast(ledger)
    parts = iter(range(100))

    def fails_from_there(*arguments: Any) -> dict[str, Any]:
        values = personal.with_texts(*arguments)
        return {**values, "parts": "{x}"} if next(parts) >= failing else values

    with monkeypatch.context() as fault:
        fault.setattr(audience, "with_texts", fails_from_there)
        mailing = build_personal(ledger)
    assert len(messages(ledger, mailing)) == made

    while build_audiences(ledger, stopped=lambda: False):
        pass
    assert [phone for phone, *_ in messages(ledger, mailing)] == [FIRST + n for n in range(2 * len(CAST))]
    assert_totals_are_rows(ledger, mailing)


def test_of_an_earlier_mailing_too(ledger: Any) -> None:
    earlier = answered(ledger, {SUCCESS: len(CAST), REFUSED: len(CAST)}).id
    give_attributes(ledger)
    failed = [row[0] for row in messages(ledger, earlier) if row[1] == MessageState.FAILED]
    found = messages(ledger, build_personal(ledger, earlier_mailing=earlier, earlier_states=["failed"]))
    assert [phone for phone, *_ in found] == failed
    fill = renderer_of(TEXT, "ru").fill
    assert [None if row[5] is None else fill(row[5]) for row in found] == [expected(row[0]) for row in found]


def test_a_text_without_placeholders_and_one_of_a_single_value(ledger: Any) -> None:
    add_clients(ledger, 3)
    mailing = build_personal(ledger, r"\{{one\}}", on_missing="default")
    assert {(row[4], str(row[5])) for row in messages(ledger, mailing)} == {(1, "[]")}
    tag = build_personal(ledger, "{{tag}}")
    assert {(row[4], str(row[5])) for row in messages(ledger, tag)} == {(1, "['vip']")}


def test_a_plain_mailing_keeps_no_values_and_its_braces(ledger: Any) -> None:
    add_cast(ledger, 1)
    mailing = build_personal(ledger, personal=False, on_missing="", locale="")
    assert {tuple(row[1:]) for row in messages(ledger, mailing)} == {(0, None, None, None, None)}


def test_an_earlier_release_builds_no_audience_of_a_personal_mailing(ledger: Any) -> None:
    """Its messages would have no values. It goes on with other mailings, and this release builds the personal ones."""
    add_cast(ledger)
    plain = add_mailing(ledger)
    personal = add_mailing(ledger, message_text=TEXT, personal=True, on_missing="skip", locale="ru")
    start_due(ledger)
    # The statement of that release that moves the cursor. No row: it takes the mailing for cancelled, and rolls back.
    advance = (
        "UPDATE vestnik_mailing SET audience_cursor = 7, prepared_at = CASE WHEN false THEN now() END"
        " WHERE id = %s AND audience_cursor = 0 AND prepared_at IS NULL AND state IN ('running', 'paused') RETURNING id"
    )
    assert ledger.execute(advance, [plain]).fetchall() == [(plain,)]
    assert ledger.execute(advance, [personal]).fetchall() == []
    while build_audiences(ledger, stopped=lambda: False):
        pass
    assert len(messages(ledger, personal)) == 2 * len(CAST)
    # What this release says holds for its own transaction only, on the same connection.
    ledger.execute("UPDATE vestnik_mailing SET prepared_at = NULL WHERE id = %s", [personal])
    advance = advance.replace("audience_cursor = 0 AND ", "")
    assert ledger.execute(advance, [personal]).fetchall() == []
