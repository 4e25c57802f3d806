"""Mailings and the start page, by clicks, in a cluster of its own whose gateway does not know repeated ids."""

import csv
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, expect

from harness.cluster import Cluster, running_cluster
from tests.browser.console import PHONE, log_in, log_in_first_time, look_over
from tests.browser.kit import Watch, assert_accessible
from vestnik.cluster.processes import wait_for
from vestnik.cluster.rest import Rest

#: Long enough to look at while it runs: 16 in flight, each 20 ms or more, are at most 800 messages/s.
CLIENTS, SLOW = 3_000, {"kind": "fixed", "ms": 60}


@pytest.fixture(scope="module")
def doubtful(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster with some clients; what its gateway does not answer becomes unknown."""
    env = {"GATEWAY_IDEMPOTENT": "false", "GATEWAY_TIMEOUT": "2"}
    home = tmp_path_factory.mktemp("doubtful") / "home"
    with running_cluster(home, "--workers", "1", "--concurrency", "16", env=env) as running:
        lines = ["phone_number,tag,timezone"]
        lines += [f"79{n:09d},{'vip' if n < 200 else 'all'},Europe/Moscow" for n in range(CLIENTS)]
        session = running.http()
        answer = session.post(
            f"{running.url}/client/import", data="\n".join(lines).encode(), headers={"Content-Type": "text/csv"}
        )
        assert answer.status_code == 202, answer.text
        assert wait_for(
            lambda: len(session.get(f"{running.url}/client/?page_size=10000").json()) == CLIENTS, seconds=60
        )
        yield running


@pytest.fixture
def rest(doubtful: Cluster) -> Iterator[Rest]:
    """Its REST API; at the end the gateway behaves again, and nothing is under way."""
    api = doubtful.logged_in()
    yield api
    doubtful.gateway.faults()
    for mailing in api.get("/sender/notifications"):
        if mailing["state"] in {"scheduled", "running", "paused"}:
            api.post(f"/sender/notifications/{mailing['id']}/cancel", {})


@pytest.fixture
def watch(browser: Browser, doubtful: Cluster) -> Iterator[Watch]:
    watch = Watch(browser, doubtful.url)
    yield watch
    watch.close()


@pytest.fixture
def page(watch: Watch, doubtful: Cluster) -> Page:
    return log_in(watch, doubtful)


def begin(rest: Rest, name: str, *, tag: str | None = None) -> int:
    """A mailing that starts now."""
    body: dict[str, Any] = {
        "name": name,
        "message_text": "The shop is open on Sunday.",
        "filter": {"tag": [tag] if tag else None, "operator_code": None},
        "end_time": (datetime.now(UTC) + timedelta(hours=1)).isoformat(),
    }
    return int(rest.post("/sender/notifications", body)["id"])


def totals(page: Page, state: str) -> int:
    """The number that the page shows for a state, or for the total; 0 before there is one."""
    found = page.locator(f"[data-totals={state}]")
    return int(re.sub(r"\D", "", found.inner_text())) if found.count() else 0


def until(page: Page, state: str, least: int) -> int:
    """Wait, without a reload, until the page shows so many."""
    page.wait_for_function(
        "([state, least]) => { const e = document.querySelector(`[data-totals=${state}]`);"
        " return e && Number(e.textContent.replace(/\\D/g, '')) >= least; }",
        arg=[state, least],
    )
    return totals(page, state)


def test_the_books_move_while_it_runs_and_the_page_rests_when_it_is_over(
    page: Page, rest: Rest, doubtful: Cluster
) -> None:
    doubtful.gateway.faults(latency=SLOW)
    mailing = begin(rest, "Live")
    page.goto(f"/console/mailings/{mailing}")
    page.evaluate("window.sameLoad = true")
    first = until(page, "sent", 50)
    second = until(page, "sent", first + 200)
    assert first < second <= totals(page, "total")
    expect(page.locator("[data-rate]")).to_contain_text("messages/s")
    doubtful.gateway.faults()
    expect(page.locator("#mailing-state")).to_have_text("completed", timeout=60_000)
    expect(page.get_by_role("button", name="Pause")).to_have_count(0)
    assert totals(page, "sent") == totals(page, "total") == CLIENTS
    assert page.evaluate("window.sameLoad") is True
    assert page.locator("#live").get_attribute("hx-trigger") is None


def test_it_is_paused_and_resumed_by_clicks(page: Page, rest: Rest, doubtful: Cluster) -> None:
    doubtful.gateway.faults(latency=SLOW)
    mailing = begin(rest, "Stop and go")
    page.goto(f"/console/mailings/{mailing}")
    until(page, "sent", 1)
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("Nothing more is sent until you resume it.")).to_be_visible()
    expect(page.locator("#mailing-state")).to_have_text("paused")
    expect(page.locator("[data-totals=sending]")).to_have_text("0")
    stood = totals(page, "sent")
    page.wait_for_timeout(1_500)  # a pause is seen by nothing happening
    assert totals(page, "sent") == stood < CLIENTS
    page.get_by_role("button", name="Resume").click()
    until(page, "sent", stood + 50)
    expect(page.get_by_text("paused the mailing")).to_be_visible()


def test_cancelling_asks_with_numbers_and_can_be_thought_better_of(page: Page, rest: Rest, doubtful: Cluster) -> None:
    doubtful.gateway.faults(latency=SLOW)
    page.goto(f"/console/mailings/{begin(rest, 'Regretted')}")
    until(page, "sent", 1)
    page.get_by_role("button", name="Cancel the mailing").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(re.compile(r"[\d,]+ messages of 3,000 will not be sent"))
    assert_accessible(page)
    page.wait_for_timeout(1_500)  # the totals move on meanwhile, and the question stays open
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.get_by_role("button", name="Cancel the mailing").click()
    dialog.get_by_role("button", name="Cancel the mailing").click()
    expect(page.locator("#mailing-state")).to_have_text("cancelled")
    assert until(page, "cancelled", 1) + totals(page, "sent") <= CLIENTS


def test_unknown_messages_are_decided_about_and_then_sent(page: Page, rest: Rest, doubtful: Cluster) -> None:
    doubtful.gateway.faults(shares={"503": 1.0}, first=5, taken=0.0)
    mailing = begin(rest, "Doubtful", tag="vip")
    page.goto("/console/")
    waiting = page.get_by_role("region", name="Needs attention").or_(
        page.locator("section[aria-label='Needs attention']")
    )
    expect(waiting.first).to_contain_text("“Doubtful”: it is not known whether 5 messages were delivered.")
    page.get_by_role("link", name="Decide").first.click()
    expect(page).to_have_url(re.compile(f"/console/mailings/{mailing}$"))
    expect(page.get_by_text("some people may get the text twice")).to_be_visible()
    expect(page.locator("#outcomes")).to_contain_text("http_503")
    page.get_by_role("button", name="Send again").first.click()
    page.get_by_role("dialog").get_by_role("button", name="Send again").click()
    expect(page.get_by_text("5 messages are sent again.")).to_be_visible()
    assert until(page, "sent", 200) == 200
    expect(page.get_by_text("It is not known whether")).to_have_count(0)


def test_messages_are_found_by_phone_and_the_results_are_a_file(
    page: Page, rest: Rest, doubtful: Cluster, tmp_path: Path
) -> None:
    doubtful.gateway.faults(shares={"400": 1.0}, first=3)
    mailing = begin(rest, "Results", tag="vip")
    page.goto(f"/console/mailings/{mailing}")
    until(page, "sent", 197)
    page.get_by_label("Phone").fill("8 (900) 000-01-07")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("#messages tbody tr")).to_have_count(1)
    expect(page.locator("#messages tbody")).to_contain_text("+7 900 000-01-07")
    page.get_by_label("Phone").fill("")
    page.get_by_label("State").select_option("failed")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("#messages tbody tr")).to_have_count(3)
    with page.expect_download() as downloaded:
        page.get_by_role("link", name="CSV", exact=True).click()
    file = tmp_path / "results.csv"
    downloaded.value.save_as(file)
    with file.open(encoding="utf-8-sig", newline="") as text:
        rows = list(csv.DictReader(text))
    assert len(rows) == 200
    assert sorted({row["state"] for row in rows}) == ["failed", "sent"]


def test_a_state_and_a_code_lead_to_their_messages_which_say_when(page: Page, rest: Rest, doubtful: Cluster) -> None:
    doubtful.gateway.faults(shares={"400": 0.5, "404": 0.5}, first=6)
    mailing = begin(rest, "Causes", tag="vip")
    page.goto(f"/console/mailings/{mailing}")
    until(page, "sent", 194)
    page.locator("#live").get_by_role("link", name="failed").click()
    rows = page.locator("#messages tbody tr")
    expect(rows).to_have_count(6)
    line = page.locator("#outcomes tbody tr", has_text="http_404")
    count = int(line.locator("td").last.inner_text())
    assert 0 < count < 6
    line.get_by_role("link").press("Enter")
    expect(rows).to_have_count(count)
    expect(page.get_by_label("Code", exact=True)).to_have_value("http_404")
    for text in rows.all_inner_texts():
        assert "http_404" in text
        assert re.search(r"\d{1,2} \w+ \d{4}, \d\d:\d\d:\d\d", text), text
    assert_accessible(page)
    with page.expect_download() as downloaded:
        page.get_by_role("link", name="Download as CSV").click()
    assert len(Path(downloaded.value.path()).read_text(encoding="utf-8-sig").splitlines()) == count + 1


def test_those_who_failed_get_a_new_mailing_by_clicks_and_nobody_else(
    page: Page, watch: Watch, rest: Rest, doubtful: Cluster
) -> None:
    watch.allow("status of 400")
    doubtful.gateway.faults(shares={"400": 1.0}, first=4)
    mailing = begin(rest, "First try", tag="vip")
    page.goto(f"/console/mailings/{mailing}")
    until(page, "sent", 196)
    page.locator("#live").get_by_role("link", name="failed").click()
    page.get_by_role("link", name="New mailing to these").click()
    expect(page.locator("#earlier")).to_contain_text("First try, whose message is: failed")
    expect(page.get_by_label("Text")).to_have_value("The shop is open on Sunday.")
    expect(page.locator("#estimate")).to_contain_text("4 clients")
    assert_accessible(page)
    page.get_by_role("button", name="Review").click()
    expect(page.get_by_role("heading", name="Review and send")).to_be_visible()
    expect(page.locator("dl.v-facts")).to_contain_text("First try, whose message is: failed")
    assert_accessible(page)
    page.get_by_role("button", name="Send now to 4 clients").click()
    until(page, "sent", 4)
    assert totals(page, "total") == 4
    expect(page.locator("#mailing-facts")).to_contain_text("First try, whose message is: failed")

    # Who got it is written to only after a second click.
    page.goto(f"/console/mailings/{mailing}/messages?state=sent")
    page.get_by_role("link", name="New mailing to these").click()
    page.get_by_role("button", name="Review").click()
    expect(page.get_by_text("Confirm that they may get this text, too.")).to_be_visible()
    assert_accessible(page)
    page.get_by_label("They have received that text, or may have.").check()
    page.get_by_role("button", name="Review").click()
    expect(page.get_by_role("button", name="Send now to 196 clients")).to_be_visible()
    page.get_by_role("link", name="Back to editing").click()
    page.get_by_label("Only clients of the mailing").uncheck()
    expect(page.locator("#estimate")).to_contain_text("3,000 clients")

    small = log_in(watch, doubtful, language="ru", viewport=PHONE, color_scheme="dark")
    look_over(small, f"/console/mailings/new?earlier={mailing}&state=unknown", f"/console/mailings/{mailing}")
    small.goto(f"/console/mailings/new?earlier={mailing}&state=unknown")
    expect(small.get_by_text("Они получили тот текст или могли его получить.")).to_be_visible()


def test_messages_that_wait_to_be_tried_again_are_counted_with_the_reason(
    page: Page, watch: Watch, rest: Rest, doubtful: Cluster
) -> None:
    doubtful.gateway.faults(shares={"429": 1.0}, first=5, retry_after=30)
    mailing = begin(rest, "Again", tag="vip")
    page.goto(f"/console/mailings/{mailing}")
    note = page.locator("#tried-again")
    expect(note).to_contain_text("5 messages will be tried again")
    expect(note).to_contain_text("next attempt:")
    # A busy machine needs longer than the gateway's 30 seconds to look at the pages.
    try_again_in(doubtful, mailing, "1 hour")
    assert_accessible(page)
    small = log_in(watch, doubtful, language="ru", viewport=PHONE)
    look_over(small, f"/console/mailings/{mailing}")
    expect(small.locator("#tried-again")).to_contain_text("Ещё раз будет отправлено 5 сообщений")
    try_again_in(doubtful, mailing, "0")
    until(page, "sent", 200)
    expect(note).to_have_count(0)


def try_again_in(cluster: Cluster, mailing: int, wait: str) -> None:
    """Move the time from which its messages are tried again."""
    for change in (
        "UPDATE vestnik_message SET not_before = now() + %s::interval WHERE mailing_id = %s AND not_before IS NOT NULL",
        "UPDATE vestnik_batch SET due_at = now() + %s::interval WHERE mailing_id = %s AND state = 'ready'",
    ):
        cluster.query(change, wait, mailing)


def test_the_start_page_follows_a_mailing_to_its_end(page: Page, rest: Rest, doubtful: Cluster) -> None:
    page.goto("/console/")
    page.evaluate("window.sameLoad = true")
    doubtful.gateway.faults(latency=SLOW)
    begin(rest, "Seen from home")
    line = page.locator(".v-running", has_text="Seen from home")
    expect(line).to_contain_text(re.compile(r"[1-9][\d,]* of 3,000"))
    expect(line).to_contain_text("messages/s")
    doubtful.gateway.faults()
    expect(line).to_have_count(0, timeout=60_000)
    assert page.evaluate("window.sameLoad") is True


def test_a_page_that_gets_no_answer_says_so_and_goes_on_by_itself(
    page: Page, watch: Watch, rest: Rest, doubtful: Cluster
) -> None:
    watch.allow("ERR_INTERNET_DISCONNECTED", "htmx:sendError", "htmx:afterRequest")
    doubtful.gateway.faults(latency=SLOW)
    page.goto(f"/console/mailings/{begin(rest, 'Cut off')}")
    seen = until(page, "sent", 50)
    note = page.get_by_text("No connection to Vestnik")
    expect(note).to_be_hidden()
    page.context.set_offline(True)
    expect(note).to_be_visible()
    page.context.set_offline(False)
    expect(note).to_be_hidden()
    until(page, "sent", seen + 50)


def test_a_page_whose_login_has_ended_leads_to_the_login(page: Page) -> None:
    page.goto("/console/")
    page.context.clear_cookies()
    page.wait_for_url("**/console/login/**")


def test_a_viewer_sees_the_books_and_has_no_button_that_changes(watch: Watch, rest: Rest, doubtful: Cluster) -> None:
    mailing = begin(rest, "Looked at", tag="vip")
    admin = log_in(watch, doubtful)
    admin.goto("/console/people")
    admin.get_by_label("Username").fill("vera")
    admin.get_by_label("Role").select_option("viewer")
    password = admin.get_by_label("Temporary password").input_value()
    admin.get_by_role("button", name="Create account").click()
    expect(admin.get_by_text("vera can log in now.")).to_be_visible()
    page = log_in_first_time(watch, name="vera", password=password)
    page.goto(f"/console/mailings/{mailing}")
    until(page, "sent", 200)
    for name in ("Pause", "Resume", "Cancel the mailing", "Delete", "Edit", "Copy", "New mailing"):
        expect(page.locator("#page-content").get_by_role("button", name=name)).to_have_count(0)
        expect(page.locator("#page-content").get_by_role("link", name=name, exact=True)).to_have_count(0)

    # Where nothing can be done any more, it is said why, and nothing asks for a decision.
    doubtful.gateway.faults(shares={"503": 1.0}, first=5, taken=0.0, latency=SLOW)
    mailing = begin(rest, "Cancelled in doubt", tag="all")
    page.goto(f"/console/mailings/{mailing}")
    until(page, "unknown", 5)
    expect(page.get_by_text("An operator can send them again or leave them.")).to_be_visible()
    page.goto("/console/")
    doubt = page.locator(".v-waiting li", has_text="“Cancelled in doubt”")
    expect(doubt).to_contain_text("An operator has to act.")
    expect(doubt.get_by_role("link")).to_have_text("View")
    expect(page.locator("#now")).not_to_contain_text("Send them again")
    rest.post(f"/sender/notifications/{mailing}/cancel", {})
    page.goto(f"/console/mailings/{mailing}")
    expect(page.locator("#mailing-state")).to_have_text("cancelled")
    left = page.locator("#left-unknown")
    expect(left).to_contain_text("5 messages stay unknown: no definite answer came.")
    expect(left).to_contain_text("The mailing was cancelled, so nothing more may be sent.")
    for words in ("send them again", "leave them", "You can decide", "It is not known whether", "has to act"):
        expect(page.locator("#page-content")).not_to_contain_text(words, ignore_case=True)


def test_unknown_messages_of_a_cancelled_mailing_are_downloaded_and_it_is_said_why_nobody_decides(
    page: Page, rest: Rest, doubtful: Cluster
) -> None:
    doubtful.gateway.faults(shares={"503": 1.0}, first=5, taken=0.0, latency=SLOW)
    mailing = begin(rest, "Broken off in doubt", tag="all")
    page.goto(f"/console/mailings/{mailing}")
    until(page, "unknown", 5)
    rest.post(f"/sender/notifications/{mailing}/cancel", {})
    left = page.locator("#left-unknown")
    expect(left).to_contain_text("5 messages stay unknown: no definite answer came.")
    expect(left).to_contain_text("The mailing was cancelled, so nothing more may be sent.")
    expect(page.get_by_role("button", name="Send again")).to_have_count(0)
    with page.expect_download() as download:
        left.get_by_role("link", name="Download as CSV").click()
    rows = list(csv.DictReader(Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()))
    assert [row["state"] for row in rows] == ["unknown"] * 5


def test_a_length_of_time_is_spelt_alike_on_every_page(page: Page, rest: Rest, doubtful: Cluster) -> None:
    # 16 in flight, 700 ms each: two minutes for all.
    doubtful.gateway.faults(latency={"kind": "fixed", "ms": 700})
    mailing = begin(rest, "Takes minutes")
    page.goto(f"/console/mailings/{mailing}")
    minutes = re.compile(r"about [1-9]\d? min( \d+ s)? left")
    expect(page.locator("#live")).to_contain_text(minutes)
    page.goto("/console/")
    expect(page.locator(".v-running", has_text="Takes minutes")).to_contain_text(minutes)
    page.goto("/console/mailings/new")
    page.get_by_label("Text", exact=True).fill("Spelt alike")
    page.get_by_label("Clients with any tag").check()
    page.get_by_label("Clients of any operator").check()
    end = datetime.now(ZoneInfo("Europe/Moscow")) + timedelta(minutes=92)
    page.get_by_label("End", exact=True).fill(f"{end:%Y-%m-%dT%H:%M}")
    page.get_by_role("button", name="Review").click()
    expect(page.get_by_text(re.compile(r"\(1 h 3[012] min after the start\)"))).to_be_visible()
    seconds = re.compile(r"\b([6-9]\d|\d{3,})(\.\d+)? s(econds)?\b")
    for path in ("", "mailings", f"mailings/{mailing}"):
        page.goto(f"/console/{path}")
        expect(page.get_by_text("Takes minutes").first).to_be_visible()
        assert not seconds.findall(page.locator("#page-content").inner_text()), path


def test_pages_are_accessible_light_and_dark_and_fit_a_phone_in_russian(
    watch: Watch, rest: Rest, doubtful: Cluster
) -> None:
    doubtful.gateway.faults(
        shares={
            "503": 1.0,
        },
        first=2,
        taken=0.0,
    )
    mailing = begin(rest, "Распродажа", tag="vip")
    assert wait_for(lambda: rest.get(f"/sender/notifications/{mailing}")["state"] == "completed", seconds=30)
    pages = ("/console/", "/console/mailings", f"/console/mailings/{mailing}", f"/console/mailings/{mailing}/messages")
    look_over(log_in(watch, doubtful, color_scheme="dark"), *pages)
    small = log_in(watch, doubtful, language="ru", viewport=PHONE)
    look_over(small, *pages)
    small.goto(f"/console/mailings/{mailing}")
    expect(small.get_by_text("Неизвестно, доставлены ли 2 сообщения.")).to_be_visible()
    expect(small.locator("#mailing-state")).to_have_text("завершена")
