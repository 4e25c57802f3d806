"""What the tests in a real browser are made of: a watch over all that pages ask for and complain of, and axe."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, ViewportSize, expect

#: What a page may load that comes from no host.
_INSIDE = ("data", "blob")
#: Milliseconds that a click or an answer may take on a machine that has other work.
PATIENCE = 30_000
expect.set_options(timeout=PATIENCE)
#: A button that a script answers is on the page a moment before its script has run. A click in that moment is lost, and
#: only a test is so fast: it clicks nothing before.
_NO_CLICK_BEFORE_SCRIPTS = """
if (document.readyState === "loading") {
  const waiting = new CSSStyleSheet();
  waiting.replaceSync("html { pointer-events: none !important }");
  document.adoptedStyleSheets = [waiting];
  document.addEventListener("DOMContentLoaded", () => { document.adoptedStyleSheets = []; });
}
"""
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
    _kept: dict[BrowserContext, dict[str, Callable[[Any], None]]] = field(default_factory=dict)

    def open_page(self, **options: Any) -> Page:
        """A page in a context of its own (another person, as it were): no cookie is shared.

        Args:
            options: more of Playwright's ``new_context``, e.g. ``locale`` or ``viewport``.
        """
        context = self.new_context(**options)
        self._contexts.append(context)
        self._listen(context)
        return context.new_page()

    def new_context(self, **options: Any) -> BrowserContext:
        """A context that other watches may use, too, for :meth:`open_page_in`. It costs a second of a processor."""
        context = self.browser.new_context(base_url=self.base_url, **options)
        context.set_default_timeout(PATIENCE)
        context.add_init_script(_NO_CLICK_BEFORE_SCRIPTS)
        return context

    def open_page_in(
        self,
        context: BrowserContext,
        *,
        viewport: ViewportSize | None = None,
        color_scheme: Literal["dark", "light"] | None = None,
    ) -> Page:
        """A page in a context of :meth:`new_context`, whose pages are closed at the end, and which then goes on."""
        if context not in self._kept:
            self._kept[context] = self._listen(context)
        page = context.new_page()
        if viewport is not None:
            page.set_viewport_size(viewport)
        if color_scheme is not None:
            page.emulate_media(color_scheme=color_scheme)
        return page

    def _listen(self, context: BrowserContext) -> dict[str, Callable[[Any], None]]:
        """Hear what the context's pages ask for and complain of; what hears it, by event."""
        listeners: dict[str, Callable[[Any], None]] = {
            "request": lambda request: self._asked(request.url),
            "console": self._said,
            "weberror": lambda error: self.complaints.append(f"uncaught: {error.error}"),
            "page": lambda page: page.on("websocket", lambda socket: self._asked(socket.url)),
        }
        for event, listener in listeners.items():
            context.on(event, listener)  # type: ignore[call-overload]  # one overload for each event
        return listeners

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
        for context, listeners in self._kept.items():
            for page in context.pages:
                page.close()
            for event, listener in listeners.items():
                context.remove_listener(event, listener)
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
