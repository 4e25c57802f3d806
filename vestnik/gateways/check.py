"""Asks a gateway whether our settings are right, over the same transport that messages take. Nothing is sent to people.

The words say which setting to look at: the address, the secret, the certificate, the proxy.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

from vestnik.errors import SettingError
from vestnik.gateways.adapter import Adapter, Checked, ConnectionOptions, HttpAdapter
from vestnik.gateways.channel import Compose, ComposeOwn
from vestnik.gateways.outcome import Kind, Outcome, classify_failure
from vestnik.gateways.request import HttpAnswer, Request
from vestnik.gateways.transport.loop import Transport
from vestnik.gateways.words import Sentence, gettext_noop, sentence

#: Why there is no answer, by the code of the outcome. ``%(detail)s`` is the transport's.
_FAILURES: Mapping[str, str] = {
    "dns": gettext_noop("No host has this name. Check the address (%(detail)s)."),
    "connect": gettext_noop(
        "Nothing can be reached at this address. Check host and port, and whether a firewall lets us out (%(detail)s)."
    ),
    "proxy": gettext_noop("The proxy does not let us through. Check its address and login (%(detail)s)."),
    "tls": gettext_noop(
        "No secure connection: the certificate is wrong or not trusted, or this is not a port for https (%(detail)s)."
    ),
    "timeout": gettext_noop("No answer in time. Check the address, and whether a firewall lets us out (%(detail)s)."),
    "reset": gettext_noop("The other side closed the connection. Check the address and the port (%(detail)s)."),
    "garbage": gettext_noop("The server at this address does not speak HTTP. Check the port (%(detail)s)."),
}
_OTHER_PROVIDER = gettext_noop("The server at this address is not %(title)s. Check the address (%(detail)s).")
_REFUSED = gettext_noop("%(title)s does not accept our login, key or token (%(detail)s).")
_TROUBLE = gettext_noop("%(title)s can be reached but reports a problem. Try again later (%(detail)s).")
_SLOWLY = gettext_noop("%(title)s can be reached and asks to wait. Try again later (%(detail)s).")
_NOT_GOOD = gettext_noop("%(title)s can be reached but does not accept our settings (%(detail)s).")
_GOOD = gettext_noop("%(title)s accepts our settings.")
_REACHED = gettext_noop(
    "The address can be reached. There is no other check: send a test message to see whether it is accepted."
)
_NO_FILE = gettext_noop("A file of certificates cannot be read (%(detail)s).")
_NO_ADDRESS = gettext_noop("An address cannot be used (%(detail)s).")


def check(adapter: Adapter, *, timeout: float, options: ConnectionOptions) -> Checked:
    """Connect to a gateway and ask it about our account.

    Args:
        adapter: with the settings that are checked.
        timeout: seconds, at most.
        options: how connections are made.

    Returns:
        What it says, in words that can be translated (:func:`vestnik.gateways.words.translated`). Nothing is raised
        for whatever the other side does.
    """
    try:
        if isinstance(adapter, HttpAdapter):
            return _check_http(adapter, timeout, options)
        return adapter.check(options)
    except SettingError as error:
        return Checked(good=False, words=str(error))
    except OSError as error:
        return Checked(good=False, words=sentence(_NO_FILE, detail=error.strerror or str(error)))
    except ValueError as error:
        return Checked(good=False, words=sentence(_NO_ADDRESS, detail=str(error)))


def _check_http(adapter: HttpAdapter, timeout: float, options: ConnectionOptions) -> Checked:
    asked = adapter.check_request()
    # Any answer shows then that name, port, proxy and certificate are right.
    request = asked or Request(method="GET", target=urlsplit(adapter.url).path or "/")
    answer = ask(adapter, request, timeout=timeout, options=options)
    if isinstance(answer, Outcome):
        return Checked(good=False, words=sentence(_FAILURES[answer.code], detail=answer.detail))
    if asked is None:
        return Checked(good=True, words=sentence(_REACHED))
    checked = adapter.checked(answer)
    if checked.good:
        return Checked(good=True, words=sentence(_GOOD, title=adapter.title), balance=checked.balance)
    if isinstance(checked.words, Sentence):
        return Checked(good=False, words=checked.words)
    template = _template(answer.status, adapter.objection(answer))
    return Checked(
        good=False, words=sentence(template, title=adapter.title, detail=adapter.masking.hide(checked.words))
    )


def _template(status: int, outcome: Outcome | None) -> str:
    """What is wrong, by the status first: adapters that expect none but 200 call every other one our fault."""
    if status in (401, 403):
        return _REFUSED
    if outcome is None:
        return _NOT_GOOD
    if outcome.code == "garbage" or 300 <= status < 400 or status in (404, 405, 410):
        return _OTHER_PROVIDER
    if outcome.server_error or status >= 500:
        return _TROUBLE
    return {Kind.UNAUTHORIZED: _REFUSED, Kind.THROTTLED: _SLOWLY}.get(outcome.kind, _NOT_GOOD)


class _Asking:
    """Speaks to the transport for one request that is no message, and keeps the answer."""

    usual_bodies: frozenset[bytes] = frozenset()

    def __init__(self, adapter: HttpAdapter, request: Request) -> None:
        self.url, self.masking = adapter.url, adapter.masking
        self.answer: HttpAnswer | None = None
        self._bytes = request.encode(adapter.authority)

    def compose_bytes(self, text: str, *, expires_at: float) -> Compose:
        """The one request."""
        del text, expires_at
        return lambda _message_id, _phone: self._bytes

    def compose_own(self, *, expires_at: float) -> ComposeOwn:
        """The one request."""
        del expires_at
        return lambda _text, _message_id, _phone: self._bytes

    def outcome(self, answer: HttpAnswer) -> Outcome:
        """Keep it: who asked reads it."""
        self.answer = answer
        return Outcome(kind=Kind.SUCCESS, code="0", detail="answered", answered=True)


def ask(adapter: HttpAdapter, request: Request, *, timeout: float, options: ConnectionOptions) -> HttpAnswer | Outcome:
    """Make one request to a gateway that is no message: a check, or a question what became of messages.

    Returns:
        The answer, or why there is none.

    Raises:
        OSError: a file of certificates cannot be read.
        ValueError: an address is none, or a line break stands in the request's head.
    """
    asking = _Asking(adapter, request)
    transport = Transport(adapter=asking, concurrency=1, timeout=timeout, options=options)
    try:
        transport.hand_over(0, 0, transport.prepare("", expires_at=0.0), timeout)
        answers = transport.poll(timeout)
        while not answers:
            answers = transport.poll(timeout)
    finally:
        transport.close()
    return asking.answer or classify_failure(answers[0].outcome.code, answers[0].outcome.detail, sent=True)
