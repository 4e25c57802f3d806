"""What somebody points at or types in stays where it is while the answers of the server change the page above it."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from harness.cluster import Cluster
from tests.browser.console import assert_fits, log_in
from tests.browser.kit import Watch, assert_accessible

NEW = "/console/mailings/new"
TAG = "live-parts"
#: Its letters are not in GSM-7: the counter says so on two lines more.
RUSSIAN = "Работаем каждый день до 22:00, а 31 декабря — до 18:00."
Hold = Callable[[], None]


@pytest.fixture(scope="module", autouse=True)
def _directory(cluster: Cluster) -> None:
    for number in range(2):
        client = {"phone_number": f"7954000000{number}", "tag": f"{TAG} {number}", "timezone": "Europe/Moscow"}
        cluster.logged_in().post("/client/", client)


@pytest.fixture
def writing(watch: Watch, cluster: Cluster) -> Page:
    """The form of a new mailing, with the choice of tags open."""
    page = log_in(watch, cluster, viewport={"width": 1280, "height": 800})
    page.goto(NEW)
    page.get_by_label("Only clients with these tags").check()
    page.get_by_role("searchbox", name="Search tags").fill(TAG)
    expect(page.locator("#found-tags")).to_be_visible()
    return page


@contextmanager
def late_counter(page: Page) -> Iterator[Hold]:
    """A Russian text is typed, and the counter's answer comes only when the function is called."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/mailings/new/counter", hold)
    page.get_by_label("Text", exact=True).fill(RUSSIAN)
    while not held:
        page.wait_for_timeout(50)

    def answer() -> None:
        held[0].continue_()
        expect(page.locator("#counter")).to_contain_text("UCS-2")

    yield answer
    page.unroute("**/mailings/new/counter")


def top_of(place: Locator) -> float:
    box = place.bounding_box()
    assert box is not None
    return box["y"]


def point_at(place: Locator) -> None:
    """Move the mouse to its middle, also where it is replaced in just that moment."""
    place.hover()


def test_a_box_that_is_being_clicked_is_ticked_though_an_answer_changes_the_page_above(writing: Page) -> None:
    box = writing.get_by_role("checkbox", name=re.compile(f"^{TAG} 0"))
    with late_counter(writing) as answer:
        point_at(box)
        before = top_of(box)
        writing.mouse.down()
        answer()
        assert top_of(box) == before
        writing.mouse.up()
    expect(box).to_be_checked()
    expect(writing.locator("#choices-tags input:checked")).to_have_count(1)


def test_a_field_in_which_somebody_types_stays_where_it_is(writing: Page) -> None:
    search = writing.get_by_role("searchbox", name="Search tags")
    with late_counter(writing) as answer:
        search.scroll_into_view_if_needed()
        search.press("End")
        before = top_of(search)
        answer()
        assert top_of(search) == before


@pytest.mark.parametrize("by", ["mouse", "keyboard"])
def test_nothing_is_scrolled_for_a_change_below(writing: Page, by: str) -> None:
    text = writing.get_by_label("Text", exact=True)
    with late_counter(writing) as answer:
        point_at(text)
        if by == "keyboard":
            text.press("End")
        before = writing.evaluate("window.scrollY")
        answer()
        assert writing.evaluate("window.scrollY") == before


def test_a_click_on_what_comes_anew_each_second_counts(watch: Watch, cluster: Cluster) -> None:
    name = f"Clicked slowly {uuid4().hex[:6]}"
    start = datetime.now(UTC) + timedelta(hours=1)
    body = {
        "name": name, "message_text": "Hello", "filter": {"tag": [f"{TAG} 0"], "operator_code": None},
        "start_time": start.isoformat(), "end_time": (start + timedelta(hours=1)).isoformat(),
    }  # fmt: skip
    mailing = cluster.logged_in().post("/sender/notifications", body)["id"]
    try:
        page = log_in(watch, cluster)
        point_at(page.locator("#now").get_by_role("link", name=name))
        page.mouse.down()
        with page.expect_response("**/console/now"):
            pass
        with page.expect_response("**/console/now"):
            pass
        page.mouse.up()
        page.wait_for_url(f"**/console/mailings/{mailing}")
    finally:
        cluster.logged_in().post(f"/sender/notifications/{mailing}/cancel", {})


def test_the_start_page_goes_on_once_the_button_of_the_mouse_is_up(watch: Watch, cluster: Cluster) -> None:
    page = log_in(watch, cluster)
    point_at(page.locator("#now dl").first)
    page.evaluate("document.getElementById('now').firstElementChild.dataset.old = 'yes'")
    page.mouse.down()
    with page.expect_response("**/console/now"):
        pass
    with page.expect_response("**/console/now"):
        pass
    expect(page.locator("#now [data-old]")).to_have_count(1)
    page.mouse.up()
    expect(page.locator("#now [data-old]")).to_have_count(0)
    page.evaluate("document.getElementById('now').firstElementChild.dataset.old = 'yes'")
    expect(page.locator("#now [data-old]")).to_have_count(0)


@contextmanager
def late_sizes(page: Page) -> Iterator[Hold]:
    """The numbers beside the choices of the next page come only when the function is called."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/mailings/new/sizes", hold)

    def answer() -> None:
        while not held:
            page.wait_for_timeout(50)
        for each in held:
            each.continue_()
        expect(page.locator("#sizes-data")).to_be_attached()

    yield answer
    page.unroute("**/mailings/new/sizes")


@pytest.fixture
def fresh(cluster: Cluster) -> tuple[str, str]:
    """A tag and an operator code of clients who have just been added: nobody has counted them yet."""
    used = {found for (found,) in cluster.query("SELECT mobile_operator_code FROM vestnik_client")}
    code = next(number for number in range(500, 600) if number not in used)
    tag = f"fresh-{uuid4().hex[:8]} with a name that may need several lines beside it"
    for _ in range(2):
        client = {"phone_number": f"79{uuid4().int % 10**9:09d}", "mobile_operator_code": code, "tag": tag}
        cluster.logged_in().post("/client/", {**client, "timezone": "Europe/Moscow"})
    return tag, str(code)


@pytest.mark.parametrize(("path", "part"), [(NEW, ""), ("/console/segments/new", "include-")])
@pytest.mark.parametrize("width", [1280, 390])
def test_numbers_come_beside_the_choices_and_a_tick_made_meanwhile_stays(
    watch: Watch, cluster: Cluster, fresh: tuple[str, str], path: str, part: str, width: int
) -> None:
    tag, code = fresh
    page = log_in(watch, cluster, viewport={"width": width, "height": 844})
    with late_sizes(page) as answer:
        with page.expect_request("**/mailings/new/sizes"):
            page.goto(path)
        page.get_by_label("Only clients with these tags").first.check()
        page.get_by_label("Only clients of these operators").first.check()
        page.get_by_role("searchbox", name="Search tags").first.fill(tag)
        expect(page.locator(f"#found-{part}tags")).to_be_visible()
        codes = page.locator(f"#choices-{part}codes")
        codes.get_by_role("button", name=re.compile("^Other: ")).click()
        ticked = page.locator(f"#choices-{part}tags .v-pick", has_text=tag)
        pointed = codes.locator(".v-codes .v-pick", has_text=code)
        for label in (ticked, pointed):
            expect(label.locator("b")).to_have_text("")
        ticked.locator("input").check()
        point_at(pointed.locator("input"))
        before = [label.bounding_box() for label in (ticked, pointed)]
        page.mouse.down()
        answer()
        for label in (ticked, pointed):
            expect(label.locator("b")).to_have_text("2")
        assert [label.bounding_box() for label in (ticked, pointed)] == before
        page.mouse.up()
    for label in (ticked, pointed):
        expect(label.locator("input")).to_be_checked()
    expect(codes.locator("[data-key=other] .v-operator-row b")).to_have_text(re.compile(r"^[\d,]+$"))
    assert_accessible(page)
    assert_fits(page)


def test_who_types_a_search_goes_on_typing_while_the_numbers_come(
    watch: Watch, cluster: Cluster, fresh: tuple[str, str]
) -> None:
    page = log_in(watch, cluster, language="ru")
    with late_sizes(page) as answer:
        with page.expect_request("**/mailings/new/sizes"):
            page.goto(NEW)
        page.get_by_label("Только клиенты с этими тегами").check()
        search = page.get_by_role("searchbox", name="Найти тег")
        search.press_sequentially(fresh[0][:8])
        before = search.bounding_box()
        answer()
        page.keyboard.type(fresh[0][8:14])
    expect(search).to_be_focused()
    expect(search).to_have_value(fresh[0][:14])
    assert search.bounding_box() == before
    # The answer of the search has the number, too.
    expect(page.locator("#choices-tags .v-pick", has_text=fresh[0]).locator("b")).to_have_text("2")


def test_numbers_that_do_not_come_leave_the_page_as_it_is(
    watch: Watch, cluster: Cluster, fresh: tuple[str, str]
) -> None:
    watch.allow("status of 500", "sizes")
    page = log_in(watch, cluster)
    page.route("**/mailings/new/sizes", lambda route: route.fulfill(status=500))
    with page.expect_response("**/mailings/new/sizes"):
        page.goto(NEW)
    page.get_by_label("Only clients with these tags").check()
    page.get_by_role("searchbox", name="Search tags").fill(fresh[0])
    page.locator("#choices-tags .v-pick", has_text=fresh[0]).locator("input").check()
    page.get_by_label("Clients of any operator").check()
    expect(page.locator("#estimate")).to_contain_text("2 clients")
    expect(page.locator("#away")).to_be_hidden()
    page.unroute("**/mailings/new/sizes")
