"""What operators do every day, by clicks: whom did we write to, what became of it, and what is to be done."""

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, expect

from harness.cluster import Cluster
from tests.browser.console import PHONE, assert_fits, log_in, log_in_first_time, look_over
from tests.browser.kit import Watch, assert_accessible
from vestnik.cluster.processes import wait_for
from vestnik.cluster.rest import Rest

TAG, ZONE = "daily", "Europe/Moscow"


class RowWords(NamedTuple):
    """What a row's menu says: buttons with what is said after each and the state; and the button that cancels."""

    steps: tuple[tuple[str, str, str], ...]
    cancel: str


ENGLISH_ROW = RowWords(
    (("Pause", "Nothing more is sent until you resume it.", "paused"), ("Resume", "Sending continues", "running")),
    "Cancel the mailing",
)
RUSSIAN_ROW = RowWords(
    (("Пауза", "ничего не отправляется", "на паузе"), ("Продолжить", "с того места", "идёт")), "Отменить рассылку"
)


@pytest.fixture
def rest(cluster: Cluster) -> Rest:
    return cluster.logged_in()


def a_client(rest: Rest, *, tag: str = TAG) -> str:
    """The phone of a client that no other test uses."""
    phone = f"79{uuid4().int % 10**9:09d}"
    rest.post("/client/", {"phone_number": phone, "tag": tag, "timezone": ZONE})
    return phone


def spelt(phone: str) -> str:
    return f"+7 {phone[1:4]} {phone[4:7]}-{phone[7:9]}-{phone[9:]}"


def sent_to(rest: Rest, name: str, tag: str) -> int:
    """A mailing to a tag, which is over."""
    body: dict[str, Any] = {
        "name": name,
        "message_text": "Hello",
        "filter": {"tag": [tag], "operator_code": None},
        "end_time": (datetime.now(UTC) + timedelta(hours=1)).isoformat(),
    }
    mailing = int(rest.post("/sender/notifications", body)["id"])
    assert wait_for(lambda: rest.get(f"/sender/notifications/{mailing}")["state"] == "completed", seconds=60)
    return mailing


def test_a_phone_in_a_mailing_leads_to_its_client_and_to_all_that_it_was_sent(admin: Page, rest: Rest) -> None:
    tag = f"history{uuid4().hex[:6]}"
    phone = a_client(rest, tag=tag)
    sent_to(rest, "The older one", tag)
    newer = sent_to(rest, "The newer one", tag)
    admin.goto(f"/console/mailings/{newer}")
    admin.locator("#messages").get_by_role("link", name=spelt(phone)).click()
    expect(admin.get_by_role("heading", name=spelt(phone))).to_be_visible()
    rows = admin.locator("#history tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_contain_text("The newer one")
    expect(rows.nth(0)).to_contain_text("sent")
    expect(rows.nth(1)).to_contain_text("The older one")
    assert_accessible(admin)
    rows.nth(0).get_by_role("link", name="The newer one").click()
    expect(admin.get_by_role("heading", name="The newer one")).to_be_visible()


def test_the_history_fits_a_phone_in_russian(watch: Watch, cluster: Cluster, rest: Rest) -> None:
    tag = f"история{uuid4().hex[:6]}"
    phone = a_client(rest, tag=tag)
    sent_to(rest, "Очень длинное название рассылки " * 6, tag)
    page = log_in(watch, cluster, language="ru", viewport=PHONE, color_scheme="dark")
    page.goto(f"/console/phones/{phone}")
    expect(page.get_by_role("heading", name="История сообщений")).to_be_visible()
    expect(page.locator("#history tbody tr")).to_contain_text("отправлено")
    assert_accessible(page)
    assert_fits(page)
    page.get_by_role("button", name="Добавить в стоп-лист").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert_accessible(page)
    page.keyboard.press("Escape")
    page.goto("/console/phones/79999999999")
    expect(page.get_by_text("Этого номера нет среди клиентов.")).to_be_visible()
    expect(page.get_by_text("На этот номер сообщений не было.")).to_be_visible()
    assert_accessible(page)
    assert_fits(page)


def test_a_draft_is_tested_on_ones_own_number_in_the_form_and_on_the_sheet(
    admin: Page, watch: Watch, cluster: Cluster, rest: Rest
) -> None:
    tag, name, mine = f"own{uuid4().hex[:6]}", f"olga{uuid4().hex[:6]}", f"79{uuid4().int % 10**9:09d}"
    a_client(rest, tag=tag)
    admin.goto("/console/people")
    admin.get_by_label("Username").fill(name)
    admin.get_by_label("Role").select_option("operator")
    password = admin.get_by_label("Temporary password").input_value()
    admin.get_by_role("button", name="Create account").click()
    expect(admin.get_by_text(f"{name} can log in now.")).to_be_visible()
    page = log_in_first_time(watch, name=name, password=password)
    received = cluster.gateway.totals()["requests"]

    page.goto("/console/mailings/new")
    page.get_by_label("Text").fill("Good morning!")
    page.get_by_role("button", name="Test to me").click()
    expect(page.get_by_text("Enter your phone number.")).to_be_visible()
    assert_accessible(page)
    page.get_by_label("Your phone number").fill(mine)
    page.get_by_label("Your phone number").press("Enter")
    expect(page.get_by_text("The gateway accepted the message.")).to_be_visible()
    expect(page.get_by_text(f"Sends this text to {spelt(mine)} now.")).to_be_visible()
    assert_accessible(page)
    assert cluster.gateway.totals()["requests"] == received + 1

    page.get_by_label("Only clients with these tags").check()
    page.locator(f"input[name=tags][value={tag}]").check()
    page.get_by_label("Clients of any operator").check()
    page.get_by_role("button", name="Review").click()
    page.get_by_role("button", name="Test to me").click()
    expect(page.get_by_text("The gateway accepted the message.")).to_be_visible()
    expect(page.get_by_role("heading", name="Review and send")).to_be_visible()
    assert_accessible(page)
    rest.post("/client/stop-list", {"phone_number": mine})
    page.get_by_role("button", name="Test to me").click()
    expect(page.get_by_text("This number is on the stop list")).to_be_visible()
    assert cluster.gateway.totals()["requests"] == received + 2

    small = log_in(watch, cluster, language="ru", viewport=PHONE)
    small.goto("/console/mailings/new")
    expect(small.get_by_role("button", name="Отправить себе")).to_be_visible()
    assert_accessible(small)
    assert_fits(small)


def test_the_list_is_filtered_by_days_and_a_row_has_its_actions(
    admin: Page, watch: Watch, cluster: Cluster, rest: Rest
) -> None:
    tag, name = f"list{uuid4().hex[:6]}", f"Listed {uuid4().hex[:6]}"
    a_client(rest, tag=tag)
    sent_to(rest, name, tag)
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    admin.goto("/console/mailings")
    expect(admin.locator("#total")).to_contain_text("mailing")
    admin.get_by_label("Name or text").fill(name)
    admin.get_by_label("Starts from").fill("2020-01-31")
    expect(admin.get_by_text("31 January 2020 (Friday)")).to_be_visible()
    admin.get_by_label("Starts from").fill("2020-01-01")
    admin.get_by_label("Order").select_option("start")
    admin.get_by_role("button", name="Show", exact=True).click()
    expect(admin.locator("#total")).to_have_text("1 mailing")
    expect(admin.get_by_label("Starts from")).to_have_value("2020-01-01")
    row = admin.locator("tbody tr")
    expect(row).to_contain_text("admin")
    menu = row.locator("summary")
    menu.press("Enter")
    expect(row.get_by_role("link", name="Copy")).to_be_visible()
    assert_accessible(admin)
    row.get_by_role("link", name="Copy").press("Enter")
    expect(admin.get_by_label("Name of the mailing")).to_have_value(name)
    admin.goto(f"/console/mailings?until=2020-01-01&since={today}")
    expect(admin.get_by_text("No mailings found.")).to_be_visible()
    small = log_in(watch, cluster, language="ru", viewport=PHONE, color_scheme="dark")
    look_over(small, "/console/mailings", f"/console/mailings?q={tag}&since=2020-01-01", f"/console/mailings?q={name}")
    # What the hidden columns say stands under the name and the state, and the menu is there.
    row = small.locator("tbody tr")
    expect(row.locator("td").nth(0).get_by_text(", admin")).to_be_visible()
    expect(row.locator("td").nth(1).get_by_text("отправлено: 1")).to_be_visible()
    row.locator("summary").press("Enter")
    expect(row.get_by_role("link", name="Копировать")).to_be_visible()
    assert_fits(small)
    row.get_by_role("link", name="Сообщения").press("Enter")
    expect(small.locator("#messages tbody tr td").nth(1).get_by_text(f"{datetime.now(UTC):%Y}")).to_be_visible()
    assert_accessible(small)
    assert_fits(small)


def test_a_mailing_is_paused_resumed_and_cancelled_from_its_row_by_keys(
    admin: Page, watch: Watch, cluster: Cluster, rest: Rest
) -> None:
    tag, name = f"row{uuid4().hex[:6]}", f"Row {uuid4().hex[:6]}"
    a_client(rest, tag=tag)
    now = datetime.now(UTC)
    # It runs, and sends nothing: where its client is, it is not the hour.
    hours = [f"{now + timedelta(hours=3 + more):%H}:00" for more in (3, 5)]
    body = {
        "name": name, "message_text": "Hello", "filter": {"tag": [tag], "operator_code": None},
        "end_time": (now + timedelta(hours=20)).isoformat(), "send_window": {"from": hours[0], "to": hours[1]},
    }  # fmt: skip
    mailing = int(rest.post("/sender/notifications", body)["id"])
    assert wait_for(lambda: rest.get(f"/sender/notifications/{mailing}")["state"] == "running", seconds=60)
    searched = f"/console/mailings?q={name.replace(' ', '+')}"
    act_by_keys(admin, searched, ENGLISH_ROW)
    page = log_in(watch, cluster, language="ru", viewport=PHONE, color_scheme="dark")
    opener = act_by_keys(page, searched, RUSSIAN_ROW)
    opener.press("Enter")
    page.get_by_role("dialog").get_by_role("button", name=RUSSIAN_ROW.cancel).press("Enter")
    expect(page.locator("tbody tr .v-badge")).to_have_text("отменена")
    assert page.url.endswith(searched)
    page.locator("tbody tr summary").press("Enter")
    expect(page.get_by_role("link", name="Копировать")).to_be_visible()
    expect(page.get_by_role("button", name=RUSSIAN_ROW.cancel)).to_have_count(0)


def act_by_keys(page: Page, searched: str, words: RowWords) -> Locator:
    """Pause and resume the only mailing of a list, ask for its cancellation and go back. Returns the asking button."""
    page.goto(searched)
    menu, state = page.locator("tbody tr summary"), page.locator("tbody tr .v-badge")
    for word, said, becomes in words.steps:
        menu.press("Enter")
        assert_accessible(page)
        assert_fits(page)
        assert page.locator(".v-scroll").evaluate("region => region.scrollWidth <= region.clientWidth"), "cut off"
        page.get_by_role("button", name=word, exact=True).press("Enter")
        expect(page.get_by_text(said)).to_be_visible()
        expect(state).to_have_text(becomes)
        assert page.url.endswith(searched)
    menu.press("Enter")
    opener = page.locator("tbody tr").get_by_role("button", name=words.cancel)
    opener.press("Enter")
    name = page.locator("tbody td a").first.inner_text()
    expect(page.get_by_role("dialog").get_by_role("heading", name=name)).to_be_visible()
    # A second Enter cancels nothing.
    expect(page.get_by_role("dialog").locator("[data-close]")).to_be_focused()
    assert_accessible(page)
    assert_fits(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(opener).to_be_focused()
    return opener


def test_clients_are_found_by_last_digits_and_several_are_tagged_and_untagged(
    admin: Page, watch: Watch, cluster: Cluster, rest: Rest
) -> None:
    tag, new = f"many{uuid4().hex[:6]}", f"new{uuid4().hex[:6]}"
    phones = [a_client(rest, tag=tag) for _ in range(3)]
    admin.goto("/console/clients")
    admin.get_by_label("Last digits").fill(f"{phones[0][-6:-4]} {phones[0][-4:-2]}-{phones[0][-2:]}")
    admin.get_by_role("button", name="Search").click()
    expect(admin.get_by_role("link", name=spelt(phones[0]))).to_be_visible()

    admin.goto(f"/console/clients?tag={tag}")
    admin.get_by_label(f"Select {spelt(phones[1])}").check()
    expect(admin.locator("[data-selected]")).to_have_text("1")
    admin.get_by_label("Select all on this page").press("Space")
    expect(admin.locator("[data-selected]")).to_have_text("3")
    assert_accessible(admin)
    admin.get_by_role("button", name="Set tag").click()
    expect(admin.get_by_role("heading", name="Set the tag of 3 clients?")).to_be_visible()
    assert_accessible(admin)
    admin.get_by_label("Tag").fill(new)
    admin.get_by_role("button", name="Set tag").click()
    expect(admin.get_by_text(f"3 clients have the tag “{new}” now.")).to_be_visible()
    admin.goto(f"/console/clients?tag={new}")
    expect(admin.locator("tbody tr")).to_have_count(3)
    admin.get_by_role("button", name="Undo").click()
    expect(admin.get_by_text("The tags are as before.")).to_be_visible()
    admin.goto(f"/console/clients?tag={tag}")
    expect(admin.locator("tbody tr")).to_have_count(3)

    small = log_in(watch, cluster, language="ru", viewport=PHONE, color_scheme="dark")
    look_over(small, f"/console/clients?tag={tag}")
    small.get_by_label("Выбрать всех на странице").check()
    small.get_by_role("button", name="Удалить").click()
    expect(small.get_by_role("heading", name="Удалить 3 клиентов?")).to_be_visible()
    assert_accessible(small)
    assert_fits(small)
    small.get_by_role("button", name="Удалить").click()
    expect(small.get_by_text("Удалено 3 клиента.").or_(small.get_by_text("Удалены 3 клиента."))).to_be_visible()


def test_all_clients_that_a_search_finds_are_selected_after_the_page_and_changed_together(
    admin: Page, watch: Watch, cluster: Cluster, rest: Rest
) -> None:
    tag, new = f"all{uuid4().hex[:6]}", f"every{uuid4().hex[:6]}"
    for _ in range(51):
        a_client(rest, tag=tag)
    admin.goto(f"/console/clients?tag={tag}")
    every = admin.get_by_label("Select all 51 clients found")
    expect(every).to_be_hidden()
    admin.get_by_label("Select all on this page").press("Space")
    expect(admin.locator("[data-selected]")).to_have_text("50")
    every.press("Space")
    expect(admin.locator("[data-selected]")).to_have_text("51")
    assert_accessible(admin)
    # A row that is left out leaves no more than the page, and the others of it.
    admin.locator("input[name=ids]").nth(3).press("Space")
    expect(every).to_be_hidden()
    expect(admin.locator("[data-selected]")).to_have_text("49")
    expect(admin.get_by_label("Select all on this page")).not_to_be_checked()
    admin.locator("input[name=ids]").nth(3).press("Space")
    every.press("Space")
    admin.get_by_role("button", name="Set tag").press("Enter")
    expect(admin.get_by_role("heading", name="Set the tag of 51 clients?")).to_be_visible()
    assert_accessible(admin)
    admin.get_by_label("Tag").fill(new)
    admin.get_by_role("button", name="Set tag").click()
    expect(admin.get_by_text(f"51 clients have the tag “{new}” now.")).to_be_visible()
    admin.get_by_role("button", name="Undo").click()
    expect(admin.get_by_text("The tags are as before.")).to_be_visible()

    small = log_in(watch, cluster, language="ru", viewport=PHONE, color_scheme="dark")
    small.goto(f"/console/clients?tag={tag}")
    small.get_by_label("Выбрать всех на странице").check()
    small.get_by_label("Выбрать всех найденных: 51").check()
    assert_accessible(small)
    assert_fits(small)
    small.get_by_role("button", name="Удалить").click()
    expect(small.get_by_role("heading", name="Удалить 51 клиента?")).to_be_visible()
    small.get_by_role("button", name="Удалить").click()
    expect(small.get_by_text("Удалён 51 клиент.")).to_be_visible()


def test_the_overview_names_the_next_seven_days_and_fits_a_phone_in_russian(
    watch: Watch, cluster: Cluster, rest: Rest
) -> None:
    start = datetime.now(UTC) + timedelta(days=2)
    body = {
        "name": f"Ahead {uuid4().hex[:6]}", "message_text": "Hello", "filter": {"tag": [TAG], "operator_code": None},
        "start_time": start.isoformat(), "end_time": (start + timedelta(hours=1)).isoformat(),
    }  # fmt: skip
    mailing = rest.post("/sender/notifications", body)["id"]
    page = log_in(watch, cluster, language="ru", viewport=PHONE, color_scheme="dark")
    page.goto("/console/")
    card = page.locator("#week-ahead")
    expect(card.get_by_role("heading", name="Ближайшие семь дней")).to_be_visible()
    assert_accessible(page)
    assert_fits(page)
    card.get_by_role("link", name=body["name"]).click()
    page.wait_for_url(f"**/console/mailings/{mailing}")
    rest.post(f"/sender/notifications/{mailing}/cancel", {})
