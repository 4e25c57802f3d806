"""The console of an operator who has much: 500 tags, 1,000 mailings, names of 200 characters. All of it fits.

To look at it: ``PICTURES=FOLDER pytest tests/browser/test_console_crowded.py`` saves a picture of each page.
"""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from harness.cluster import Cluster
from harness.rows import add_clients, add_mailing
from tests.browser.console import PHONE, assert_fits, log_in
from tests.browser.kit import Watch, assert_accessible
from vestnik.cluster.processes import wait_for
from vestnik.models import MESSAGE_STATES

DESK: ViewportSize = {"width": 1280, "height": 860}
#: The last in any order: what other tests look for must stay among the first.
TAG = "яя"
#: Names of 200 characters: of words, and without a place to break.
WORDS, ONE_WORD = "Очень длинное название рассылки для всех наших клиентов " * 4, "Распродажа" * 20
#: Of each of the mailings.
_TOTALS = {**dict.fromkeys(MESSAGE_STATES, 0), "sent": 1_234_567, "failed": 7_654, "expired": 12}
#: Where the pictures go; none: nobody looks at them.
_PICTURES = os.environ.get("PICTURES", "")


@pytest.fixture(scope="module")
def crowd(cluster: Cluster) -> Iterator[list[int]]:
    """The ids of two mailings with long names, one over and one ahead. Nothing stays for other tests."""
    tags = [f"{TAG}{number:03d} {'постоянный покупатель' if number % 9 else 'в' * 56}"[:64] for number in range(500)]
    add_clients(cluster.db, 2_000, tag=tags, codes=range(900, 1_000))
    # One transaction: the keepers are woken once.
    with cluster.db.transaction():
        for number in range(1, 1_001):
            _over(cluster, number, tags)
    over = cluster.figure("SELECT max(id) FROM vestnik_mailing WHERE name = %s", ONE_WORD)
    ahead = _scheduled(cluster, tags[:120])
    yield [over, ahead]
    cluster.rest.post(f"/sender/notifications/{ahead}/cancel", {})
    names = [WORDS[:200], ONE_WORD]
    cluster.query(
        "DELETE FROM vestnik_mailing WHERE id <> %s AND (name = ANY(%s) OR name ~ '^Рассылка \\d+$')", ahead, names
    )
    cluster.query("DELETE FROM vestnik_client WHERE tag LIKE %s", f"{TAG}%")


def _over(cluster: Cluster, number: int, tags: list[str]) -> None:
    """A mailing of so many hours ago, whose messages retention has deleted: nothing checks its totals against them."""
    start = datetime.now(UTC) - timedelta(hours=number)
    name = {0: WORDS[:200], 5: ONE_WORD}.get(number % 10, f"Рассылка {number}")
    many = {"filter_tags": tags[:120], "message_text": "Приходите" * 60} if number % 10 == 0 else {}
    add_mailing(
        cluster.db, tag=None, starts_in=-3_600 * number, ends_in=1_800 - 3_600 * number, name=name, state="completed",
        **{"message_text": "Приходите в воскресенье.", **many}, created_at=start, started_at=start, prepared_at=start,
        finished_at=start + timedelta(minutes=5), frozen_at=start + timedelta(minutes=5), messages_dropped_at=start,
        totals=_TOTALS,
    )  # fmt: skip


def _scheduled(cluster: Cluster, tags: list[str]) -> int:
    body: dict[str, Any] = {
        "name": ONE_WORD, "message_text": "Приходите" * 60, "filter": {"tag": tags, "operator_code": None},
        "start_time": "2031-01-31T12:00:00Z", "end_time": "2031-02-01T12:00:00Z",
    }  # fmt: skip
    return int(cluster.rest.post("/sender/notifications", body)["id"])


#: Buttons that stick out of their card, how much of nothing the page has behind its end, and how much it is too wide.
_WRONG = """() => {
  const out = [...document.querySelectorAll(".v-card .v-button")].filter((button) => button.offsetParent
    && button.getBoundingClientRect().right > button.closest(".v-card").getBoundingClientRect().right + 1);
  const end = document.querySelector(".v-page").getBoundingClientRect().bottom + scrollY;
  const empty = Math.max(0, document.documentElement.scrollHeight - Math.max(innerHeight, end + 200));
  const wide = document.documentElement.scrollWidth - innerWidth;
  return [...out.map((button) => button.innerText), ...(empty ? [`${empty} px of nothing`] : []),
    ...(wide > 0 ? [`${wide} px too wide`] : [])];
}"""


def _look(page: Page, name: str) -> None:
    """The page fits a desk and a phone."""
    for width, size in (("desk", DESK), ("phone", PHONE)):
        page.set_viewport_size(size)  # type: ignore[arg-type]  # a dict of two numbers
        if _PICTURES:
            page.wait_for_timeout(1_000)  # for who looks: charts have drawn their lines
            page.screenshot(path=Path(_PICTURES) / f"{name}-{width}.png", full_page=True)
        # A chart follows the page's width a moment later.
        assert wait_for(lambda: page.evaluate(_WRONG) == [], seconds=10), f"{name}, {width}: {page.evaluate(_WRONG)}"
        assert_fits(page)


@pytest.mark.parametrize("language", ["en", "ru"])
def test_lists_and_forms_fit_with_hundreds_of_tags_and_long_names(
    watch: Watch, cluster: Cluster, crowd: list[int], language: str
) -> None:
    page = log_in(watch, cluster, language=language)
    over, ahead = crowd
    client = cluster.figure("SELECT max(id) FROM vestnik_client WHERE tag LIKE %s", f"{TAG}000%")
    for path, name in (
        ("/console/", "home"),
        ("/console/mailings", "mailings"),
        (f"/console/mailings/{over}", "over"),
        (f"/console/mailings/{ahead}", "ahead"),
        (f"/console/mailings/{ahead}/edit", "edit"),
        ("/console/clients", "clients"),
        (f"/console/clients/{client}", "client"),
    ):
        page.goto(path)
        _look(page, f"{name}-{language}")
    page.set_viewport_size(DESK)
    page.goto("/console/mailings")
    name = page.get_by_role("link", name="Рассылка 999", exact=True)
    assert name.bounding_box()["height"] < 30, "a short name needs no second line"  # type: ignore[index]
    page.goto(f"/console/mailings/{ahead}/edit")
    page.locator("button[name=step][value=check]").click()
    expect(page.locator("#decide")).to_be_visible()
    expect(page.locator(".v-many")).to_be_visible()
    assert_accessible(page)
    _look(page, f"sheet-{language}")
