"""Somebody at the console, in a real browser: logs in, and says what is seen there."""

from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from harness.cluster import Cluster
from tests.browser.kit import Watch, assert_accessible

#: A small phone.
PHONE = {"width": 390, "height": 844}
#: The cookies of logins that were typed, by console, name, password and language.
_LOGINS: dict[tuple[str, str, str, str], Any] = {}


def log_in(
    watch: Watch, cluster: Cluster, *, name: str = "admin", password: str = "", language: str = "en", **options: Any
) -> Page:
    """A page on the console's home, in a context of its own, after a login.

    The first login of an account is typed and clicked. The next contexts begin with its cookies: a second or so each.

    Args:
        watch: opens it.
        cluster: whose console.
        name: of the account.
        password: of the account; empty: the first administrator's.
        language: chosen on the login page.
        options: of the browser's context, e.g. ``viewport``.
    """
    who = (watch.base_url, name, password or cluster.password, language)
    if who in _LOGINS:
        page = watch.open_page(storage_state=_LOGINS[who], **options)
        page.goto("/console/")
        # An account has one language: somebody may have chosen another one meanwhile, or ended the login.
        if urlsplit(page.url).path == "/console/" and page.get_attribute("html", "lang") == language:
            return page
    page = _typed_login(watch, *who[1:], **options)
    page.wait_for_url("**/console/")
    _LOGINS[who] = page.context.storage_state()
    return page


def log_in_first_time(watch: Watch, *, name: str, password: str, language: str = "en") -> Page:
    """A page on the console's home, of an account that an administrator has just made: it chooses its own password."""
    page = _typed_login(watch, name, password, language)
    page.wait_for_url("**/console/account")
    page.fill("input[name=old_password]", password)
    page.fill("input[name=new_password]", f"{password}-of-my-own")
    page.click("form:has(input[name=new_password]) button")
    expect(page.locator("input[name=new_password]")).to_have_value("")
    page.goto("/console/")
    page.wait_for_url("**/console/")
    return page


def _typed_login(watch: Watch, name: str, password: str, language: str, **options: Any) -> Page:
    page = watch.open_page(**options)
    page.goto(f"/console/login/?language={language}")
    page.fill("input[name=username]", name)
    page.fill("input[name=password]", password)
    page.click("#login-form button")
    return page


def assert_fits(page: Page) -> None:
    """Nothing of the page sticks out sideways."""
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= page.viewport_size["width"], page.url  # type: ignore[index]


def look_over(page: Page, *paths: str) -> None:
    """Every one of these pages is accessible and fits."""
    for path in paths:
        page.goto(path)
        assert_accessible(page)
        assert_fits(page)
