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

# The first press is made here too: between the observer and a press from outside an earlier change may be answered.
PRESS_THE_NEXT_ONE_AT_ONCE = """() => {
    const pressed = new MutationObserver(() => {
        pressed.disconnect();
        document.getElementById("sample-after").click();
        window.pressedAtOnce = true;
    });
    pressed.observe(document.getElementById("own-text"), { childList: true });
    document.getElementById("sample-after").click();
}"""


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
    expect(estimate).to_contain_text("Choose recipients")
    olga.get_by_label("Only clients with these tags").check()
    olga.get_by_role("searchbox", name="Search tags").fill(TAG)
    olga.get_by_role("checkbox", name=f"{TAG} other").check()
    olga.get_by_role("checkbox", name=re.compile(f"^{TAG} \\d")).check()
    olga.get_by_label("Clients of any operator").check()
    expect(estimate).to_contain_text("4 clients")
    olga.get_by_label("Only clients of these operators").check()
    olga.get_by_role("searchbox", name="Search operators and codes").fill(CODE)
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
    # What has an obvious mend has a button for it, which sets the field and says so.
    olga.get_by_label("Start: date and time").fill("2020-01-01T00:00")
    olga.get_by_role("button", name="Review").click()
    expect(olga.locator("#id_start_at_error")).to_contain_text("This time has passed")
    assert_accessible(olga)
    olga.get_by_role("button", name="Start now").click()
    expect(olga.get_by_label("Now, as soon as you confirm")).to_be_checked()
    expect(olga.locator("#id_start_at_error")).to_have_text("")
    expect(olga.get_by_text("✓ Start now")).to_be_visible()
    olga.get_by_role("button", name="Move the end to").click()
    expect(olga.get_by_label("End", exact=True)).to_be_focused()
    expect(olga.get_by_label("End", exact=True)).not_to_have_value("2020-01-01T00:00")
    olga.get_by_label("Text").fill("a" * 100 + " “it’s”")
    olga.locator("#counter").get_by_role("button", name="Replace these characters").click()
    expect(olga.get_by_label("Text")).to_have_value("a" * 100 + ' "it\'s"')
    expect(olga.locator("#counter")).to_contain_text("GSM-7")
    assert_accessible(olga)
    olga.get_by_role("button", name="Review").click()
    expect(olga.get_by_role("button", name="Send now to 3 clients")).to_be_visible()


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


def test_operators_and_tags_are_chosen_together_and_removed_one_by_one(watch: Watch, cluster: Cluster) -> None:
    page = log_in(watch, cluster, viewport=PHONE)
    page.goto(NEW)
    page.get_by_label("Only clients of these operators").check()
    chosen = page.get_by_role("group", name="Operators: chosen").get_by_role("button")
    # The keyboard alone: an operator is chosen, opened, and left by one of its codes.
    page.get_by_role("checkbox", name=re.compile("^Yota ")).press("Space")
    expect(chosen).to_have_text(["Yota remove×"])
    opener = page.get_by_role("button", name=re.compile("^Yota: "))
    opener.press("Enter")
    expect(opener).to_have_attribute("aria-expanded", "true")
    page.get_by_role("checkbox", name=re.compile("^996 ")).press("Space")
    expect(chosen).to_have_text(["999 remove×"])
    expect(page.get_by_role("checkbox", name=re.compile("^Yota "))).to_have_js_property("indeterminate", True)

    # A search chooses all that it finds, and loses nothing of what was chosen.
    page.get_by_role("searchbox", name="Search operators and codes").fill("мтс")
    page.locator("#found-codes").press("Enter")
    # In the order of the choices, where those with most clients come first: other tests add some.
    expect(chosen).to_have_count(3)
    expect(chosen.last).to_have_text("Remove all")
    expect(chosen.filter(has_text="999")).to_have_text("999 remove×")
    assert_accessible(page)
    assert_fits(page)
    chosen.filter(has_text="MTS").press("Enter")
    expect(chosen).to_have_text(["999 remove×"])
    expect(chosen.first).to_be_focused()
    chosen.first.press("Enter")
    expect(chosen).to_have_count(0)
    expect(page.get_by_role("searchbox", name="Search operators and codes")).to_be_focused()

    page.get_by_label("Only clients with these tags").check()
    page.get_by_role("searchbox", name="Search tags").fill(TAG)
    page.locator("#found-tags").click()
    tags = page.get_by_role("group", name="Tags: chosen")
    expect(tags).to_contain_text(f"{TAG} other")
    page.get_by_label("Clients of any operator").check()
    expect(page.locator("#estimate")).to_contain_text("4 clients")
    tags.get_by_role("button", name=f"{TAG} other remove").click()
    expect(page.locator("#estimate")).to_contain_text("3 clients")
    expect(page.get_by_role("checkbox", name=f"{TAG} other")).not_to_be_checked()


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
    page.get_by_label("В любое время").check()
    page.get_by_label("Начало: дата и время").fill("2031-01-31T23:00")
    page.get_by_label("Окончание").fill("2031-02-01T12:00")
    page.get_by_role("button", name="Проверить").click()
    expect(page.get_by_role("button", name="Запланировать: 3 клиента")).to_be_visible()
    expect(page.get_by_text("31 января 2031")).to_be_visible()
    assert_accessible(page)
    assert_fits(page)
    page.get_by_role("button", name="Отправлять только с 09:00 до 21:00").click()
    expect(page.locator("#mended")).to_contain_text("09:00–21:00")
    assert_accessible(page)
    assert_fits(page)
    page.get_by_role("button", name="Запланировать: 3 клиента").click()
    page.wait_for_url(re.compile(r"/console/mailings/\d+$"))
    mailing = int(page.url.rpartition("/")[2])
    try:
        scheduled_and_edited(page)
    finally:
        cluster.logged_in().post(f"/sender/notifications/{mailing}/cancel", {})


def scheduled_and_edited(page: Page) -> None:
    """The page of a scheduled mailing, and the review of an edit, which marks what changes."""
    expect(page.locator("#ahead")).to_contain_text("3")
    expect(page.locator("#starts-in")).to_contain_text("начнётся через")
    assert_accessible(page)
    assert_fits(page)
    page.get_by_role("link", name="Изменить", exact=True).click()
    page.get_by_label("Текст").fill("Доброе утро! Ждём вас во вторник.")
    page.get_by_label("Окончание").fill("2031-02-02T12:00")
    page.get_by_role("button", name="Проверить").click()
    expect(page.locator("#changes ins").first).to_have_text("во вторник.")
    assert_accessible(page)
    assert_fits(page)
    page.get_by_role("button", name="Сохранить изменения").click()
    expect(page.get_by_text("Изменения сохранены.")).to_be_visible()
    expect(page.get_by_text("Ждём вас во вторник.")).to_be_visible()


def test_a_server_that_is_away_breaks_nothing_and_is_said(olga: Page, watch: Watch) -> None:
    watch.allow("ERR_FAILED", "htmx:afterRequest", "htmx:sendError")
    write(olga, text="Before")
    expect(olga.locator("#estimate")).to_contain_text("3 clients")
    olga.route("**/estimate", lambda route: route.abort())
    olga.get_by_label("Only clients of these operators").check()
    expect(olga.get_by_text("The number is not available")).to_be_visible()
    olga.unroute("**/estimate")
    olga.get_by_label("Clients of any operator").check()
    expect(olga.get_by_text("The number is not available")).to_be_hidden()
    expect(olga.get_by_label("Text")).to_have_value("Before")


def test_a_login_that_has_ended_meanwhile_loses_nothing(olga: Page, cluster: Cluster) -> None:
    write(olga, text="Written for an hour", name="Patience")
    expect(olga.locator("#estimate")).to_contain_text("3 clients")
    olga.context.clear_cookies(name="vestnik_session")
    olga.get_by_label("Only clients of these operators").check()
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


def test_a_text_is_kept_as_a_template_and_taken_into_the_next_mailing(olga: Page) -> None:
    olga.goto(NEW)
    olga.get_by_label("Text", exact=True).fill("Come on {{tag}}")
    olga.get_by_label("Fill in each client's own values").check()
    olga.get_by_label("get nothing, where there is no default").check()
    olga.get_by_text("Save this text as a template").click()
    olga.get_by_label("Save as").fill("Kept by clicks")
    olga.get_by_label("Save as").press("Enter")
    expect(olga.get_by_text("The text was saved as the template “Kept by clicks”.")).to_be_visible()

    olga.goto(NEW)
    olga.get_by_label("Template", exact=True).select_option("Kept by clicks")
    olga.get_by_role("button", name="Use its text").click()
    expect(olga.get_by_label("Text", exact=True)).to_have_value("Come on {{tag}}")
    expect(olga.get_by_label("get nothing, where there is no default")).to_be_checked()
    expect(olga.locator("#counter")).to_contain_text("15 characters")
    # What is typed is replaced only if that is confirmed; a dialog that nobody answers is dismissed.
    olga.get_by_label("Text", exact=True).fill("Typed with care")
    olga.get_by_role("button", name="Use its text").click()
    expect(olga.locator("#counter")).to_contain_text("15 characters")
    expect(olga.get_by_label("Text", exact=True)).to_have_value("Typed with care")
    assert_accessible(olga)
    olga.set_viewport_size(PHONE)
    assert_fits(olga)

    olga.goto("/console/templates")
    olga.get_by_role("link", name="Kept by clicks", exact=True).click()
    assert_fits(olga)
    olga.get_by_role("button", name="Delete").click()
    olga.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(olga.get_by_text("The template was deleted.")).to_be_visible()


def test_a_personal_text_is_written_with_values_put_in_and_its_clients_stepped_through(
    olga: Page, cluster: Cluster
) -> None:
    rest = cluster.logged_in()
    clients = rest.get(f"/client/?tag={TAG}")
    assert len(clients) == 3
    for client, name in zip(clients, ("Anna", "Ольга " * 20, None), strict=True):
        if name is not None:
            rest.patch(f"/client/{client['id']}", {"attributes": {"first_name": name}})
    write(olga, text="Hello , come", name="Personal")
    olga.get_by_label("Fill in each client's own values").check()
    text = olga.get_by_label("Text", exact=True)
    text.evaluate("field => field.setSelectionRange(6, 6)")
    olga.get_by_label("get the default, which every placeholder must have").check()
    olga.get_by_label("Client's value").select_option("first_name")
    olga.get_by_role("button", name="Put into the text").press("Enter")
    expect(text).to_be_focused()
    olga.keyboard.type("friend")
    expect(text).to_have_value("Hello {{first_name|friend}}, come")

    preview = olga.locator("#own-text")
    expect(preview).to_contain_text("the shortest 1, the longest 2")
    seen = set()
    for _client in clients:
        seen.add(preview.locator(".v-bubble").inner_text())
        place = preview.locator(".v-muted").first.inner_text()
        preview.get_by_role("button", name="Next client").press("Enter")
        expect(preview.locator(".v-muted").first).not_to_have_text(place)
        expect(preview.get_by_role("button", name="Next client")).to_be_focused()
    assert seen == {"Hello Anna, come", "Hello friend, come", f"Hello {'Ольга ' * 20}".rstrip() + ", come"}

    # Whoever presses a new button the moment it is on the page is answered: twice from here is two clients on.
    place = preview.locator(".v-muted").first.inner_text()
    olga.evaluate(PRESS_THE_NEXT_ONE_AT_ONCE)
    olga.wait_for_function("window.pressedAtOnce")
    two_on = (int(re.search(r"client (\d)", place)[1]) + 1) % len(clients) + 1  # type: ignore[index]
    expect(preview.locator(".v-muted").first).to_contain_text(f"client {two_on} of 3")

    text.fill("Hello\n{{first_nmae|you}}")
    expect(preview).to_contain_text("Line 2, column 1: {{first_nmae|you}}: no client has an attribute of that name")
    text.fill("Hello {{first_name|you}}")
    expect(preview).to_contain_text("SMS parts of these texts")
    assert_accessible(olga)
    olga.set_viewport_size(PHONE)
    assert_fits(olga)
    for client in clients:
        rest.patch(f"/client/{client['id']}", {"attributes": {"first_name": None}})
