"""What the tests of adapters share: messages, answers and callbacks as their providers would send them."""

import time
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl

import orjson

from vestnik.gateways.adapter import Callback, HttpAdapter, HttpAnswer, Request

#: A message id as the ledger gives them, and a phone.
MESSAGE, PHONE = 95_000_000_000_000, 79110000001
NOW = 1_700_000_000.0
TEXT = "Привет & 100% + ещё\nстрока"


def answered(body: object, status: int = 200, **headers: str) -> HttpAnswer:
    """An answer; ``body`` is JSON unless it is bytes."""
    written = body if isinstance(body, bytes) else orjson.dumps(body)
    return HttpAnswer(status, {name.replace("_", "-"): value for name, value in headers.items()}, written, NOW)


def called(
    form: Sequence[tuple[str, str]] | Mapping[str, str] = (), *, query: Mapping[str, str] | None = None,
    body: bytes = b"", method: str = "POST",
) -> Callback:  # fmt: skip
    """A callback with this form, query or body."""
    pairs = tuple(form.items()) if isinstance(form, Mapping) else tuple(form)
    return Callback(
        method=method, url="https://vestnik.example/gateways/one/receipts/secret", headers={}, form=pairs,
        query=tuple((query or {}).items()), body=body, address="192.0.2.1", now=NOW,
    )  # fmt: skip


def form_of(request: Request | None) -> dict[str, str]:
    """The fields of a form that an adapter posts."""
    assert request is not None
    assert request.method == "POST"
    return dict(parse_qsl(request.body.decode(), keep_blank_values=True, strict_parsing=True))


def composed(adapter: HttpAdapter, text: str = TEXT, *, lasts: float = 7_200.5) -> Request:
    """The request for :data:`MESSAGE` that expires ``lasts`` seconds from now, the same in all ways to write it."""
    expires_at = time.time() + lasts
    request = adapter.compose(text, expires_at=expires_at)(MESSAGE, PHONE)
    written = adapter.compose_bytes(text, expires_at=expires_at)(MESSAGE, PHONE)
    assert written == request.encode(adapter.authority)
    assert adapter.compose_own(expires_at=expires_at)(text, MESSAGE, PHONE) == written
    return request
