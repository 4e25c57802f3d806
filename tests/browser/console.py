"""Somebody at the console, in a real browser: logs in, and says what is seen there."""

from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, expect

from harness.cluster import Cluster
from tests.browser.kit import Watch, assert_accessible

#: A small phone.
PHONE = {"width": 390, "height": 844}
#: Somebody at a console: its address, their name, password and language.
Who = tuple[str, str, str, str]
#: What the login left in the browser of those who have typed it.
_LOGINS: dict[Who, Any] = {}
#: Their contexts, by browser: a new one for each test took longer than most tests.
_CONTEXTS: dict[tuple[Browser, Who], BrowserContext] = {}


def log_in(
    watch: Watch, cluster: Cluster, *, name: str = "admin", password: str = "", language: str = "en", **options: Any
) -> Page:
    """A new page on the console's home, after a login. Pages of one account and language share their cookies.

    The first login of an account is typed and clicked. The next pages begin with its cookies: a second or so each.

    Args:
        watch: opens it.
        cluster: whose console.
        name: of the account.
        password: of the account; empty: the first administrator's.
        language: chosen on the login page.
        options: of the page: ``viewport``, ``color_scheme``.
    """
    who = (watch.base_url, name, password or cluster.password, language)
    key = (watch.browser, who)
    if key not in _CONTEXTS:
        _CONTEXTS[key] = watch.new_context()
    context = _CONTEXTS[key]
    is_alone = not context.pages
    page = watch.open_page_in(context, **options)
    if who in _LOGINS:
        # A test before this one may have ended the login. Another page of this test must not lose its own.
        if is_alone:
            context.clear_cookies()
            context.add_cookies(_LOGINS[who])
        page.goto("/console/")
        # An account has one language: somebody may have chosen another one meanwhile, or ended the login.
        if urlsplit(page.url).path == "/console/" and page.get_attribute("html", "lang") == language:
            return page
        context.clear_cookies()
    _type_login(page, *who[1:])
    page.wait_for_url("**/console/")
    _LOGINS[who] = context.cookies()
    return page


def log_in_first_time(watch: Watch, *, name: str, password: str, language: str = "en") -> Page:
    """A page on the console's home, of an account that an administrator has just made: it chooses its own password."""
    page = watch.open_page()
    _type_login(page, name, password, language)
    page.wait_for_url("**/console/account")
    page.fill("input[name=old_password]", password)
    page.fill("input[name=new_password]", f"{password}-of-my-own")
    page.click("form:has(input[name=new_password]) button")
    expect(page.locator("input[name=new_password]")).to_have_value("")
    page.goto("/console/")
    page.wait_for_url("**/console/")
    return page


def _type_login(page: Page, name: str, password: str, language: str) -> None:
    page.goto(f"/console/login/?language={language}")
    page.fill("input[name=username]", name)
    page.fill("input[name=password]", password)
    page.click("#login-form button")


# Pairs of blocks, one above the other, with less than half the smallest distance between cards between them.
TOUCHING = """() => {
    const kinds = ".v-card, .v-stats, .v-note";
    const isInside = (block) => block.parentElement.closest(kinds) !== null;
    const blocks = [...document.querySelectorAll(kinds)].filter((block) => block.checkVisibility() && !isInside(block));
    const name = (block) => block.id || block.querySelector("h2, dt, p")?.textContent || block.className;
    const places = blocks.map((block) => [name(block), block.getBoundingClientRect()]);
    const touch = (above, below) => above.left < below.right && below.left < above.right
        && below.top - above.bottom > -1 && below.top - above.bottom < 8;
    const under = ([, above]) => places.filter(([, below]) => touch(above, below)).map(([name]) => name);
    return places.flatMap((block) => under(block).map((name) => `${block[0]} / ${name}`));
}"""


def assert_fits(page: Page) -> None:
    """Nothing of the page sticks out sideways, and no two of its blocks touch."""
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= page.viewport_size["width"], page.url  # type: ignore[index]
    assert page.evaluate(TOUCHING) == [], page.url


def look_over(page: Page, *paths: str) -> None:
    """Every one of these pages is accessible and fits."""
    for path in paths:
        page.goto(path)
        assert_accessible(page)
        assert_fits(page)
