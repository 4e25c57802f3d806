"""A new mailing saves itself while it is typed, is opened elsewhere, and survives conflicts and an absent server."""

import re
from uuid import uuid4

from playwright.sync_api import Page, Route, expect

from harness.cluster import Cluster
from tests.browser.console import PHONE, assert_fits, log_in
from tests.browser.kit import PATIENCE, Watch, assert_accessible
from vestnik.cluster.processes import wait_for

NEW, LIST = "/console/mailings/new", "/console/drafts"
SAVED = re.compile(r"Saved at \d\d:\d\d")


def saves(page: Page, *, text: str) -> None:
    """Type a text, and wait until just that is saved."""
    with page.expect_response(
        lambda answer: answer.url.endswith("/drafts/save") and text in (answer.request.post_data_json or {}).values()
    ):
        page.get_by_label("Text", exact=True).fill(text)
    expect(page.locator("#draft")).to_contain_text(SAVED)


def saves_itself(page: Page, *, name: str) -> None:
    """Write a mailing: it saves itself, and the caret stays where it is."""
    page.goto(NEW)
    page.get_by_label("Name").fill(name)
    text = page.get_by_label("Text", exact=True)
    text.press_sequentially("Come on Monday")
    for _ in range(3):
        text.press("ArrowLeft")
    expect(page.locator("#draft")).to_contain_text(SAVED)
    page.wait_for_url(re.compile(r"/console/drafts/\d+$"))
    expect(text).to_be_focused()
    assert text.evaluate("field => field.selectionStart") == len("Come on Mon")
    assert_accessible(page)


def says_that_the_server_is_away(page: Page) -> None:
    """Nothing is lost meanwhile, and it is saved when the server is back."""

    def refuse(route: Route) -> None:
        route.abort()

    text, away = page.get_by_label("Text", exact=True), page.get_by_text("Not saved: the server does not answer.")
    page.route("**/drafts/save", refuse)
    text.fill("Come on Tuesday")
    expect(away).to_be_visible()
    expect(page.get_by_role("link", name="Not saved: see why")).to_be_visible()
    expect(page.locator("#draft")).not_to_contain_text(SAVED, use_inner_text=True)
    assert_accessible(page)
    page.unroute("**/drafts/save", refuse)
    text.press("End")
    text.press_sequentially(" or")
    expect(page.locator("#draft")).to_contain_text(SAVED, use_inner_text=True)
    expect(away).to_be_hidden()
    expect(text).to_have_value("Come on Tuesday or")


def opens_on_a_phone(watch: Watch, cluster: Cluster, *, name: str) -> Page:
    """It is in the list, and as it was."""
    phone = log_in(watch, cluster, viewport=PHONE)
    phone.goto("/console/mailings")
    phone.locator(".v-actions").get_by_role("link", name="Drafts").click()
    expect(phone.get_by_role("heading", name="Drafts")).to_be_visible()
    assert_accessible(phone)
    assert_fits(phone)
    phone.get_by_role("link", name=name).click()
    expect(phone.get_by_label("Text", exact=True)).to_have_value("Come on Tuesday or")
    assert_accessible(phone)
    assert_fits(phone)
    return phone


def shows_the_conflict_of_two_tabs(page: Page, other: Page) -> None:
    """Neither version is lost: the second becomes another draft."""
    draft, text = page.url, page.get_by_label("Text", exact=True)
    saves(other, text="Come on Friday")
    text.fill("Come on Sunday")
    conflict = page.locator("#draft .v-conflict")
    expect(conflict).to_contain_text("Come on Friday")
    expect(conflict).to_contain_text("Come on Sunday")
    assert_accessible(page)
    page.set_viewport_size(PHONE)
    assert_fits(page)
    conflict.get_by_role("button", name="Save yours as another draft").click()
    expect(page.locator("#draft")).to_contain_text(SAVED)
    assert page.url != draft
    expect(text).to_have_value("Come on Sunday")


def is_deleted_and_restored(page: Page, *, name: str) -> None:
    """Who leaves at once has lost nothing, and who deletes is asked, and can undo it."""
    page.get_by_label("Text", exact=True).fill("Come on Sunday at ten")
    page.goto(LIST)

    def is_listed() -> bool:
        page.reload()
        return page.get_by_text("Come on Sunday at ten").count() == 1

    assert wait_for(is_listed, seconds=PATIENCE / 1000)
    row = page.get_by_role("row").filter(has_text="Come on Sunday at ten")
    row.get_by_role("button", name=f"Delete “{name}”").click()
    assert_accessible(page)
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text(f"The draft “{name}” was deleted.")).to_be_visible()
    expect(row).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("The draft is back.")).to_be_visible()
    expect(row).to_have_count(1)


def is_reviewed_and_sent(page: Page, *, tag: str) -> None:
    """From the sheet it can be gone back to; once it is sent, it is a draft no more."""
    page.get_by_label("Only clients with these tags").check()
    with page.expect_response("**/mailings/new/tags"):
        page.get_by_role("searchbox", name="Search tags").fill(tag)
    page.locator(f"input[name=tags][value={tag}]").check()
    page.get_by_label("Clients of any operator").check()
    page.get_by_role("button", name="Review").click()
    page.get_by_role("link", name="Back to editing").click()
    expect(page.get_by_label("Text", exact=True)).to_have_value("Come on Friday")
    expect(page.locator(f"input[name=tags][value={tag}]")).to_be_checked()
    page.get_by_role("button", name="Review").click()
    page.get_by_role("button", name="Send now to 1 client").click()
    expect(page.get_by_text("Sending has started: 1 client.")).to_be_visible()
    page.goto(LIST)
    expect(page.get_by_text("Come on Sunday at ten")).to_have_count(1)
    expect(page.get_by_text("Come on Friday")).to_have_count(0)


def test_a_mailing_saves_itself_is_opened_elsewhere_and_sent(watch: Watch, cluster: Cluster) -> None:
    watch.allow("ERR_FAILED", "htmx:afterRequest", "htmx:sendError")
    # Nobody has too many, whatever other tests have typed.
    cluster.query("DELETE FROM vestnik_draft")
    rest, tag, name = cluster.logged_in(), f"draft{uuid4().hex[:6]}", f"Draft {uuid4().hex[:6]}"
    rest.post("/client/", {"phone_number": f"79{uuid4().int % 10**9:09d}", "tag": tag, "timezone": "Europe/Moscow"})
    page = log_in(watch, cluster)
    saves_itself(page, name=name)
    says_that_the_server_is_away(page)
    phone = opens_on_a_phone(watch, cluster, name=name)
    shows_the_conflict_of_two_tabs(page, phone)
    is_deleted_and_restored(page, name=name)
    is_reviewed_and_sent(phone, tag=tag)
