"""The way to one gateway: messages are handed over, answers are polled. What an adapter opens and a dispatcher uses."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, TypeAlias, runtime_checkable

from vestnik.gateways.outcome import Outcome

#: A text that is ready to be sent: made by :meth:`Channel.prepare` once for a mailing. For HTTP it is a function of
#: message id and phone that gives the bytes of the request.
Prepared: TypeAlias = Any
#: Gives the bytes of a whole HTTP request for (message id, phone).
Compose: TypeAlias = Callable[[int, int], bytes]
#: The same for a text that only this message has: (text, message id, phone).
ComposeOwn: TypeAlias = Callable[[str, int, int], bytes]


class Answer(NamedTuple):
    """What came of one message handed over. ``latency`` is in seconds, from the hand-over."""

    message_id: int
    outcome: Outcome
    latency: float


class Channel(Protocol):
    """The way to one gateway. Belongs to one thread; only :meth:`wake` may be called from others.

    A message handed over is sent at most once, and gets exactly one outcome.
    """

    @property
    def in_flight(self) -> int:
        """Messages handed over whose outcome :meth:`poll` has not given back."""

    @property
    def free(self) -> int:
        """How many more may be handed over now."""

    def prepare(self, text: str, *, expires_at: float) -> Prepared:
        """Make a text ready to be sent. ``expires_at``: unix seconds; the provider should not deliver it later."""

    def prepare_own(self, *, expires_at: float) -> Callable[[str], Prepared]:
        """What makes texts ready of which each is one message's own, for a mailing that has one for each message."""

    def hand_over(self, message_id: int, phone: int, text: Prepared, timeout: float) -> None:
        """Start sending one message. ``timeout``: seconds for the whole exchange."""

    def poll(self, wait: float) -> list[Answer]:
        """Drive all exchanges until one has its outcome, :meth:`wake` is called or ``wait`` seconds passed."""

    def wake(self) -> None:
        """Make the running or the next :meth:`poll` return."""

    def close(self) -> None:
        """Drop what is in flight and every connection."""


@runtime_checkable
class SharedChannel(Channel, Protocol):
    """A channel to a provider that takes only so much at once from one account, whatever process it comes from.

    What takes a place is a request, or a session over which many go.
    """

    @property
    def places_used(self) -> int:
        """How many places it uses now. It falls only when something ends."""

    def allow(self, places: int) -> None:
        """Use no more than so many from now on. What is under way and beyond that ends by itself."""


@runtime_checkable
class SubmitChannel(Channel, Protocol):
    """A channel over which one message may be several submits, of which the provider takes only so many a second."""

    def submits_of(self, text: Prepared) -> int:
        """How many submits a message with this text is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionOptions:
    """How connections to a gateway are made.

    ``verify_file``: certificates to trust instead of the machine's, a file in PEM; ``authorities``: such, as text.
    ``client_certificate``: our own with its key, a file; ``identity``: the same as text.
    ``proxy``: ``http://[user:password@]host:port``.
    """

    verify_file: str | None = None
    authorities: str | None = None
    client_certificate: str | None = None
    identity: str | None = field(default=None, repr=False)
    proxy: str | None = field(default=None, repr=False)
