"""What is typed into the edit of a scheduled mailing stays in its tab until it is saved or discarded."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from playwright.sync_api import Dialog, Locator, Page, expect

from harness.cluster import Cluster
from tests.browser.console import PHONE, assert_fits, log_in
from tests.browser.kit import Watch, assert_accessible


class Edit:
    """The edit of a scheduled mailing, in a page that agrees to be left and remembers how often it was asked."""

    def __init__(self, page: Page, mailing: int) -> None:
        self.page, self.where = page, f"/console/mailings/{mailing}/edit"
        self._asked = 0
        page.on("dialog", self._agree)

    @property
    def text(self) -> Locator:
        """The field of the text."""
        return self.page.locator("#id_message_text")

    @property
    def note(self) -> Locator:
        """The note that changes are not saved."""
        return self.page.locator("#unsaved")

    def open(self) -> None:
        """Come from another page."""
        self.page.goto(self.where)

    def left(self) -> int:
        """Leave by a link. Return how often that was asked about."""
        self._asked = 0
        self.page.locator(".v-crumbs").get_by_role("link", name="Mailings").click()
        self.page.wait_for_url("**/console/mailings")
        return self._asked

    def reviewed(self) -> None:
        """Go on to the review."""
        self.page.get_by_role("button", name="Review").click()
        expect(self.page.get_by_role("heading", name="Review the changes")).to_be_visible()

    def _agree(self, dialog: Dialog) -> None:
        self._asked += dialog.type == "beforeunload"
        dialog.accept()


@pytest.fixture
def mailing(cluster: Cluster) -> Iterator[int]:
    """A mailing that starts in two days."""
    rest, start = cluster.logged_in(), datetime.now(UTC) + timedelta(days=2)
    body = {
        "name": f"Edited {uuid4().hex[:6]}", "message_text": "As it was", "start_time": start.isoformat(),
        "end_time": (start + timedelta(hours=1)).isoformat(), "filter": {"tag": ["edits"], "operator_code": None},
    }  # fmt: skip
    mailing = int(rest.post("/sender/notifications", body)["id"])
    yield mailing
    rest.post(f"/sender/notifications/{mailing}/cancel", {})


def test_who_leaves_changes_is_asked_and_finds_them_again_or_discards_them(
    admin: Page, watch: Watch, cluster: Cluster, mailing: int
) -> None:
    edit = Edit(admin, mailing)
    edit.open()
    edit.text.fill("Changed")
    edit.text.fill("As it was")
    assert edit.left() == 0
    edit.open()
    edit.text.fill("Changed")
    assert edit.left() == 1
    edit.open()
    expect(edit.note).to_contain_text("They are not saved yet.")
    expect(edit.text).to_have_value("Changed")
    assert_accessible(admin)
    admin.get_by_role("button", name="Discard changes").press("Enter")
    expect(edit.note).to_be_hidden()
    expect(edit.text).to_have_value("As it was")
    assert edit.left() == 0

    small = Edit(log_in(watch, cluster, language="ru", viewport=PHONE, color_scheme="dark"), mailing)
    small.open()
    small.text.fill("Иначе")
    small.page.reload()
    expect(small.page.get_by_text("Они ещё не сохранены.")).to_be_visible()
    expect(small.text).to_have_value("Иначе")
    assert_accessible(small.page)
    assert_fits(small.page)


def test_changes_outlive_a_login_that_has_ended_until_they_are_saved(
    admin: Page, cluster: Cluster, mailing: int
) -> None:
    edit = Edit(admin, mailing)
    edit.open()
    edit.text.fill("Changed")
    for button in ("Review", "Save changes"):
        admin.context.clear_cookies(name="vestnik_session")
        admin.get_by_role("button", name=button).click()
        admin.wait_for_url("**/console/login/**")
        admin.fill("input[name=username]", "admin")
        admin.fill("input[name=password]", cluster.password)
        admin.click("#login-form button")
        expect(edit.note).to_be_visible()
        expect(edit.text).to_have_value("Changed")
        edit.reviewed()
    admin.get_by_role("link", name="Back to editing").click()
    expect(edit.text).to_have_value("Changed")
    edit.text.fill("Changed again")
    assert edit.left() == 1
    edit.open()
    expect(edit.text).to_have_value("Changed again")
    edit.reviewed()
    admin.get_by_role("button", name="Save changes").click()
    admin.wait_for_url(f"**/console/mailings/{mailing}")
    edit.open()
    expect(edit.text).to_have_value("Changed again")
    expect(edit.note).to_be_hidden()
    assert edit.left() == 0
