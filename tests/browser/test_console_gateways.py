"""Gateways and rules at the console, by clicks and by keyboard, in both languages and on a phone."""

import re

import pytest
from playwright.sync_api import Page, expect

from harness.cluster import Cluster
from harness.simulator_client import SimulatorClient
from tests.browser.console import PHONE, assert_fits, log_in, look_over
from tests.browser.kit import Watch, assert_accessible
from vestnik.gateways.adapters.kinds import KINDS

FORMS = tuple(f"/console/gateway-new?kind={kind}" for kind in KINDS)


def test_a_provider_is_added_checked_tested_and_used_by_a_rule(admin: Page, simulator: SimulatorClient) -> None:
    admin.get_by_role("link", name="Gateways").click()
    admin.get_by_label("Provider").select_option("probe")
    admin.get_by_role("button", name="Continue").click()
    admin.get_by_label("Name", exact=True).fill("reserve")
    admin.get_by_label("Address", exact=True).fill("http://127.0.0.1:9")
    admin.get_by_label("Token", exact=True).fill(simulator.token)
    admin.get_by_role("button", name="Add gateway").click()
    expect(admin.get_by_text("The gateway was added.")).to_be_visible()
    admin.get_by_role("button", name="Check").click()
    expect(admin.get_by_text("Nothing can be reached at this address.")).to_be_visible()
    assert_accessible(admin)
    admin.get_by_label("Address", exact=True).fill(simulator.base_url)
    admin.get_by_role("button", name="Save").click()
    admin.get_by_role("button", name="Check").click()
    expect(admin.get_by_text("The address can be reached.")).to_be_visible()
    admin.get_by_label("Phone number").fill("8 911 765-43-21")
    admin.get_by_role("button", name="Only show the request").click()
    expect(admin.get_by_text("Bearer ********")).to_be_visible()
    assert_accessible(admin)
    admin.get_by_role("button", name="Send test message").click()
    expect(admin.get_by_text("The gateway accepted the message.")).to_be_visible()
    admin.get_by_role("button", name="Enable").click()
    expect(admin.get_by_text("The gateway is enabled.")).to_be_visible()
    expect(admin.locator("body")).not_to_contain_text(simulator.token)
    _add_rules(admin)
    _remove_everything(admin)


def _add_rules(admin: Page) -> None:
    for name, codes in (("MTS", "911, 912"), ("Megafon", "921")):
        admin.goto("/console/rules/new")
        admin.get_by_label("Name", exact=True).fill(name)
        admin.get_by_label("Operator codes").fill(codes)
        admin.get_by_label("Weight of reserve").fill("70")
        admin.get_by_label("Weight of default").fill("30")
        admin.get_by_role("button", name="Save").click()
        expect(admin.get_by_text("Saved.")).to_be_visible()
    up = admin.get_by_role("button", name="Move “Megafon” up")
    up.focus()
    admin.keyboard.press("Enter")
    expect(admin.locator("tbody").last.locator("tr").first).to_contain_text("Megafon")
    admin.get_by_label("Phone number").fill("8 911 765-43-21")
    admin.get_by_role("button", name="Show").click()
    expect(admin.get_by_text(re.compile(r"By “MTS”: over one of default 30%, reserve 70%"))).to_be_visible()
    assert_accessible(admin)


def _remove_everything(admin: Page) -> None:
    for name in ("MTS", "Megafon"):
        admin.get_by_role("button", name=f"Remove “{name}”").click()
        dialog = admin.get_by_role("dialog")
        expect(dialog.get_by_role("button", name="Keep it")).to_be_focused()
        assert_accessible(admin)
        dialog.get_by_role("button", name="Remove").click()
        expect(admin.get_by_text("The rule was removed.")).to_be_visible()
    admin.get_by_role("link", name="reserve").click()
    admin.get_by_role("button", name="Disable").click()
    admin.get_by_role("button", name="Remove…").click()
    expect(admin.get_by_role("dialog")).to_contain_text("Its settings and secrets are erased.")
    assert_accessible(admin)
    admin.get_by_role("dialog").get_by_role("button", name="Remove gateway").click()
    expect(admin.get_by_text("The gateway was removed.")).to_be_visible()


@pytest.mark.parametrize("language", ["en", "ru"])
def test_every_form_is_accessible_and_fits_a_phone(watch: Watch, cluster: Cluster, language: str) -> None:
    watch.allow("status of 400")  # a form with something wrong
    page = log_in(watch, cluster, language=language, viewport=PHONE)
    look_over(page, *FORMS, "/console/rules/new", "/console/gateways", "/console/reports")
    if language == "ru":
        page.goto(FORMS[0])
        expect(page.get_by_role("heading", name="Новый шлюз")).to_be_visible()
        page.locator("button.v-button-primary").click()
        expect(page.get_by_role("alert").first).to_be_visible()
        assert_accessible(page)
        assert_fits(page)
