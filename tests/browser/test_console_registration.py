"""Once messages reach people registration is closed, and where somebody opened it by hand that needs attention."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page, expect

from harness.cluster import Cluster, running_cluster
from harness.simulator_client import SimulatorClient
from tests.browser.console import log_in
from tests.browser.kit import Watch, assert_accessible
from vestnik.environment import OPEN_REGISTRATION

ATTENTION = "Anyone who can open this page can register and send messages to all clients."


def registers(page: Page) -> int:
    """Somebody whom nobody knows makes an account; the status of the answer."""
    name = f"stranger{uuid4().hex[:6]}"
    new = {"username": name, "email": "", **dict.fromkeys(("password1", "password2"), "correct horse battery")}
    return page.request.post("/auth/registration/", data=new).status


@pytest.mark.usefixtures("strangers_may_register")
def test_an_administrator_who_enables_a_real_gateway_closes_registration(
    admin: Page, page: Page, simulator: SimulatorClient
) -> None:
    assert registers(page) == 201
    admin.goto("/console/gateway-new?kind=probe")
    admin.get_by_label("Name", exact=True).fill("real")
    admin.get_by_label("Address", exact=True).fill(simulator.base_url)
    admin.get_by_label("Token", exact=True).fill(simulator.token)
    admin.get_by_role("button", name="Add gateway").click()
    admin.get_by_role("button", name="Check").click()
    expect(admin.get_by_text("The address can be reached.")).to_be_visible()
    assert registers(page) == 201
    admin.get_by_label("Phone number").fill("8 911 765-43-21")
    admin.get_by_role("button", name="Send test message").click()
    expect(admin.get_by_text("The gateway accepted the message.")).to_be_visible()
    admin.get_by_role("button", name="Enable").click()
    expect(admin.get_by_text("The gateway is enabled.")).to_be_visible()
    assert registers(page) == 403
    # Nobody has opened it: nothing needs attention because of it.
    admin.goto("/console/")
    expect(admin.get_by_role("heading", name="Overview")).to_be_visible()
    expect(admin.get_by_text(ATTENTION)).to_have_count(0)


@pytest.fixture
def opened(tmp_path: Path, simulator: SimulatorClient) -> Iterator[Cluster]:
    """A cluster with a real gateway, whose registration somebody has opened by hand."""
    env = {"REGISTRATION": "open", "GATEWAY_URL": simulator.base_url, "GATEWAY_TOKEN": simulator.token}
    with running_cluster(tmp_path / "home", "--workers", "0", env=env) as running:
        yield running


def test_registration_that_was_opened_by_hand_needs_attention(browser: Browser, opened: Cluster) -> None:
    assert f"attention      {OPEN_REGISTRATION}" in opened.text
    watch = Watch(browser, opened.url)
    assert registers(watch.open_page()) == 201
    page = log_in(watch, opened)
    needs = page.locator("section[aria-label='Needs attention']")
    expect(needs).to_contain_text(ATTENTION)
    expect(needs).to_contain_text("Set REGISTRATION=closed and restart.")
    assert_accessible(page)
    needs.locator("li", has_text=ATTENTION).get_by_role("link", name="Users").click()
    page.wait_for_url("**/console/people")
    russian = log_in(watch, opened, language="ru")
    expect(russian.locator("section[aria-label='Требует внимания']")).to_contain_text("REGISTRATION=closed")
    watch.close()
