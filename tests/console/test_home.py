"""The start page: what happens now, what needs a decision, and what a newcomer does first."""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from harness.mailings import made_mailing
from harness.rows import add_mailing
from vestnik.models import (
    MESSAGE_STATES,
    Batch,
    Client,
    GatewayState,
    ImportJob,
    ImportMode,
    ImportState,
    Mailing,
    OnError,
    PauseCode,
    TotalsCheck,
    User,
)

pytestmark = pytest.mark.django_db


def mailing(name: str, *, state: str = "running", **more: Any) -> Mailing:
    now = timezone.now()
    return made_mailing(
        name=name, starts_in=-3_600, state=state, started_at=None if state == "scheduled" else now, prepared_at=now,
        **more,
    )  # fmt: skip


def batch(of: Mailing, **counters: int) -> None:
    first = 1_000_000 + 1000 * of.id
    Batch.objects.create(mailing=of, first_id=first, last_id=first + 999, due_at=timezone.now(), **counters)


def test_a_newcomer_is_told_three_steps_and_where_each_begins(as_olga: Any) -> None:
    text = as_olga.get("/console/").text
    assert "Three steps to the first mailing" in text
    assert "Import clients" in text
    assert "You already have clients." not in text
    Client.objects.create(phone_number=79110000001, mobile_operator_code=911, tag="vip", timezone="Europe/Moscow")
    assert "You already have clients." in as_olga.get("/console/").text


def test_a_viewer_is_not_offered_what_only_operators_may_do(as_victor: Any) -> None:
    assert "Import clients" not in as_victor.get("/console/").text


def test_running_mailings_are_shown_with_their_progress_and_the_next_ones_after_them(as_olga: Any) -> None:
    batch(mailing("Now running"), sent=30, queued=70)
    mailing("Next in line", state="scheduled")
    mailing("Long over", state="completed", frozen_at=timezone.now(), totals=dict.fromkeys(("queued",), 0))
    text = as_olga.get("/console/now").text
    assert "30 of 100" in text
    assert text.index("Now running") < text.index("Next in line")
    assert "Long over" not in text


def test_how_many_more_are_scheduled_is_said(as_olga: Any) -> None:
    for number in range(8):
        mailing(f"Later {number}", state="scheduled")
    text = as_olga.get("/console/now").text
    assert "3 more scheduled mailings" in text
    assert 'href="/console/mailings?state=scheduled"' in text


def test_books_of_today_are_added_over_mailings(as_olga: Any) -> None:
    batch(mailing("One"), sent=30)
    batch(mailing("Two"), sent=1000, failed=5)
    text = as_olga.get("/console/").text
    assert "2 mailings" in text
    assert "1,030" in text
    assert "1,035" in text


def test_an_open_breaker_says_since_when_messages_wait(as_olga: Any) -> None:
    mailing("One")
    GatewayState.objects.update_or_create(id=1, defaults={"breaker": "open", "breaker_changed_at": timezone.now()})
    text = as_olga.get("/console/now").text
    assert "does not answer" in text
    assert "messages wait" in text


def test_a_refused_token_needs_a_decision(as_olga: Any) -> None:
    mailing("Stopped", state="paused", pause_code=PauseCode.REFUSED, pause_answer="http_403")
    text = as_olga.get("/console/now").text
    assert "The gateway refuses our token (403)." in text


def test_a_pause_that_somebody_wanted_needs_none(as_olga: Any) -> None:
    mailing("Resting", state="paused", pause_code=PauseCode.OPERATOR)
    assert "Needs attention" not in as_olga.get("/console/now").text


def test_unknown_messages_need_a_decision_until_it_is_taken(as_olga: Any) -> None:
    made = mailing("Doubtful")
    batch(made, sent=1, unknown=3)
    assert "it is not known whether 3 messages were delivered" in as_olga.get("/console/now").text
    Mailing.objects.filter(id=made.id).update(unknown_left=3)
    assert "Needs attention" not in as_olga.get("/console/now").text


def test_a_viewer_is_told_that_an_operator_has_to_act(as_victor: Any) -> None:
    batch(mailing("Doubtful"), sent=1, unknown=3)
    text = as_victor.get("/console/now").text
    assert "An operator has to act." in text
    assert "Send them again" not in text
    assert "Decide" not in text


def test_of_many_mailings_with_unknown_messages_the_first_to_end_are_named(as_olga: Any) -> None:
    for n in range(8):
        batch(mailing(f"Doubtful {n}"), unknown=1)
    text = as_olga.get("/console/now").text
    assert text.count("it is not known whether 1 message was delivered") == 5
    assert "3 more mailings have unknown messages." in text


def test_books_that_differ_are_named_with_what_to_do(as_olga: Any) -> None:
    made = mailing("Miscounted", state="completed", frozen_at=timezone.now(), totals=dict.fromkeys(MESSAGE_STATES, 0))
    TotalsCheck.objects.create(mailing_id=made.id, checked_at=timezone.now(), differences=2)
    text = as_olga.get("/console/now").text
    assert "“Miscounted”: 2 totals do not match the messages." in text
    assert "vestnik doctor --repair" in text
    assert "they do not match the messages" in as_olga.get(f"/console/mailings/{made.id}").text


def test_imports_with_refused_rows_are_named_for_a_day(as_olga: Any, olga: User) -> None:
    job = ImportJob.objects.create(
        state=ImportState.DONE, mode=ImportMode.UPSERT, on_error=OnError.SKIP, refused=12, created_by=olga
    )
    assert "An import refused 12 rows." in as_olga.get("/console/now").text
    ImportJob.objects.filter(id=job.id).update(created_at=timezone.now() - timedelta(days=2))
    assert "An import refused" not in as_olga.get("/console/now").text


def test_an_administrator_is_told_that_the_report_reaches_nobody_and_others_are_not(as_anna: Any, as_olga: Any) -> None:
    assert "The daily report is not sent" in as_anna.get("/console/now").text
    assert "The daily report is not sent" not in as_olga.get("/console/now").text


def test_the_page_asks_the_ledger_a_fixed_number_of_times(as_olga: Any, django_assert_max_num_queries: Any) -> None:
    for n in range(12):
        batch(mailing(f"Number {n}"), sent=n, queued=5)
    with django_assert_max_num_queries(21):
        as_olga.get("/console/")


def test_the_live_part_sums_the_batches_once_however_much_it_says_of_them(as_olga: Any) -> None:
    for n in range(3):
        batch(mailing(f"Number {n}"), sent=n, queued=5, unknown=1)
    with CaptureQueriesContext(connection) as asked:
        text = as_olga.get("/console/now").text
    assert "Needs attention" in text
    # Those of single messages that no gateway takes are read apart: only where a gateway is out.
    summing = [query["sql"] for query in asked if "sum(" in query["sql"] and "stuck AS" not in query["sql"]]
    assert len(summing) == 1


def test_in_russian_no_english_is_left(as_olga: Any, olga: User) -> None:
    User.objects.filter(id=olga.id).update(language="ru")
    batch(mailing("Распродажа"), sent=30, queued=70)
    text = as_olga.get("/console/").text
    assert "Сообщений в секунду" in text
    assert "Распродажа" in text
    assert "30 из 100" in text
    assert "Needs" not in text


def test_the_next_seven_days_name_what_starts_on_each_by_the_users_clock(as_victor: Any, victor: User) -> None:
    victor.timezone = "Asia/Vladivostok"
    victor.save()
    mailing("Over", state="completed")
    assert 'id="week-ahead"' not in as_victor.get("/console/").text
    zone = ZoneInfo("Asia/Vladivostok")
    tomorrow = (timezone.now().astimezone(zone) + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    for number in range(7):
        made = mailing(f"Tomorrow {number}", state="scheduled")
        at = tomorrow + timedelta(minutes=number)
        Mailing.objects.filter(id=made.id).update(start_time=at, end_time=at + timedelta(hours=1))
    late = mailing("In eight days", state="scheduled")
    Mailing.objects.filter(id=late.id).update(
        start_time=tomorrow + timedelta(days=7), end_time=tomorrow + timedelta(days=8)
    )
    card = as_victor.get("/console/").text.split('id="week-ahead"')[1].split("</section>")[0]
    days = re.findall(r"<dt>([^<]+)</dt>\s*<dd>(.*?)</dd>", card, re.DOTALL)
    assert len(days) == 7
    assert days[1][0] == f"{tomorrow:%A}, {tomorrow.day} {tomorrow:%B}"
    assert re.findall(r">(Tomorrow [0-9])<", days[1][1]) == [f"Tomorrow {number}" for number in range(5)]
    assert "and 2 more" in days[1][1]
    assert "00:04" in days[1][1]
    assert "In eight days" not in card
    assert "Tomorrow" not in days[0][1]


def scheduled(count: int, first: datetime, *, apart: timedelta) -> None:
    """So many scheduled mailings, the first at an instant, and the next ones after it."""
    connection.ensure_connection()
    for number in range(count):
        at = first + apart * number
        add_mailing(connection.connection, name=f"No. {number}", start_time=at, end_time=at + timedelta(hours=1))


@pytest.mark.parametrize("zone", ["Europe/Moscow", "Asia/Vladivostok", "America/Los_Angeles"])
def test_every_day_of_the_week_is_counted_however_many_start_before_it_and_its_link_shows_as_many(
    as_victor: Any, victor: User, zone: str
) -> None:
    victor.timezone = zone
    victor.save()
    today = timezone.now().astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0)
    scheduled(1_100, today + timedelta(days=1), apart=timedelta(seconds=70))  # all on the next day
    scheduled(8, today + timedelta(days=3, hours=24) - timedelta(minutes=8), apart=timedelta(minutes=1))
    scheduled(3, today + timedelta(days=6, hours=23), apart=timedelta(minutes=1))
    card = as_victor.get("/console/").text.split('id="week-ahead"')[1].split("</section>")[0]
    days = re.findall(r"<dt>[^<]+</dt>\s*<dd>(.*?)</dd>", card, re.DOTALL)
    named = [day.count("No. ") for day in days]
    more = [re.findall(r"and ([\d,]+) more", day) for day in days]
    assert named == [0, 5, 0, 5, 0, 0, 3]
    assert more == [[], ["1,095"], [], ["3"], [], [], []]
    assert [">–<" in day for day in days] == [True, False, True, False, True, True, False]
    (link,) = re.findall(r'href="([^"]*until=[^"]*)"', days[3])
    assert "8 mailings" in as_victor.get(link.replace("&amp;", "&")).text


def test_what_is_due_already_is_of_today_and_its_link_shows_it(as_victor: Any) -> None:
    scheduled(7, timezone.now() - timedelta(days=2), apart=timedelta(seconds=1))
    card = as_victor.get("/console/").text.split('id="week-ahead"')[1].split("</section>")[0]
    today = re.findall(r"<dd>(.*?)</dd>", card, re.DOTALL)[0]
    assert (today.count("No. "), "and 2 more" in today) == (5, True)
    (link,) = re.findall(r'href="([^"]*until=[^"]*)"', today)
    assert "7 mailings" in as_victor.get(link.replace("&amp;", "&")).text


@pytest.mark.parametrize(
    ("language", "simulator", "said"),
    [("en", False, "answers"), ("ru", False, "отвечает"), ("en", True, "test"), ("ru", True, "тестовый")],
)
def test_the_tile_says_what_the_gateway_does(
    as_olga: Any, olga: User, settings: Any, language: str, simulator: bool, said: str
) -> None:
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, gateway_is_simulator=simulator)
    User.objects.filter(id=olga.id).update(language=language)
    tile = as_olga.get("/console/now").text.split({"en": "<dt>Gateway</dt>", "ru": "<dt>Шлюз</dt>"}[language])[1]
    assert re.findall(r"<dd>\s*(.*?)\s*</dd>", tile, re.DOTALL)[0] == said
