"""The pages of mailings: what they show, who may do what, and that they count nothing."""

import csv
import io
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from harness.cast import browser_of, person, seven_clients
from harness.mailings import made_mailing
from vestnik.models import MESSAGE_STATES, Batch, Gateway, Mailing, MailingState, Message, PauseCode, Role, User
from vestnik.statistics.durations import duration

pytestmark = pytest.mark.django_db
#: An id that no test's message has below it.
FIRST_ID = 1_000_000


def browser(role: Role) -> Browser:
    return browser_of(person(role.value, role))


@pytest.fixture
def operator() -> Browser:
    return browser(Role.OPERATOR)


@pytest.fixture
def viewer() -> Browser:
    return browser(Role.VIEWER)


Make = Callable[..., Mailing]


@pytest.fixture
def make() -> Make:
    """Makes a mailing whose one batch has messages in the states given: ``make(state="paused", sent=3, queued=1)``."""
    from django.db import connection

    def make(*, name: str = "Sale", state: str = "running", code: str = "", **counts: int) -> Mailing:
        now = timezone.now()
        mailing = made_mailing(
            name=name, message_text="Hello from us", starts_in=-3_600, state=state, pause_code=code, started_at=now,
            prepared_at=now,
        )  # fmt: skip
        if not counts:
            return mailing
        with connection.cursor() as cursor:
            cursor.execute("SELECT vestnik_ensure_message_partition(%s)", [mailing.id])
        first = FIRST_ID + 1000 * mailing.id
        numbers = {"queued": 0, "sent": 1, "failed": 4, "expired": 5, "unknown": 7}
        states = [numbers[word] for word, count in counts.items() for _ in range(count)]
        codes = {0: None, 1: "0", 4: "http_400", 5: "end", 7: "timeout"}
        Message.objects.bulk_create(
            Message(
                id=first + n, mailing_id=mailing.id, client_id=n + 1, phone=79_110_000_000 + n, created_at=now,
                state=number, tries=1, code=codes[number], detail="=the gateway's words" if number == 4 else None,
                sent_at=now if number == 1 else None,
            )
            for n, number in enumerate(states)
        )  # fmt: skip
        is_over = state in ("completed", "expired", "cancelled")
        Batch.objects.create(
            mailing=mailing, first_id=first, last_id=first + len(states) - 1, due_at=now,
            state="done" if is_over or not counts.get("queued") else "ready", **counts,
        )  # fmt: skip
        if is_over:
            totals = {word: counts.get(word, 0) for word in MESSAGE_STATES}
            Mailing.objects.filter(id=mailing.id).update(totals=totals, frozen_at=now, finished_at=now)
        mailing.refresh_from_db()
        return mailing

    return make


def test_the_list_shows_names_states_and_totals_newest_first(operator: Browser, make: Make) -> None:
    make(name="First", state="completed", sent=3)
    make(name="Second", state="running", sent=1, queued=4)
    text = operator.get("/console/mailings").text
    assert text.index("Second") < text.index("First")
    assert "running" in text
    assert "completed" in text
    assert "Times are in Europe/Moscow." in text


def test_the_list_is_filtered_by_state_and_words_and_says_when_nothing_matches(operator: Browser, make: Make) -> None:
    make(name="Autumn sale", state="completed", sent=1)
    make(name="Reminder", state="running", queued=1)
    assert "Reminder" not in operator.get("/console/mailings", {"state": "completed"}).text
    assert "Autumn" not in operator.get("/console/mailings", {"q": "REMIND"}).text
    assert "No mailings found" in operator.get("/console/mailings", {"q": "nothing like it"}).text


def test_without_a_mailing_the_list_says_what_a_mailing_is(operator: Browser) -> None:
    assert "There are no mailings yet." in operator.get("/console/mailings").text


def test_the_list_pages_by_cursor_and_asks_the_ledger_the_same_number_of_times(
    operator: Browser, make: Make, django_assert_max_num_queries: Any
) -> None:
    for n in range(30):
        make(name=f"Number {n:02d}", state="completed")
    with django_assert_max_num_queries(9):
        first = operator.get("/console/mailings")
    assert "Number 29" in first.text
    assert "Number 04" not in first.text
    cursor = first.text.split('rel="next" href="')[1].split('"')[0]
    assert "Number 04" in operator.get(f"/console/mailings{cursor}").text


def test_a_mailing_shows_its_books_its_text_and_its_messages(operator: Browser, make: Make) -> None:
    made = make(state="running", sent=3, queued=2, failed=1)
    text = operator.get(f"/console/mailings/{made.id}").text
    assert 'data-totals="sent">3<' in text
    assert 'data-totals="total">6<' in text
    assert "Hello from us" in text
    assert "+7 911 000-00-00" in text
    assert "http_400" in text


def test_the_live_part_comes_again_until_the_mailing_is_over(operator: Browser, make: Make) -> None:
    running, over = make(state="running", sent=1, queued=1), make(state="completed", sent=2)
    assert 'hx-trigger="every 1s' in operator.get(f"/console/mailings/{running.id}/live").text
    assert "hx-trigger" not in operator.get(f"/console/mailings/{over.id}/live").text


def test_the_live_part_brings_the_buttons_when_the_state_has_changed(operator: Browser, make: Make) -> None:
    made = make(state="paused", code=PauseCode.OPERATOR, sent=1, queued=1)
    stale = operator.get(f"/console/mailings/{made.id}/live", {"seen": "running-0-0-1"}).text
    assert 'value="resume"' in stale
    fresh = operator.get(f"/console/mailings/{made.id}/live", {"seen": "paused-0-0-1"}).text
    assert 'value="resume"' not in fresh


@pytest.mark.parametrize(("action", "before", "after"), [
    ("pause", "running", "paused"), ("resume", "paused", "running"), ("cancel", "running", "cancelled"),
])  # fmt: skip
def test_an_operator_pauses_resumes_and_cancels(
    operator: Browser, make: Make, action: str, before: str, after: str
) -> None:
    made = make(state=before, sent=1, queued=1)
    answer = operator.post(f"/console/mailings/{made.id}/act", {"do": action})
    assert answer["Location"] == f"/console/mailings/{made.id}"
    made.refresh_from_db()
    assert made.state == after


def test_what_the_state_forbids_is_said_on_the_page(operator: Browser, make: Make) -> None:
    made = make(state="completed", sent=1)
    answer = operator.post(f"/console/mailings/{made.id}/act", {"do": "pause"}, follow=True)
    assert "only a running one can be paused" in answer.text


def test_deleting_leads_to_the_list_and_the_mailing_is_gone(operator: Browser, make: Make) -> None:
    made = make(state="running", name="Gone soon", sent=1, queued=1)
    answer = operator.post(f"/console/mailings/{made.id}/delete", follow=True)
    assert "Gone soon" not in answer.text
    assert operator.get(f"/console/mailings/{made.id}").status_code == 404


def test_questions_say_how_many_messages_a_deed_concerns(operator: Browser, make: Make) -> None:
    made = make(state="running", sent=3, queued=2)
    text = operator.get(f"/console/mailings/{made.id}").text
    assert "2 messages of 5 will not be sent; 3 stay as they are." in text


@pytest.mark.parametrize("path", ["act", "delete"])
def test_a_viewer_sees_everything_and_changes_nothing(viewer: Browser, make: Make, path: str) -> None:
    made = make(state="running", sent=1, queued=1, unknown=1)
    text = viewer.get(f"/console/mailings/{made.id}").text
    assert "data-dialog" not in text
    assert 'method="post" action="/console/mailings' not in text
    assert viewer.post(f"/console/mailings/{made.id}/{path}", {"do": "cancel"}).status_code == 403
    made.refresh_from_db()
    assert (made.state, made.hidden_at) == (MailingState.RUNNING, None)


def test_unknown_messages_are_decided_about_with_the_risk_explained(operator: Browser, make: Make) -> None:
    made = make(state="completed", sent=1, unknown=2)
    text = operator.get(f"/console/mailings/{made.id}").text
    assert "It is not known whether 2 messages were delivered." in text
    assert "some people may get the text twice" in text
    answer = operator.post(f"/console/mailings/{made.id}/act", {"do": "leave"}, follow=True)
    assert "2 messages stay unknown." in answer.text
    assert "It is not known whether" not in answer.text


def test_unknown_messages_are_sent_again_by_decision(operator: Browser, make: Make) -> None:
    made = make(state="completed", sent=1, unknown=2)
    answer = operator.post(f"/console/mailings/{made.id}/act", {"do": "resend"}, follow=True)
    assert "2 messages are sent again." in answer.text
    made.refresh_from_db()
    assert made.state == MailingState.RUNNING


def test_unknown_messages_of_a_cancelled_mailing_say_why_nobody_decides_and_can_be_downloaded(
    operator: Browser, make: Make
) -> None:
    made = make(state="cancelled", sent=1, unknown=2)
    text = operator.get(f"/console/mailings/{made.id}").text
    assert "2 messages stay unknown: no definite answer came." in text
    assert "The mailing was cancelled, so nothing more may be sent." in text
    assert f"/console/mailings/{made.id}/results.csv?state=unknown" in text


def test_a_viewer_is_told_who_decides(viewer: Browser, make: Make) -> None:
    unknown = viewer.get(f"/console/mailings/{make(state='completed', sent=1, unknown=2).id}").text
    assert "An operator can send them again or leave them." in unknown
    refused = viewer.get(f"/console/mailings/{make(state='paused', code=PauseCode.REFUSED, queued=1).id}").text
    assert "An administrator has to act." in refused
    assert "GATEWAY_TOKEN" not in refused


def test_the_live_part_tells_the_page_when_the_table_of_messages_is_old(operator: Browser, make: Make) -> None:
    made = make(state="running", sent=1, queued=1)
    address = f"/console/mailings/{made.id}/live"
    assert operator.get(address, {"seen": "scheduled-0-0-0"})["HX-Trigger"] == "mailing-changed"
    assert "HX-Trigger" not in operator.get(address, {"seen": "running-0-0-1"})


@pytest.mark.parametrize(("seconds", "words"), [
    (0.4, "0 s"), (59.6, "1 min"), (112, "1 min 52 s"), (120, "2 min"), (3_720, "1 h 2 min"), (90_061, "1 d 1 h"),
])  # fmt: skip
def test_a_duration_has_one_form_on_every_page(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_a_refused_token_is_explained_with_what_to_do(operator: Browser, make: Make) -> None:
    made = make(state="paused", code=PauseCode.REFUSED, queued=1)
    text = operator.get(f"/console/mailings/{made.id}").text
    assert "The gateway refuses our token (401)." in text
    assert "Ask an administrator to give the gateway a valid token. Then resume the mailing." in text
    assert "GATEWAY_TOKEN" not in text


@pytest.mark.parametrize("typed", ["+7 911 000-00-01", "8 (911) 000 00 01", "79110000001", "9110000001"])
def test_a_message_is_found_by_phone_in_any_spelling(operator: Browser, make: Make, typed: str) -> None:
    made = make(state="running", sent=3)
    text = operator.get(f"/console/mailings/{made.id}/messages", {"phone": typed}).text
    assert "+7 911 000-00-01" in text
    assert "+7 911 000-00-02" not in text


def test_a_wrong_phone_is_said_at_its_field_and_stays_typed(operator: Browser, make: Make) -> None:
    made = make(state="running", sent=3)
    text = operator.get(f"/console/mailings/{made.id}/messages", {"phone": "12-34"}).text
    assert "This is not a +7 phone number" in text
    assert 'value="12-34"' in text
    assert "+7 911 000-00-01" not in text


def test_messages_are_filtered_by_state_and_page_by_cursor(operator: Browser, make: Make) -> None:
    made = make(state="running", sent=30, failed=2)
    address = f"/console/mailings/{made.id}/messages"
    failed = operator.get(address, {"state": "failed"}).text
    assert failed.count("http_400") == 2
    first = operator.get(address, headers={"HX-Request": "true"}).text
    assert "<html" not in first
    assert "+7 911 000-00-24" in first
    assert "+7 911 000-00-25" not in first
    query = first.split('rel="next" href="')[1].split('"')[0]
    assert "+7 911 000-00-25" in operator.get(query).text


def test_results_are_a_csv_whose_cells_no_spreadsheet_runs(viewer: Browser, make: Make) -> None:
    made = make(state="running", sent=2, failed=1)
    answer = viewer.get(f"/console/mailings/{made.id}/results.csv")
    first, *rows = b"".join(answer.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    # A plan for so few rows may give them in any order.
    lines = [first, *sorted(rows, key=lambda row: int(row.split(",")[0]))]
    columns = "message_id,phone_number,client_id,state,sent_at,attempts,code,detail,delivered_at,gateway,parts"
    assert lines[0] == f"\ufeff{columns}"
    assert len(lines) == 4
    assert lines[1].split(",")[1:4] == ["79110000000", "", "sent"]
    assert lines[3].endswith("""failed,,1,"http_400","'=the gateway's words",,"default",1""")
    assert answer["Content-Disposition"] == f'attachment; filename="mailing-{made.id}.csv"'


def test_what_only_receipts_say_is_no_choice_while_no_gateway_sends_any(viewer: Browser, make: Make) -> None:
    made = make(state="running", sent=3)
    choices = f"/console/mailings/{made.id}/messages"

    def offered(query: str = "") -> set[str]:
        return set(re.findall(r'<option value="(\w+)"', viewer.get(choices + query).text))

    assert {"sent", "failed"} <= offered()
    assert offered() & {"delivered", "undelivered"} == set()
    assert offered("?state=delivered") & {"delivered", "undelivered"} == {"delivered"}
    Batch.objects.filter(mailing_id=made.id).update(sent=2, delivered=1)
    assert {"delivered", "undelivered"} <= offered()


def test_results_say_when_it_was_delivered_over_which_gateway_or_why_not(viewer: Browser, make: Make) -> None:
    made = make(state="running", sent=3)
    second = Gateway.objects.create(name="second", kind="probe", settings={}, created_at=timezone.now())
    at = datetime(2026, 11, 30, 9, 0, 5, tzinfo=UTC)
    first, other, _third = Message.objects.filter(mailing_id=made.id).order_by("id").values_list("id", flat=True)
    Message.objects.filter(id=first).update(state=2, outcome_at=at, gateway_id=second.id)
    Message.objects.filter(id=other).update(state=3, outcome_at=at, code="6", detail="the phone is off")
    Batch.objects.filter(mailing_id=made.id).update(sent=1, delivered=1, undelivered=1)
    # In the column of times, and below the state for a phone, which shows no such column.
    assert viewer.get(f"/console/mailings/{made.id}/messages").text.count("delivered 30 November 2026, 12:00:05") == 2
    User.objects.filter(username="viewer").update(language="ru", timezone="Asia/Omsk")
    answer = viewer.get(f"/console/mailings/{made.id}/results.csv")
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    head, *rows = csv.reader(io.StringIO(text), delimiter=";")
    assert head[-3:] == ["delivered_at", "gateway", "parts"]
    by_state = {row[3]: row[5:] for row in rows}
    assert by_state == {
        "delivered": ["1", "0", "", "30.11.2026 15:00:05", "second", "1"],
        "undelivered": ["1", "6", "the phone is off", "", "default", "1"],
        "sent": ["1", "0", "", "", "default", "1"],
    }


def test_those_whom_it_did_not_reach_get_a_new_mailing_by_one_click_and_nobody_who_may_have_it(
    operator: Browser, viewer: Browser, make: Make
) -> None:
    made = make(state="completed", sent=2, failed=3, unknown=4)
    text = operator.get(f"/console/mailings/{made.id}").text
    assert "New mailing to those it did not reach: 3" in text
    (link,) = re.findall(r'id="to-not-reached" href="([^"]+)"', text)
    form = operator.get(link.replace("&amp;", "&")).text
    for state in ("undelivered", "failed", "expired"):
        assert f'name="earlier_states" value="{state}"' in form
    for state in ("sent", "delivered", "unknown", "cancelled"):
        assert f'name="earlier_states" value="{state}"' not in form
    assert "They have received that text" not in form
    assert "to-not-reached" not in viewer.get(f"/console/mailings/{made.id}").text
    for other in (make(state="completed", sent=2, unknown=4), make(state="running", failed=3, queued=1)):
        assert "to-not-reached" not in operator.get(f"/console/mailings/{other.id}").text


def counted(operator: Browser, mailing: int) -> None:
    """Count the outcomes by code, as the page of a mailing does by itself."""
    assert "http_400" in operator.get(f"/console/mailings/{mailing}/outcomes").text


@pytest.mark.parametrize("before", [lambda *_: None, counted], ids=["not counted", "counted"])
def test_messages_are_filtered_by_code_whether_codes_were_counted_or_not(
    operator: Browser, make: Make, before: Callable[[Browser, int], None]
) -> None:
    made = make(state="running", sent=2, failed=3, unknown=1)
    before(operator, made.id)
    address = f"/console/mailings/{made.id}/messages"
    assert operator.get(address, {"state": "failed", "code": "http_400"}).text.count("(http_400)") == 3
    assert operator.get(address, {"code": "timeout"}).text.count("(timeout)") == 1
    assert "No messages found." in operator.get(address, {"state": "failed", "code": "timeout"}).text
    assert "No messages found." in operator.get(address, {"state": "sent", "code": "http_400"}).text
    phone = {"phone": "79110000002", "state": "failed"}
    assert "+7 911 000-00-02" in operator.get(address, {**phone, "code": "http_400"}).text
    assert "No messages found." in operator.get(address, {**phone, "code": "http_404"}).text
    answer = operator.get(f"/console/mailings/{made.id}/results.csv", {"state": "failed", "code": "timeout"})
    assert len(b"".join(answer.streaming_content).splitlines()) == 1  # type: ignore[attr-defined]


def test_a_code_that_has_come_since_codes_were_counted_is_found(operator: Browser, make: Make) -> None:
    made = make(state="running", failed=2, unknown=1)
    counted(operator, made.id)
    Message.objects.filter(mailing_id=made.id, code="timeout").update(state=4, code="http_404")
    Batch.objects.filter(mailing_id=made.id).update(failed=3, unknown=0)
    address = f"/console/mailings/{made.id}/messages"
    assert operator.get(address, {"state": "failed", "code": "http_404"}).text.count("(http_404)") == 1


def test_what_waits_to_be_tried_again_is_counted_with_its_reason(operator: Browser, make: Make) -> None:
    made = make(state="running", sent=1, queued=2)
    Message.objects.filter(mailing_id=made.id, state=0).update(code="timeout", tries=1)
    address = f"/console/mailings/{made.id}/live"
    assert "tried-again" not in operator.get(address).text
    Batch.objects.filter(mailing_id=made.id).update(retries=1)
    assert "2 messages will be tried again: No answer in time." in operator.get(address).text


def test_a_scheduled_mailing_says_to_how_many_it_goes_and_when(
    operator: Browser, viewer: Browser, make: Make, django_assert_max_num_queries: Any
) -> None:
    seven_clients(most_in="Europe/Moscow", two_in="Asia/Kamchatka", other_tag="other")
    ahead = made_mailing(
        name="Ahead", starts_in=15 * 3_600 + 30, ends_in=20 * 3_600, message_text="я" * 71, filter_tags=["vip"]
    )
    page = viewer.get(f"/console/mailings/{ahead.id}").text
    assert "starts in 15 h" in page
    assert f'hx-get="/console/mailings/{ahead.id}/ahead"' in page
    with django_assert_max_num_queries(8):
        answer = viewer.get(f"/console/mailings/{ahead.id}/ahead").text
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer))
    assert "Clients 5 as of now" in words
    assert "SMS parts in total 10 ( 2 each, UCS-2 )" in words.replace("(2", "( 2").replace("2)", "2 )")
    assert "Left out: stop list 1" in words
    over = make(state="completed", sent=1)
    assert "starts in" not in operator.get(f"/console/mailings/{over.id}").text
    assert operator.get(f"/console/mailings/{over.id}/ahead").text.strip() == ""
    # Once it runs the page, which is open, loses the card.
    Mailing.objects.filter(id=ahead.id).update(state="running", started_at=timezone.now())
    live = operator.get(f"/console/mailings/{ahead.id}/live", {"seen": "scheduled-0-0-0"}).text
    assert live.split('id="mailing-ahead"')[1].split("</div>")[0].split(">")[1].strip() == ""


def test_delete_does_not_stand_beside_cancel(operator: Browser, make: Make) -> None:
    text = operator.get(f"/console/mailings/{make(state='running', queued=1).id}").text
    actions = text.split('id="mailing-actions"')[1].split("</div>")[0]
    assert "d-cancel" in actions
    assert "d-delete" not in actions
    assert text.index('data-dialog="d-delete"') > text.index("mailing-facts")


def test_results_in_one_state_alone(viewer: Browser, make: Make) -> None:
    made = make(state="running", sent=2, failed=1)
    answer = viewer.get(f"/console/mailings/{made.id}/results.csv", {"state": "failed"})
    assert len(b"".join(answer.streaming_content).splitlines()) == 2  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", ["", "/live", "/ahead", "/messages", "/results.csv"])
def test_a_mailing_that_is_not_there_is_a_page_that_says_so(operator: Browser, path: str) -> None:
    assert operator.get(f"/console/mailings/999{path}").status_code == 404
