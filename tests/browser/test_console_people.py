"""People, keys and settings by clicks, in light, dark, on a phone and in Russian."""

import re

from playwright.sync_api import Page, expect

from harness.cluster import Cluster
from tests.browser.console import PHONE, log_in, log_in_first_time, look_over
from tests.browser.kit import Watch, assert_accessible

PAGES = tuple(
    f"/console/{name}"
    for name in (
        "account",
        "people",
        "people/1",
        "api-keys",
        "gateways",
        "gateways/default",
        "webhooks",
        "reports",
        "audit",
    )
)


def test_an_administrator_makes_an_account_and_its_owner_logs_in(admin: Page, watch: Watch) -> None:
    admin.get_by_role("link", name="Users").click()
    admin.get_by_label("Username").fill("galina")
    password = admin.get_by_label("Temporary password").input_value()
    admin.get_by_role("button", name="Create account").click()
    expect(admin.get_by_text("galina can log in now.")).to_be_visible()
    hers = log_in_first_time(watch, name="galina", password=password, language="ru")
    expect(hers.get_by_role("link", name="Рассылки", exact=True)).to_be_visible()
    expect(hers.get_by_role("link", name="Пользователи")).to_have_count(0)


def test_a_key_is_made_copied_and_revoked_after_a_question(admin: Page) -> None:
    admin.goto("/console/api-keys")
    admin.get_by_label("Purpose").fill("Price list")
    admin.get_by_role("button", name="Create key").click()
    assert re.fullmatch(r"vk_[\w-]+", admin.locator("#new-key").inner_text())
    admin.get_by_role("button", name="Revoke").first.click()
    dialog = admin.get_by_role("dialog")
    expect(dialog).to_contain_text("This cannot be undone.")
    assert_accessible(admin)
    dialog.get_by_role("button", name="Keep it").click()
    expect(dialog).to_be_hidden()
    admin.get_by_role("button", name="Revoke").first.click()
    admin.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(admin.get_by_text("The key was revoked")).to_be_visible()


def test_a_test_message_is_sent_and_found_in_the_audit_log(admin: Page) -> None:
    admin.goto("/console/gateways/default")
    admin.get_by_label("Phone number").fill("8 (911) 765-43-21")
    admin.get_by_role("button", name="Send test message").click()
    expect(admin.get_by_text("The gateway accepted the message.")).to_be_visible()
    admin.get_by_role("link", name="Audit log").click()
    expect(admin.get_by_text("sent a test message").first).to_be_visible()
    expect(admin.locator("body")).not_to_contain_text("79117654321")


def test_the_theme_is_chosen_by_keyboard_and_remembered(admin: Page) -> None:
    dark = admin.get_by_role("button", name="Dark")
    dark.focus()
    admin.keyboard.press("Enter")
    expect(admin.locator("html")).to_have_class(re.compile("dark"))
    look_over(admin, *PAGES)
    expect(admin.locator("html")).to_have_class(re.compile("dark"))
    admin.evaluate("localStorage.clear()")


def test_all_pages_are_accessible_and_fit_a_phone_in_russian(watch: Watch, cluster: Cluster) -> None:
    page = log_in(watch, cluster, language="ru", viewport=PHONE)
    look_over(page, *PAGES)
    page.get_by_role("button", name="Меню").click()
    expect(page.get_by_role("link", name="Моя учётная запись")).to_be_visible()
    page.get_by_role("link", name="Моя учётная запись").click()
    page.get_by_label("Язык консоли").select_option("en")
    page.get_by_role("button", name="Сохранить").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
