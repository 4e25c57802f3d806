"""What a provider's protocol is to the simulator: requests are read, answers and receipts are written. Pure."""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple
from urllib.parse import parse_qsl

from vestnik.simulator.bills import Bills

_PHONE = re.compile(r"\+?(7[0-9]{10})")


class Asked(NamedTuple):
    """A request. ``path``: behind the protocol's prefix. ``form``: query and form, decoded.

    ``good``: says whether a password is right.
    """

    method: str
    path: str
    form: Mapping[str, str]
    body: bytes
    authorization: str
    good: Callable[[str], bool]


@dataclass(slots=True, kw_only=True)
class Sms:
    """A message that a request asks to send.

    - ``phone``: eleven digits. ``provider_id``: the id that it gets. ``message``: ours, if the request names it.
    - ``callback``: where the request wants receipts. ``secret``: what signs them, if the request shows it.
    - ``free``: a test, of which nothing is delivered. ``extra``: what the answer repeats.
    """

    phone: str
    text: str
    provider_id: str
    message: int | None = None
    callback: str = ""
    secret: str = ""
    free: bool = False
    extra: Mapping[str, str]


class Due(NamedTuple):
    """A receipt to post: ``fate`` as :class:`~vestnik.simulator.bills.Bill` has it, ``at`` in unix seconds."""

    sms: Sms
    fate: str
    at: float


class Post(NamedTuple):
    """A request that the simulator makes."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Teller(ABC):
    """Says in one form what became of messages."""

    #: The first part of the path, and the name in bills.
    name: ClassVar[str]
    #: Receipts that go into one request, at most.
    receipts_at_once: ClassVar[int] = 1

    @abstractmethod
    def post(self, dues: Sequence[Due], url: str, secret: str) -> Post:
        """A request with receipts to ``url``, signed with ``secret``."""

    def is_kept(self, status: int, body: bytes) -> bool:
        """Return whether the answer to receipts says that they were kept. If not, they are posted again."""
        del body
        return 200 <= status < 300


class SmsProtocol(Teller):
    """One provider's protocol. Every account's password is ``SIMULATOR_SECRET``, or a token made with it."""

    @abstractmethod
    def read(self, asked: Asked, bills: Bills) -> Sms | bytes:
        """The message that a request asks to send, or the whole answer to any other request."""

    @abstractmethod
    def accepted(self, sms: Sms, parts: int) -> tuple[int, bytes]:
        """Status and body of the answer that says that a message was taken."""

    @abstractmethod
    def fault(self, name: str, sms: Sms | None) -> bytes | None:
        """The provider's own answer for a fault; None: it is the same as any server's."""


def read_phone(text: str) -> str | None:
    """Eleven digits, with or without a plus; None: it is no phone of +7."""
    found = _PHONE.fullmatch(text)
    return found[1] if found else None


def read_form(query: str, body: bytes) -> dict[str, str]:
    """The fields of a query and a form; a body that is no form has none."""
    try:
        return dict(parse_qsl(query)) | dict(parse_qsl(body.decode()))
    except ValueError:
        return dict(parse_qsl(query))
