"""A real browser: Debian's chromium, asked by Playwright; nothing of either is downloaded."""

import asyncio
import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from harness.cluster import Cluster
from tests.browser.console import log_in
from tests.browser.kit import Watch


def _chromium() -> str:
    found = shutil.which("chromium")
    if found is None:
        # Where all tests must run, one that cannot is a failure: else nobody would learn that it never ran.
        (pytest.fail if os.environ.get("CI") else pytest.skip)("chromium is not installed (apt-get install chromium)")
    return found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser for the tests of one module; it starts in half a second.

    Not for the session: as long as Playwright runs, this thread has a running event loop, and Django's models refuse to
    work beside one (SynchronousOnlyOperation). So a test with this fixture uses the cluster over HTTP, not the models.
    """
    chromium = _chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium)
        yield browser
        browser.close()
    with pytest.raises(RuntimeError, match="no running event loop"):
        asyncio.get_running_loop()


@pytest.fixture
def watch(browser: Browser, cluster: Cluster) -> Iterator[Watch]:
    """Opens pages of the session's cluster; at the end nothing may have been asked elsewhere, nor complained of."""
    watch = Watch(browser, cluster.url)
    yield watch
    watch.close()


@pytest.fixture
def page(watch: Watch) -> Page:
    """A page of the session's cluster, under the watch."""
    return watch.open_page()


@pytest.fixture
def admin(watch: Watch, cluster: Cluster) -> Page:
    """The administrator's page, logged in."""
    return log_in(watch, cluster)
