"""What the tests in a real browser are made of: a watch over all that pages ask for and complain of, and axe."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

#: What a page may load that comes from no host.
_INSIDE = ("data", "blob")
#: Milliseconds that a click or an answer may take on a machine that has other work.
PATIENCE = 30_000
expect.set_options(timeout=PATIENCE)
#: What htmx says of a request that was under way when the page was left. A request that fails says more.
_LEFT = ("htmx:sendAbort", "htmx:afterRequest")
#: What axe finds and a person can live with until it is mended: its impacts "minor" and "moderate".
_GRAVE = ("serious", "critical")


@dataclass
class Watch:
    """Opens pages of one host, and notes every request to another one and every complaint of the browser."""

    browser: Browser
    base_url: str
    complaints: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    _allowed: list[str] = field(default_factory=list)
    _contexts: list[BrowserContext] = field(default_factory=list)

    def open_page(self, **options: Any) -> Page:
        """A page in a context of its own (another person, as it were): no cookie is shared.

        Args:
            options: more of Playwright's ``new_context``, e.g. ``locale`` or ``viewport``.
        """
        context = self.browser.new_context(base_url=self.base_url, **options)
        self._contexts.append(context)
        context.set_default_timeout(PATIENCE)
        context.on("request", lambda request: self._asked(request.url))
        context.on("console", self._said)
        context.on("weberror", lambda error: self.complaints.append(f"uncaught: {error.error}"))
        context.on("page", lambda page: page.on("websocket", lambda socket: self._asked(socket.url)))
        return context.new_page()

    def allow(self, *words: str) -> None:
        """Do not mind complaints with these words, e.g. ``status of 401`` where a test wants to be refused."""
        self._allowed += words

    def close(self) -> None:
        """Close all pages, and say what was wrong with them.

        Raises:
            AssertionError: a page asked another host, or the browser complained.
        """
        for context in self._contexts:
            context.close()
        assert not self.outside, f"asked of other hosts: {self.outside}"
        minded = [text for text in self.complaints if not any(word in text for word in (*self._allowed, *_LEFT))]
        assert not minded, f"the browser complained: {minded}"

    def _asked(self, url: str) -> None:
        asked = urlsplit(url)
        if asked.scheme not in _INSIDE and asked.netloc != urlsplit(self.base_url).netloc:
            self.outside.append(url)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "assert"):
            self.complaints.append(f"{message.text} ({message.location.get('url', '')})")


def assert_accessible(page: Page, *, context: str | None = None) -> None:
    """The page, or the part of it that a CSS selector names, keeps nobody out: axe finds nothing grave.

    Raises:
        AssertionError: axe (https://dequeuniversity.com/rules/axe/4.12) found something serious or critical.
    """
    results = Axe().run(page, context=context)
    grave = [found for found in results.response["violations"] if found["impact"] in _GRAVE]
    told = [f"{found['id']}: {found['help']}: {[node['target'] for node in found['nodes']]}" for found in grave]
    assert not told, f"{page.url}: " + "\n".join(told)
