"""Faults that a new operator met in the first hour, each by clicks, so that none comes back."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Locator, Page, expect

from harness.cluster import Cluster
from tests.browser.console import PHONE, assert_fits, log_in, log_in_first_time
from tests.browser.kit import Watch, assert_accessible
from vestnik.cluster.processes import wait_for
from vestnik.cluster.rest import Rest

#: Names that nobody should give, and somebody does.
LONG, LONG_WORD = "A very long name of a mailing " * 6, "longtag" * 9
TAG = "faults"


@pytest.fixture(scope="module", autouse=True)
def _directory(cluster: Cluster) -> None:
    rest = cluster.logged_in()
    for number in range(3):
        rest.post("/client/", {"phone_number": f"7957000000{number}", "tag": TAG, "timezone": "Europe/Moscow"})
    rest.post("/client/", {"phone_number": "79570000009", "tag": LONG_WORD, "timezone": "Europe/Moscow"})


@pytest.fixture
def rest(cluster: Cluster) -> Rest:
    return cluster.logged_in()


@pytest.fixture
def admin(watch: Watch, cluster: Cluster) -> Page:
    return log_in(watch, cluster, viewport={"width": 1280, "height": 800})


def made(rest: Rest, name: str, *, starts_in: float = 0, lasts: float = 3_600) -> int:
    """A mailing to the clients of this module."""
    start = datetime.now(UTC) + timedelta(seconds=starts_in)
    body: dict[str, Any] = {
        "name": name,
        "message_text": "Hello",
        "filter": {"tag": [TAG], "operator_code": None},
        "end_time": (start + timedelta(seconds=lasts)).isoformat(),
    }
    if starts_in:
        body["start_time"] = start.isoformat()
    return int(rest.post("/sender/notifications", body)["id"])


def is_completed(rest: Rest, mailing: int) -> bool:
    return bool(rest.get(f"/sender/notifications/{mailing}")["state"] == "completed")


def test_a_page_that_is_open_when_a_mailing_starts_shows_its_messages_and_times(admin: Page, rest: Rest) -> None:
    mailing = made(rest, "Watched from before", starts_in=4)
    admin.goto(f"/console/mailings/{mailing}")
    admin.evaluate("window.sameLoad = true")
    expect(admin.get_by_text("There are no messages yet.")).to_be_visible()
    expect(admin.locator("#messages tbody tr")).to_have_count(3)
    expect(admin.locator("#messages tbody")).to_contain_text("sent")
    expect(admin.get_by_text("There are no messages yet.")).to_have_count(0)
    facts = admin.locator("#mailing-facts")
    expect(facts).to_contain_text("Started")
    expect(facts).to_contain_text("Finished")
    assert admin.evaluate("window.sameLoad") is True


def test_no_test_message_goes_to_a_number_on_the_stop_list(
    admin: Page, watch: Watch, cluster: Cluster, rest: Rest
) -> None:
    watch.allow("status of 400")
    rest.post("/client/stop-list", {"phone_number": "79570000007"})
    received = cluster.gateway.totals()["requests"]
    admin.goto("/console/gateways/default")
    admin.get_by_label("Phone number").fill("8 957 000-00-07")
    admin.get_by_role("button", name="Send test message").click()
    expect(admin.get_by_text("This number is on the stop list")).to_be_visible()
    assert cluster.gateway.totals()["requests"] == received


def test_a_new_accounts_password_is_shown_once_to_be_copied_and_replaced_at_the_first_login(
    admin: Page, watch: Watch
) -> None:
    name = f"vera{uuid4().hex[:6]}"
    admin.context.grant_permissions(["clipboard-read", "clipboard-write"])
    admin.goto("/console/people")
    admin.get_by_label("Username").fill(name)
    first = admin.get_by_label("Temporary password")
    password = first.input_value()
    admin.get_by_role("button", name="Create account").click()
    shown = admin.locator("#given-password")
    expect(shown).to_have_text(f"{watch.base_url}/console/ · {name} · {password}")
    expect(first).not_to_have_value(password)
    admin.get_by_role("button", name="Copy").click()
    expect(admin.get_by_role("button", name="✓")).to_be_visible()
    assert admin.evaluate("navigator.clipboard.readText()") == shown.inner_text()
    admin.goto("/console/people")
    expect(admin.get_by_label("Username")).to_be_visible()
    expect(shown).to_have_count(0)
    hers = watch.open_page()
    hers.goto("/console/login/")
    hers.fill("input[name=username]", name)
    hers.fill("input[name=password]", password)
    hers.click("#login-form button")
    hers.wait_for_url("**/console/account")
    hers.goto("/console/mailings")
    hers.wait_for_url("**/console/account")
    expect(hers.locator("input[name=new_password]")).to_be_visible()


def test_a_key_can_be_revoked_without_scrolling_sideways(admin: Page) -> None:
    admin.goto("/console/api-keys")
    admin.get_by_label("Purpose").fill("Price list of the shop " * 4)
    admin.get_by_role("button", name="Create key").click()
    for _each in ("en", "ru"):
        admin.goto("/console/api-keys")
        table = admin.locator(".v-scroll").first
        assert table.evaluate("element => element.scrollWidth <= element.clientWidth")
        assert whole(admin.locator("button[data-dialog^=revoke]").first, table)
        switch_language(admin)


def test_logging_out_leads_to_the_login_page_in_ones_own_language(watch: Watch, cluster: Cluster) -> None:
    page = log_in(watch, cluster, language="ru")
    page.get_by_role("button", name="Выйти").click()
    page.wait_for_url("**/console/login/**")
    expect(page.get_by_text("Вы вышли из системы.")).to_be_visible()
    expect(page.get_by_role("button", name="Войти")).to_be_visible()
    assert_accessible(page)
    page.goto("/console/")
    page.wait_for_url("**/console/login/**")


def test_a_new_account_has_the_language_that_its_form_says(admin: Page, watch: Watch) -> None:
    name = f"gleb{uuid4().hex[:6]}"
    admin.goto("/console/people")
    admin.get_by_label("Username").fill(name)
    expect(admin.get_by_label("Language")).to_have_value("en")
    admin.get_by_label("Language").select_option("ru")
    password = admin.locator("input[name=password]").input_value()
    admin.locator("form:has(input[name=username]) button").click()
    expect(admin.locator("#given-password")).to_contain_text(name)
    hers = log_in_first_time(watch, name=name, password=password, language="")
    expect(hers.get_by_role("link", name="Рассылки", exact=True)).to_be_visible()


@pytest.mark.usefixtures("strangers_may_register")
def test_a_russian_browser_leads_to_a_russian_console(watch: Watch) -> None:
    name, password = f"gleb{uuid4().hex[:6]}", "correct horse battery"
    page = watch.open_page(locale="ru-RU")
    page.goto("/console/login/")
    expect(page.get_by_role("button", name="Войти")).to_be_visible()
    said = page.evaluate(
        "async (body) => (await fetch('/auth/registration/', {method: 'POST', body: JSON.stringify(body),"
        " headers: {'Content-Type': 'application/json'}})).status",
        {"username": name, "email": "", "password1": password, "password2": password},
    )
    assert said == 201
    page.fill("input[name=username]", name)
    page.fill("input[name=password]", password)
    page.click("#login-form button")
    page.wait_for_url("**/console/")
    expect(page.get_by_role("link", name="Рассылки", exact=True)).to_be_visible()


def test_dates_have_one_form_and_pickers_are_repeated_in_words(admin: Page, rest: Rest) -> None:
    mailing = made(rest, "Dated")
    assert wait_for(lambda: is_completed(rest, mailing), seconds=30)
    for path in (
        "mailings",
        f"mailings/{mailing}",
        "people",
        "people/1",
        "api-keys",
        "audit",
        "gateways/default",
        "reports",
        "",
        "stop-list",
    ):
        admin.goto(f"/console/{path}")
        assert not re.findall(r"\d+/\d+/\d{4}|[ap]\.m\.", admin.locator("#page-content").inner_text()), path
    admin.goto("/console/audit")
    expect(admin.locator("tbody tr").first).to_contain_text(re.compile(r"\d+ \w+ 20\d\d, \d\d:\d\d:\d\d"))
    admin.goto("/console/mailings/new")
    admin.get_by_label("End", exact=True).fill("2031-11-29T17:05")
    expect(admin.get_by_text("29 November 2031, 17:05 (Saturday)")).to_be_visible()
    expect(admin.locator("#estimate.htmx-request")).to_have_count(0)
    assert_accessible(admin)
    switch_language(admin)
    admin.goto("/console/mailings/new")
    admin.locator("input[name=end_at]").fill("2031-11-29T17:05")
    expect(admin.get_by_text("29 ноября 2031, 17:05 (суббота)")).to_be_visible()
    switch_language(admin)


def test_a_long_name_pushes_no_column_off_a_phone(watch: Watch, cluster: Cluster, rest: Rest) -> None:
    for name in (LONG[:150], "W" * 150):
        made(rest, name, starts_in=40_000)
    page = log_in(watch, cluster, viewport=PHONE)
    page.goto("/console/gateways/default")
    page.locator("input[name=phone]").fill("79570000009")
    page.get_by_role("button", name="Send test message").click()
    expect(page.locator(".v-note-good")).to_be_visible()
    for path in ("mailings?q=W", "mailings?q=long", "clients?phone=7957", "stop-list", "people", "api-keys", "audit"):
        page.goto(f"/console/{path}")
        assert_fits(page)
        for table in page.locator(".v-scroll").all():
            widths = table.evaluate("element => [element.scrollWidth, element.clientWidth]")
            assert widths[0] <= widths[1], (path, widths)
    page.goto("/console/mailings?q=WWW")
    expect(page.locator("tbody .v-badge")).to_be_in_viewport(ratio=1)


def test_the_first_tab_skips_the_menu(admin: Page) -> None:
    admin.goto("/console/mailings")
    admin.keyboard.press("Tab")
    link = admin.get_by_role("link", name="Skip to content")
    expect(link).to_be_focused()
    expect(link).to_be_in_viewport()
    admin.keyboard.press("Enter")
    admin.keyboard.press("Tab")
    assert admin.evaluate("document.getElementById('page-content').contains(document.activeElement)")


def test_the_start_page_says_how_many_more_are_scheduled(admin: Page, rest: Rest) -> None:
    for number in range(7):
        made(rest, f"Later {number}", starts_in=30_000)
    admin.goto("/console/")
    more = admin.locator("#more-next")
    expect(more).to_have_text(re.compile(r"[\d,]+ more scheduled mailings"))
    there_are = len([each for each in rest.get("/sender/notifications") if each["state"] == "scheduled"])
    assert int(re.sub(r"\D", "", more.inner_text())) == there_are - 5
    more.click()
    expect(admin.locator("#f-state")).to_have_value("scheduled")


def test_a_russian_reader_gets_semicolons_and_local_times(watch: Watch, cluster: Cluster, rest: Rest) -> None:
    mailing = made(rest, "For a spreadsheet")
    assert wait_for(lambda: is_completed(rest, mailing), seconds=30)
    page = log_in(watch, cluster, language="ru")
    page.goto(f"/console/mailings/{mailing}")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV", exact=True).click()
    header, *lines = Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert header.split(";")[:2] == ["message_id", "phone_number"]
    at = datetime.strptime(lines[0].split(";")[4], "%d.%m.%Y %H:%M:%S")  # noqa: DTZ007 - of the reader's zone
    now = datetime.now(ZoneInfo("Europe/Moscow")).replace(tzinfo=None)
    assert abs(now - at) < timedelta(minutes=5)
    switch_language(page)


def test_the_list_says_when_a_finished_mailing_ran(admin: Page, rest: Rest) -> None:
    mailing = made(rest, "Quickly over", lasts=90_000)
    assert wait_for(lambda: is_completed(rest, mailing), seconds=30)
    admin.goto("/console/mailings?q=Quickly+over")
    row = admin.locator("tbody tr").first
    now = datetime.now(ZoneInfo("Europe/Moscow"))
    expect(row).not_to_contain_text("until")
    assert row.inner_text().count(f"{now.day} {now:%B %Y}") == 2


def test_an_error_goes_when_its_field_is_put_right(admin: Page, watch: Watch) -> None:
    watch.allow("status of 400")
    admin.goto("/console/mailings/new")
    admin.locator("button[name=step]").click()
    text = admin.locator("textarea[name=message_text]")
    expect(text).to_have_attribute("aria-invalid", "true")
    error = admin.get_by_text("Enter the text of the message.")
    expect(error).to_be_visible()
    text.fill("Hello")
    expect(error).to_have_count(0)
    expect(text).not_to_have_attribute("aria-invalid", "true")
    expect(admin.locator("#fields-wrong")).to_be_visible()
    expect(admin.locator("#estimate.htmx-request")).to_have_count(0)
    assert_accessible(admin)


def test_save_and_cancel_lead_back_to_the_list_as_it_was(admin: Page) -> None:
    for button in ("Save", "Cancel"):
        admin.goto("/console/clients?phone=7957&tag=faults")
        admin.locator("tbody a").first.click()
        admin.locator("form.v-card .v-button", has_text=button).click()
        admin.wait_for_url("**/console/clients?phone=7957&tag=faults*")
        expect(admin.locator("tbody tr")).to_have_count(3)


def test_a_wrong_phone_leaves_the_toolbar_as_it_was(admin: Page) -> None:
    for path, field in (("clients", "phone"), ("stop-list", "phone")):
        admin.goto(f"/console/{path}")
        before = tops(admin)
        admin.goto(f"/console/{path}?{field}=xyz")
        expect(admin.locator(".v-toolbar .v-error")).to_be_visible()
        after = tops(admin)
        assert len(set(before)) == len(set(after[: len(before)])) == 1, path


def whole(button: Locator, around: Locator) -> bool:
    """Is all of the button inside?"""
    inner, outer = button.bounding_box(), around.bounding_box()
    assert inner is not None
    assert outer is not None
    return inner["x"] >= outer["x"] and inner["x"] + inner["width"] <= outer["x"] + outer["width"]


def tops(page: Page) -> list[int]:
    """Where fields and buttons of the toolbar begin, in pixels."""
    found = page.locator(".v-toolbar input, .v-toolbar select, .v-toolbar > .v-button").all()
    return [round(each.bounding_box()["y"]) for each in found]  # type: ignore[index]


def switch_language(page: Page) -> None:
    """The other of the two."""
    page.goto("/console/account")
    other = "en" if page.locator("select[name=language]").input_value() == "ru" else "ru"
    page.locator("select[name=language]").select_option(other)
    page.locator("form:has(select[name=language]) button").click()
    expect(page.locator("select[name=language]")).to_have_value(other)
