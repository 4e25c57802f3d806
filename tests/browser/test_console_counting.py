"""The review of a mailing to a large directory is there at once, and counts on by itself until it can be confirmed."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from uuid import uuid4

import psycopg
import pytest
from playwright.sync_api import Page, Route, expect

from harness.cluster import Cluster
from tests.browser.console import PHONE, assert_fits, log_in
from tests.browser.kit import PATIENCE, Watch, assert_accessible
from vestnik.audience.slices import FIRST_SLICE
from vestnik.cluster.processes import wait_for

TAG = f"counting-{uuid4().hex[:8]}"
#: A slice of the sheet waits for the stop list for longer than the page may take. The form's estimate has no slices.
WAITS = """SELECT 1 FROM pg_locks l JOIN pg_stat_activity a USING (pid)
WHERE l.relation = 'vestnik_stoppedphone'::regclass AND NOT l.granted AND clock_timestamp() - l.waitstart > '0.4 s'
  AND position('WHERE c.id >= ' in a.query) > 0"""


@pytest.fixture(scope="module")
def segment(cluster: Cluster) -> int:
    """A segment of three clients, in a directory of several slices."""
    rest = cluster.logged_in()
    cluster.add_clients(f"{TAG}-others", 2 * FIRST_SLICE)
    for _ in range(3):
        phone = f"79{uuid4().int % 10**9:09d}"
        rest.post("/client/", {"phone_number": phone, "tag": TAG, "timezone": "Asia/Omsk"})
    return int(rest.post("/segments", {"name": TAG, "conditions": {"tag": [TAG]}})["id"])


@contextmanager
def the_first_slice_takes_long(cluster: Cluster) -> Iterator[None]:
    """Nobody reads the stop list until a count has waited for it for longer than the page may take."""
    with psycopg.connect(cluster.database_url) as holder, psycopg.connect(cluster.database_url, autocommit=True) as eye:
        holder.execute("LOCK TABLE vestnik_stoppedphone IN ACCESS EXCLUSIVE MODE")

        def let_go() -> None:
            wait_for(lambda: bool(eye.execute(WAITS).fetchall()), seconds=PATIENCE / 1000)
            holder.rollback()

        waits = Thread(target=let_go)
        waits.start()
        try:
            yield
        finally:
            waits.join()


class Gate:
    """Holds back what the part of the sheet asks, until it is opened."""

    def __init__(self, page: Page) -> None:
        self.held: list[Route] = []
        self._is_open = False
        page.route(re.compile(r"\?sheet="), self._pass)

    def _pass(self, route: Route) -> None:
        if self._is_open or "step=count" not in (route.request.post_data or ""):
            route.continue_()
        else:
            self.held.append(route)

    def open(self, *, status: int = 0) -> None:
        """Let all requests pass from now on. The first ones are answered with a status, if one is given."""
        self._is_open = True
        for route in self.held:
            if status:
                route.fulfill(status=status, body="")
            else:
                route.continue_()


def review(page: Page, cluster: Cluster, segment: int, *, text: str, button: str) -> Gate:
    """Write a mailing to the segment and review it; the page is there, and its part has no answer yet."""
    gate = Gate(page)
    page.goto(f"/console/mailings/new?segment={segment}")
    page.locator("#id_message_text").fill(text)
    expect(page.locator("#estimate strong").first).to_have_text("3")
    with the_first_slice_takes_long(cluster):
        page.get_by_role("button", name=button).click()
        expect(page.locator("#counting")).to_be_visible()
    assert wait_for(lambda: bool(page.title()) and bool(gate.held), seconds=PATIENCE / 1000)
    return gate


def test_a_review_counts_on_by_itself_and_is_then_confirmed(admin: Page, cluster: Cluster, segment: int) -> None:
    gate = review(admin, cluster, segment, text="To very many", button="Review")
    # All that needs no count is there; nothing can be confirmed.
    expect(admin.get_by_text("To very many")).to_be_visible()
    expect(admin.get_by_text("The clients are being counted.")).to_be_visible()
    expect(admin.get_by_text("You can confirm once all clients are counted.")).to_be_visible()
    expect(admin.get_by_role("progressbar", name="Clients counted")).to_be_visible()
    expect(admin.locator("button[name=step]")).to_have_count(0)
    assert_accessible(admin)
    admin.set_viewport_size(PHONE)  # type: ignore[arg-type]  # width and height
    assert_fits(admin)
    admin.set_viewport_size({"width": 1280, "height": 900})
    # Somebody who is elsewhere on the page stays there.
    beside = admin.get_by_role("button", name="Test to me")
    beside.focus()
    gate.open()
    send = admin.get_by_role("button", name="Send now to 3 clients")
    expect(send).to_be_visible()
    expect(admin.locator("#counting")).to_have_count(0)
    expect(admin.get_by_role("status").filter(has_text="All clients are counted: 3 clients.")).to_have_count(1)
    expect(beside).to_be_focused()
    for words in ("Some of the recipients", TAG, "Asia/Omsk"):
        expect(admin.get_by_text(words).first).to_be_visible()
    assert_accessible(admin)
    admin.set_viewport_size(PHONE)  # type: ignore[arg-type]  # width and height
    assert_fits(admin)
    send.focus()
    admin.keyboard.press("Enter")
    admin.wait_for_url(re.compile(r"/console/mailings/\d+$"))
    expect(admin.get_by_text("Sending has started: 3 clients.")).to_be_visible()


def test_a_part_without_an_answer_asks_again(watch: Watch, cluster: Cluster, segment: int) -> None:
    small = log_in(watch, cluster, language="ru", viewport=PHONE, color_scheme="dark")
    gate = review(small, cluster, segment, text="Очень многим", button="Проверить")
    expect(small.get_by_text("Идёт подсчёт клиентов.")).to_be_visible()
    assert_accessible(small)
    assert_fits(small)
    watch.allow("status of 503", "Error Code 503")
    gate.open(status=503)
    expect(small.get_by_role("button", name="Отправить сейчас: 3 клиента")).to_be_visible()
    assert_accessible(small)
    assert_fits(small)
