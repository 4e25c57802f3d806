"""The report's letter in a browser, as mail programs on a desk and on a phone show it."""

import pytest
from playwright.sync_api import Browser, Request

from tools.pictures.report import letter_html


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("width", [390, 760, 1280])
def test_the_letter_fits_its_window_and_asks_no_other_host_for_anything(
    browser: Browser, language: str, width: int
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800})
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request))  # noqa: PLW0108 - Playwright marks what it calls
    page.set_content(letter_html(language))
    assert page.locator("h1").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert [request.url for request in asked if not request.url.startswith("about:")] == []
    page.close()
