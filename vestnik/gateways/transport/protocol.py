"""What the transport asks of an adapter."""

import logging
import time
from typing import Protocol

from vestnik.gateways.channel import Compose, ComposeOwn
from vestnik.gateways.masking import Masking
from vestnik.gateways.outcome import SUCCESS, Kind, Outcome, classify_failure
from vestnik.gateways.request import HttpAnswer
from vestnik.gateways.transport.response import ResponseReader

log = logging.getLogger(__name__)


class HttpProtocol(Protocol):
    """Writes requests and reads answers: what :class:`vestnik.gateways.adapter.HttpAdapter` does, no more."""

    @property
    def usual_bodies(self) -> frozenset[bytes]:
        """Bodies of a 200 that are a success; nothing else is looked at then."""

    @property
    def url(self) -> str:
        """The gateway's address: scheme, host and port count."""

    @property
    def masking(self) -> Masking:
        """What takes our secrets out of the gateway's words."""

    def compose_bytes(self, text: str, *, expires_at: float) -> Compose:
        """Make a text ready: what writes the request for (message id, phone)."""

    def compose_own(self, *, expires_at: float) -> ComposeOwn:
        """What writes the request for (text, message id, phone), where each message has its own text."""

    def outcome(self, answer: HttpAnswer) -> Outcome:
        """What an answer means."""


def outcome_of(adapter: HttpProtocol, reader: ResponseReader) -> Outcome:
    """The outcome of an answer that is not the usual one."""
    headers = reader.headers()
    # RFC 9112, 6.1: no other coding than chunked may be used unless it is asked for; the body cannot be read then.
    if headers.get("transfer-encoding", "chunked").strip().lower() != "chunked":
        return classify_failure("garbage", f"transfer coding {headers['transfer-encoding']}", sent=True)
    try:
        outcome = adapter.outcome(HttpAnswer(reader.status, headers, reader.body, time.time()))
        return outcome if outcome is SUCCESS else adapter.masking.masked(outcome)
    except Exception:
        # A provider's odd answer must not end a dispatcher with all that is in flight: what it means is not known.
        log.exception("an answer of the gateway could not be read", extra={"status": reader.status})
        return Outcome(kind=Kind.AMBIGUOUS, code="garbage", detail="the answer could not be read", answered=True)
