"""A mailing is written, looked over and sent, by clicks: from "New mailing" until it has left."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from harness.cluster import Cluster
from tests.browser.console import PHONE, assert_fits, log_in
from tests.browser.kit import PATIENCE, Watch, assert_accessible
from vestnik.cluster.processes import wait_for

NEW = "/console/mailings/new"
#: Clients of this module alone: the cluster is the session's.
TAG, CODE = "composing", "955"


@pytest.fixture(scope="module", autouse=True)
def _directory(cluster: Cluster) -> None:
    rest = cluster.logged_in()
    for number in range(3):
        rest.post("/client/", {"phone_number": f"7955000000{number}", "tag": TAG, "timezone": "Europe/Moscow"})
    rest.post("/client/", {"phone_number": "79560000000", "tag": f"{TAG} other", "timezone": "Asia/Omsk"})


def write(page: Page, *, text: str, name: str = "") -> None:
    """Fill the form in: to the clients of this module, from now on."""
    page.goto(NEW)
    page.get_by_label("Name").fill(name)
    page.get_by_label("Text").fill(text)
    page.get_by_label("Only clients with these tags").check()
    page.get_by_role("searchbox", name="Search tags").fill(TAG)
    page.get_by_role("checkbox", name=re.compile(f"^{TAG} \\d")).check()
    page.get_by_label("Clients of any operator").check()


def mailings_named(cluster: Cluster, name: str) -> list[dict[str, Any]]:
    return [mailing for mailing in cluster.logged_in().get("/sender/notifications") if mailing["name"] == name]


@pytest.fixture
def olga(watch: Watch, cluster: Cluster) -> Page:
    return log_in(watch, cluster)


def test_a_mailing_is_written_looked_over_and_sent_by_clicks(olga: Page, cluster: Cluster) -> None:
    olga.get_by_role("link", name="Mailings", exact=True).click()
    olga.get_by_role("link", name="New mailing").first.click()
    expect(olga.get_by_role("heading", name="New mailing")).to_be_visible()

    olga.get_by_label("Name").fill("By clicks")
    olga.get_by_label("Text").press_sequentially("It is 5 € — come")
    counter = olga.locator("#counter")
    expect(counter).to_contain_text("16 characters")
    expect(counter).to_contain_text("UCS-2")
    olga.get_by_label("Text").fill("It is 5 € - come")
    expect(counter).to_contain_text("GSM-7")
    expect(counter).to_contain_text("room for 143 more")

    estimate = olga.locator("#estimate")
    expect(estimate).to_contain_text("Choose tags and operators")
    olga.get_by_label("Only clients with these tags").check()
    olga.get_by_role("searchbox", name="Search tags").fill(TAG)
    olga.get_by_role("checkbox", name=f"{TAG} other").check()
    olga.get_by_role("checkbox", name=re.compile(f"^{TAG} \\d")).check()
    olga.get_by_label("Clients of any operator").check()
    expect(estimate).to_contain_text("4 clients")
    olga.get_by_label("Only clients with these operator codes").check()
    olga.get_by_role("checkbox", name=re.compile(f"^{CODE} ")).check()
    expect(estimate).to_contain_text("3 clients")
    assert_accessible(olga)

    olga.get_by_role("button", name="Review").click()
    expect(olga.get_by_role("heading", name="Review and send")).to_be_visible()
    expect(olga.get_by_text("It is 5 € - come")).to_be_visible()
    expect(olga.get_by_text("+7 955 000-00-02")).to_be_visible()
    assert_accessible(olga)
    assert mailings_named(cluster, "By clicks") == []

    olga.get_by_role("button", name="Send now to 3 clients").click()
    olga.wait_for_url(re.compile(r"/console/mailings/\d+$"))
    expect(olga.get_by_text("Sending has started: 3 clients.")).to_be_visible()
    (mailing,) = mailings_named(cluster, "By clicks")
    statistics = f"/sender/notifications/{mailing['id']}/statistics"
    rest = cluster.logged_in()
    assert wait_for(lambda: rest.get(statistics)[0]["complete_count"] == 3, seconds=PATIENCE / 1000)


def test_two_clicks_on_the_button_make_one_mailing(olga: Page, cluster: Cluster) -> None:
    write(olga, text="Once", name="Two clicks")
    olga.get_by_role("button", name="Review").click()
    olga.get_by_role("button", name="Send now to 3 clients").dblclick()
    olga.wait_for_url(re.compile(r"/console/mailings/\d+$"))
    assert len(mailings_named(cluster, "Two clicks")) == 1
    # Back to the sheet, and the button once more: the same mailing, not another one.
    made = olga.url
    olga.go_back()
    olga.get_by_role("button", name="Send now to 3 clients").click()
    olga.wait_for_url(made)
    assert len(mailings_named(cluster, "Two clicks")) == 1


def test_going_back_keeps_what_was_typed(olga: Page) -> None:
    write(olga, text="Typed with care", name="Kept")
    olga.get_by_label("Only in these hours").check()
    olga.get_by_label("From").fill("10:30")

    def is_kept() -> None:
        expect(olga.get_by_label("Name")).to_have_value("Kept")
        expect(olga.get_by_label("Text")).to_have_value("Typed with care")
        expect(olga.get_by_role("checkbox", name=re.compile(f"^{TAG} \\d"))).to_be_checked()
        expect(olga.get_by_label("From")).to_have_value("10:30")
        expect(olga.locator("#estimate")).to_contain_text("3 clients")

    for back in ("button", "browser"):
        olga.get_by_role("button", name="Review").click()
        expect(olga.get_by_role("heading", name="Review and send")).to_be_visible()
        if back == "browser":
            olga.go_back()
        else:
            olga.get_by_role("link", name="Back to editing").click()
        is_kept()


def test_an_error_is_told_at_its_field_and_the_rest_is_kept(olga: Page) -> None:
    write(olga, text="Kept text")
    olga.get_by_label("End").fill("2020-01-01T00:00")
    olga.get_by_label("At a date and time").check()
    olga.get_by_role("button", name="Review").click()
    expect(olga.locator("#id_start_at_error")).to_contain_text("Enter the start time")
    expect(olga.get_by_label("Text")).to_have_value("Kept text")
    expect(olga.get_by_role("checkbox", name=re.compile(f"^{TAG} \\d"))).to_be_checked()
    assert_accessible(olga)


def test_what_is_picked_while_a_search_is_under_way_stays_picked(olga: Page) -> None:
    write(olga, text="Quick hands")
    expect(olga.locator("#estimate")).to_contain_text("3 clients")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    olga.route("**/mailings/new/tags", hold)
    olga.get_by_role("searchbox", name="Search tags").fill("no such tag")
    while not held:
        olga.wait_for_timeout(50)
    olga.get_by_role("checkbox", name=re.compile(f"^{TAG} \\d")).uncheck()
    olga.get_by_role("checkbox", name=f"{TAG} other").check()
    with olga.expect_response("**/mailings/new/tags"):
        held[0].continue_()
    boxes = olga.locator("#choices-tags input:checked")
    expect(boxes).to_have_count(1)
    expect(boxes).to_have_value(f"{TAG} other")
    expect(olga.get_by_role("checkbox", name=re.compile(f"^{TAG} ?\\d*$"))).not_to_be_checked()
    expect(olga.locator("#estimate")).to_contain_text("1 client")


def test_enter_in_a_search_does_not_send_the_form(olga: Page) -> None:
    write(olga, text="Not yet")
    olga.get_by_role("searchbox", name="Search tags").press("Enter")
    expect(olga.get_by_role("heading", name="New mailing")).to_be_visible()


def in_english(page: Page) -> str:
    """What a person reads that has English words and no Russian ones; tags are the clients' own."""
    words: list[str] = page.locator(".v-page").evaluate(
        "(node) => [...node.querySelectorAll('label, legend, h1, h2, p, button, dt, th, summary')]"
        ".filter((each) => each.offsetParent && !each.closest('.v-pick'))"
        ".filter((each) => !each.querySelector('.material-symbols-outlined'))"
        ".map((each) => each.innerText.trim())"
    )
    return "\n".join(text for text in words if re.search("[A-Za-z]{3}", text) and not re.search("[А-Яа-я]", text))


def test_it_fits_a_phone_in_russian_in_the_dark(watch: Watch, cluster: Cluster) -> None:
    page = log_in(watch, cluster, language="ru", viewport=PHONE, color_scheme="dark")
    page.goto(NEW)
    page.get_by_label("Название").fill("По-русски")
    page.get_by_label("Текст").fill("Доброе утро! Ждём вас в понедельник.")
    page.get_by_label("Только клиенты с этими тегами").check()
    page.get_by_role("searchbox", name="Найти тег").fill(TAG)
    page.get_by_role("checkbox", name=re.compile(f"^{TAG} \\d")).check()
    page.get_by_label("Клиенты любого оператора").check()
    page.get_by_label("Только в эти часы").check()
    page.get_by_label("В заданное время").check()
    expect(page.locator("#estimate")).to_contain_text("3 клиента")
    expect(page.locator("#counter")).to_contain_text("1 часть SMS")
    assert in_english(page) == ""
    assert_accessible(page)
    assert_fits(page)
    page.get_by_label("Начало: дата и время").fill("2031-01-31T12:00")
    page.get_by_label("Окончание").fill("2031-02-01T12:00")
    page.get_by_role("button", name="Проверить").click()
    expect(page.get_by_role("button", name="Запланировать: 3 клиента")).to_be_visible()
    expect(page.get_by_text("31 января 2031")).to_be_visible()
    assert_accessible(page)
    assert_fits(page)


def test_a_server_that_is_away_breaks_nothing_and_is_said(olga: Page, watch: Watch) -> None:
    watch.allow("ERR_FAILED", "htmx:afterRequest", "htmx:sendError")
    write(olga, text="Before")
    expect(olga.locator("#estimate")).to_contain_text("3 clients")
    olga.route("**/estimate", lambda route: route.abort())
    olga.get_by_label("Only clients with these operator codes").check()
    expect(olga.get_by_text("The number is not available")).to_be_visible()
    olga.unroute("**/estimate")
    olga.get_by_label("Clients of any operator").check()
    expect(olga.get_by_text("The number is not available")).to_be_hidden()
    expect(olga.get_by_label("Text")).to_have_value("Before")


def test_a_login_that_has_ended_meanwhile_loses_nothing(olga: Page, cluster: Cluster) -> None:
    write(olga, text="Written for an hour", name="Patience")
    expect(olga.locator("#estimate")).to_contain_text("3 clients")
    olga.context.clear_cookies(name="vestnik_session")
    olga.get_by_label("Only clients with these operator codes").check()
    expect(olga.get_by_text("you are logged out")).to_be_visible()
    olga.get_by_label("Clients of any operator").check()
    olga.get_by_role("button", name="Review").click()
    olga.fill("input[name=username]", "admin")
    olga.fill("input[name=password]", cluster.password)
    olga.click("#login-form button")
    expect(olga.get_by_label("Text")).to_have_value("Written for an hour")
    expect(olga.locator("#estimate")).to_contain_text("3 clients")
    olga.get_by_role("button", name="Review").click()
    expect(olga.get_by_role("button", name="Send now to 3 clients")).to_be_visible()
    # Sent and answered: a new form is a new one.
    olga.goto(NEW)
    expect(olga.get_by_label("Text")).to_have_value("")
