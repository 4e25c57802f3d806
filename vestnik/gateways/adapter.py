"""What an adapter is: one provider's protocol, as facts and pure functions. No sockets, no ledger, no Django.

A message becomes a request, an answer becomes an :class:`~vestnik.gateways.outcome.Outcome`, and what a provider posts
to us becomes receipts and inbound messages. A channel (:class:`Channel`) does the sending.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, ClassVar, NamedTuple, Protocol, runtime_checkable

from vestnik.gateways.channel import (
    Answer,
    Channel,
    Compose,
    ComposeOwn,
    ConnectionOptions,
    Prepared,
    SharedChannel,
)
from vestnik.gateways.fields import Field, Wanted
from vestnik.gateways.masking import Masking
from vestnik.gateways.outcome import Outcome
from vestnik.gateways.own_connection import HTTP_FIELDS, connection_options
from vestnik.gateways.request import HttpAnswer, Request, authority_of
from vestnik.gateways.transport.loop import Transport
from vestnik.gateways.words import gettext_noop

__all__ = [
    "Adapter",
    "Answer",
    "Arrival",
    "BadCallback",
    "Callback",
    "Channel",
    "Checked",
    "Compose",
    "ComposeOwn",
    "ConnectionOptions",
    "Facts",
    "Fate",
    "Field",
    "ForgedCallback",
    "HttpAdapter",
    "HttpAnswer",
    "Inbound",
    "Prepared",
    "Receipt",
    "ReceiptsBy",
    "Received",
    "Request",
    "SessionChannel",
    "SharedChannel",
    "Wanted",
    "read_each",
]  # fmt: skip


class ReceiptsBy(Enum):
    """How a provider says what became of a message: it calls us, we ask, the open session brings it, or not at all."""

    CALLBACK = "callback"
    POLLING = "polling"
    SESSION = "session"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a provider can do.

    - ``knows_repeated_ids``: it recognises a message that is sent again; None: the person who sets it up says so.
    - ``receipts_carry_our_id``: a receipt names our message id; else only the provider's own.
    - ``receipts_by``: how receipts come. ``signed``: callbacks carry a signature that can be checked.
    - ``sender``: a sender's name is one of the settings. ``validity``: it is told when a message expires.
    - ``max_text``: characters of a text, at most; ``max_parts``: its SMS parts; None: it does not limit them.
    - ``documented_at``: addresses of the provider's documentation that the adapter follows.
    """

    knows_repeated_ids: bool | None
    receipts_carry_our_id: bool
    receipts_by: ReceiptsBy
    signed: bool
    sender: bool
    validity: bool
    max_text: int
    documented_at: tuple[str, ...]
    max_parts: int | None = None

    def takes(self, characters: int, parts: int) -> bool:
        """Return whether a text of so many characters and SMS parts is not too long for the provider."""
        return characters <= self.max_text and (self.max_parts is None or parts <= self.max_parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a gateway said when it was asked about our account. ``balance``: as it says it.

    ``words``: for people; of an adapter the provider's own, or a :class:`~vestnik.gateways.words.Sentence` of ours.
    ``warnings``: what is good now and will not be for long, for people.
    """

    good: bool
    words: str
    balance: str = ""
    warnings: tuple[str, ...] = ()


class Fate(Enum):
    """What a receipt says, in the order in which they follow each other; the last two are final."""

    ACCEPTED = "accepted"
    ON_ITS_WAY = "on_its_way"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a provider says became of one message, or of one part of it.

    - ``provider_id``: the provider's own id, as one compares it; ``message_id``: ours. At least one of them is known.
    - ``code``, ``words``: the provider's own. ``at``: unix seconds, when it says so. ``operator``: if it names one.
    """

    fate: Fate
    provider_id: str | None = None
    message_id: int | None = None
    code: str = ""
    words: str = ""
    at: float | None = None
    operator: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """A text that somebody sent to us. ``phone``, ``to``: as the provider writes them."""

    phone: str
    to: str
    text: str
    provider_id: str = ""
    at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """A request that a provider made to us. ``url``: the whole address that it was told to call.

    ``headers``: names in lower case. ``query``, ``form``: pairs in their order, decoded; ``form`` only where the body
    is one. ``address``: who called.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    query: Sequence[tuple[str, str]]
    form: Sequence[tuple[str, str]]
    body: bytes
    address: str
    now: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What a callback brought, and the answer that the provider expects once it is kept.

    ``bad``: of each receipt that cannot be read beside others, why not.
    """

    receipts: tuple[Receipt, ...] = ()
    inbound: tuple[Inbound, ...] = ()
    bad: tuple[str, ...] = ()
    reply: bytes = b""
    reply_type: str = "text/plain"


class Arrival(NamedTuple):
    """What a provider delivered over a session, and the token by which it is acknowledged; 0: nothing waits for it."""

    token: int
    what: Receipt | Inbound


@runtime_checkable
class SessionChannel(Channel, Protocol):
    """A channel over which the provider also delivers. What is not acknowledged is delivered again."""

    def received(self) -> list[Arrival]:
        """What was delivered since the last call. Commit it, then :meth:`acknowledge` it."""

    def acknowledge(self, tokens: Iterable[int]) -> None:
        """What was given out with these tokens is committed: the provider may forget it."""


class ForgedCallback(Exception):
    """A callback's signature is missing, wrong or too old."""


class BadCallback(Exception):
    """Nothing of a callback can be read as the provider's documentation has it. ``receipts``: how many those were."""

    def __init__(self, words: str, *, receipts: int = 1) -> None:
        super().__init__(words)
        self.receipts = receipts


def read_each(items: Sequence[Any], read: Callable[[int, Any], Receipt]) -> tuple[tuple[Receipt, ...], tuple[str, ...]]:
    """Read the receipts of one call: those that can be read, and of each other one why not.

    Args:
        items: in their order.
        read: gives the receipt of an item, which has this number from 1; raises BadCallback.

    Raises:
        BadCallback: there are some, and none can be read.
    """
    receipts, bad = [], []
    for number, item in enumerate(items, 1):
        try:
            receipts.append(read(number, item))
        except BadCallback as error:
            bad.append(str(error))
    if bad and not receipts:
        raise BadCallback(bad[0], receipts=len(bad))
    return tuple(receipts), tuple(bad)


class Adapter(ABC):
    """One provider's protocol with one company's settings.

    Args:
        settings: by the names of :meth:`all_fields`, secrets included, each checked by itself
            (:func:`vestnik.gateways.fields.checked_settings`, which :func:`vestnik.gateways.adapters.make_adapter`
            calls).

    Raises:
        InvalidInput: by field, what is wrong about them together and what to enter.
    """

    kind: ClassVar[str]
    #: The provider's name, as it calls itself.
    title: ClassVar[str]
    facts: ClassVar[Facts]
    #: Of the account; those of the connection stand apart, since kinds share them.
    fields: ClassVar[tuple[Field, ...]]
    connection_fields: ClassVar[tuple[Field, ...]] = ()
    #: Settings that say at which account a message is, and by which id; of kinds that may recognise a repeated one.
    account: ClassVar[tuple[str, ...]] = ()
    #: The setting that holds our address for receipts, of providers that are told it with each message; empty: others.
    receipts_setting: ClassVar[str] = ""
    #: Settings that stand before a secret where it is sent as HTTP's Basic.
    logins: ClassVar[tuple[str, ...]] = ()

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self.settings = settings
        #: How connections are made: the gateway's own certificates and its proxy.
        self.options = connection_options(settings)
        secrets = [each.name for each in self.all_fields() if each.wanted is Wanted.SECRET]
        logins = ["", *(str(settings.get(name) or "") for name in self.logins)]
        #: Takes these secrets out of what the provider says.
        self.masking = Masking([str(settings.get(name) or "") for name in secrets], logins)

    @classmethod
    def all_fields(cls) -> tuple[Field, ...]:
        """The fields of the account, then those of the connection."""
        return (*cls.fields, *cls.connection_fields)

    @classmethod
    def sends_our_id(cls, settings: Mapping[str, Any]) -> bool:  # noqa: ARG003 - most always do
        """Whether a message goes out with our id, without which no provider can recognise it when it is repeated."""
        return True

    @classmethod
    def why_not_delivered(cls, settings: Mapping[str, Any]) -> str:  # noqa: ARG003 - most kinds have none
        """Why the provider delivers nothing with these settings, though it takes messages. Empty: it delivers them.

        Words for people, marked for translation. The answer to whom messages reach goes by this.
        """
        return ""

    def max_sessions(self) -> int | None:
        """Sessions that the provider allows in all, those of checks and test messages too. None: no such limit."""
        return None

    def __repr__(self) -> str:
        """Without settings: secrets are among them."""
        return f"<{type(self).__name__}>"

    @abstractmethod
    def open(self, *, concurrency: int, timeout: float, options: ConnectionOptions) -> Channel:
        """Open the way to the gateway. ``concurrency``: messages in flight, at most. ``timeout``: seconds for each."""

    @abstractmethod
    def max_rate(self) -> int | None:
        """Messages a second that the provider allows by itself; None: it does not say."""

    def max_at_once(self) -> int | None:
        """Places (:class:`SharedChannel`) that the provider gives one account, over all processes; None: no limit."""
        return None

    def check(self, options: ConnectionOptions) -> Checked:  # noqa: ARG002 - a kind with sessions has its own
        """Are the settings right? Called for kinds that are no :class:`HttpAdapter`; nothing is sent to people."""
        return Checked(good=True, words=gettext_noop("This kind of gateway has no check: send a test message."))

    def received(self, callback: Callback) -> Received:
        """Read a request that the provider made to us.

        Raises:
            ForgedCallback: it is not the provider's.
            BadCallback: it cannot be read.
        """
        raise BadCallback(f"{self.title} makes no callbacks, but {callback.address} made one")


class HttpAdapter(Adapter):
    """An adapter whose provider speaks HTTP. Pure: only :meth:`open` makes sockets, in the transport."""

    connection_fields: ClassVar[tuple[Field, ...]] = HTTP_FIELDS
    #: Bodies of a 200 that are the usual success and name neither an id nor parts: compared before anything is parsed.
    usual_bodies: ClassVar[frozenset[bytes]] = frozenset()

    @property
    @abstractmethod
    def url(self) -> str:
        """The provider's base address, ``http`` or ``https``."""

    @abstractmethod
    def compose(self, text: str, *, expires_at: float) -> Callable[[int, int], Request]:
        """Make a text ready: the result gives the request for (message id, phone), the phone as eleven digits.

        Args:
            text: 1 to 2,000 characters.
            expires_at: unix seconds; the provider must not deliver later, where it can be told so.
        """

    def compose_bytes(self, text: str, *, expires_at: float) -> Compose:
        """As :meth:`compose`, as bytes. An adapter that sends much has its own, faster one."""
        request, authority = self.compose(text, expires_at=expires_at), self.authority
        return lambda message_id, phone: request(message_id, phone).encode(authority)

    def compose_own(self, *, expires_at: float) -> ComposeOwn:
        """As :meth:`compose_bytes`, for texts of which each is one message's own. Probe has its own, faster one."""
        compose = self.compose_bytes
        return lambda text, message_id, phone: compose(text, expires_at=expires_at)(message_id, phone)

    @abstractmethod
    def outcome(self, answer: HttpAnswer) -> Outcome:
        """What an answer to a request of :meth:`compose` means."""

    def check_request(self) -> Request | None:
        """A request that shows whether our settings are right and sends nothing; None: there is none."""
        return None

    def checked(self, answer: HttpAnswer) -> Checked:
        """What the answer to :meth:`check_request` means."""
        raise NotImplementedError

    def objection(self, answer: HttpAnswer) -> Outcome | None:
        """Why an answer to :meth:`check_request` is not good, as an outcome; None: nothing speaks against us."""
        return self.outcome(answer)

    def poll_request(self, messages: Sequence[tuple[int, str]]) -> Request | None:  # noqa: ARG002 - most cannot
        """Ask what became of messages, each as (our id, the provider's id); None: this provider cannot be asked."""
        return None

    def poll_request_with_phones(self, messages: Sequence[tuple[int, str, int]]) -> Request | None:
        """As :meth:`poll_request`, of (our id, the provider's id, phone): some providers find no message without it."""
        return self.poll_request([(message_id, provider_id) for message_id, provider_id, _ in messages])

    def polled(self, answer: HttpAnswer, messages: Sequence[tuple[int, str]]) -> tuple[Receipt, ...]:
        """What the answer to :meth:`poll_request` says."""
        raise NotImplementedError

    @property
    def authority(self) -> str:
        """Host and port for the ``Host`` header."""
        return authority_of(self.url)

    def open(self, *, concurrency: int, timeout: float, options: ConnectionOptions) -> Channel:
        """Open connections over HTTP.

        Raises:
            SettingError: the process may not open so many connections.
            OSError: a file of certificates cannot be read.
            ValueError: an address is none.
        """
        most = min(concurrency, self.max_at_once() or concurrency)
        return Transport(adapter=self, concurrency=most, timeout=timeout, options=options)
