"""SMPP 3.4: the protocol of operators' and aggregators' SMSCs, spoken as a transceiver.

Facts are from the "Short Message Peer to Peer Protocol Specification v3.4, Issue 1.2", which https://smpp.org has; the
numbers in the code name its sections. Providers differ in what it leaves open (the alphabet of data_coding 0, how ids
are written, statuses of their own): their document says which, and it is a setting here.

Not verified: an SMSC whose data_coding 0 is another alphabet than GSM's needs the encoding "latin1" or "ucs2".
"""

import re
import time
from collections.abc import Mapping
from typing import Any, ClassVar

from vestnik.errors import InvalidInput
from vestnik.gateways.adapter import (
    Adapter,
    Checked,
    ConnectionOptions,
    Facts,
    Field,
    ReceiptsBy,
    Wanted,
)  # fmt: skip
from vestnik.gateways.limits import CONNECT_SECONDS
from vestnik.gateways.own_connection import TLS_FIELDS
from vestnik.gateways.smpp import SmppChannel
from vestnik.gateways.smpp.session import BIND_SECONDS
from vestnik.gateways.smpp.settings import Ids, Settings, Validity
from vestnik.gateways.words import gettext_noop, sentence
from vestnik.smpp.fields import Address, Bind
from vestnik.smpp.texts import Encoding, LongTexts

#: Characters of the strings of a bind and of an address, without their ends (SMPP 3.4, 4.1.1, 4.4.1).
_LENGTHS = {"system_id": 15, "password": 8, "system_type": 12, "sender": 20, "service_type": 5}
#: What many SMSCs take beyond the specification's eight characters of a password.
_LONGEST_PASSWORD = 64
#: Type of number and numbering plan of a sender that is a name (5.2.5: alphanumeric).
_NAME = (5, 0)
_RECEIPTS = {"none": 0, "all": 1, "failures": 2}
_CODE = re.compile(r"0x[0-9a-fA-F]{1,8}|[0-9]{1,10}")

_IDS = tuple(Ids)


_NO_SESSION = gettext_noop("The provider opened no session: %(detail)s.")
_MAYBE_TAKEN = gettext_noop(
    "The provider opened no session: %(detail)s. If dispatchers send over this account now, it may allow no more"
    " sessions: enter how many it allows, or disable the gateway and check again."
)
#: How providers refuse a session beside those that are open: ESME_RALYBND, and the general ESME_RBINDFAIL.
_MAYBE_TAKEN_CODES = frozenset(("smpp_0x5", "smpp_0xd"))


class Smpp(Adapter):
    """An SMSC."""

    kind: ClassVar[str] = "smpp"
    title: ClassVar[str] = "SMPP 3.4"
    facts: ClassVar[Facts] = Facts(
        knows_repeated_ids=False, receipts_carry_our_id=False, receipts_by=ReceiptsBy.SESSION, signed=False,
        sender=True, validity=True, max_text=2_000, documented_at=("https://smpp.org/SMPP_v3_4_Issue1_2.pdf",),
    )  # fmt: skip
    fields: ClassVar[tuple[Field, ...]] = (
        Field(
            name="host", label=gettext_noop("Host"), required=True, example="smpp.example.org",
            help=gettext_noop("A name or an address, without a port."),
        ),
        Field(
            name="port", label=gettext_noop("Port"), wanted=Wanted.NUMBER, default=2775, low=1, high=65_535,
            help=gettext_noop("Given by the provider. Usually 2775."),
        ),
        Field(
            name="tls", label=gettext_noop("TLS"), wanted=Wanted.FLAG, default=False,
            help=gettext_noop("Only if the provider offers it, usually on another port. Its certificate is checked."),
        ),
        Field(name="system_id", label=gettext_noop("System ID"), required=True, help=gettext_noop("The login.")),
        Field(
            name="password", label=gettext_noop("Password"), wanted=Wanted.SECRET, required=True,
            help=gettext_noop("Of this session, not of the provider's site."),
        ),
        Field(
            name="system_type", label=gettext_noop("System type"),
            help=gettext_noop("Usually empty. Enter it if the provider gave you one."),
        ),
        Field(
            name="sender", label=gettext_noop("Sender"), required=True, example="Vestnik",
            help=gettext_noop("A name or a number that the provider has registered for you."),
        ),
        Field(
            name="sender_ton", label=gettext_noop("Sender: type of number"), wanted=Wanted.NUMBER, low=0, high=6,
            help=gettext_noop("Empty: 5 for a name, 0 for up to 6 digits, 1 for a longer number."),
        ),
        Field(
            name="sender_npi", label=gettext_noop("Sender: numbering plan"), wanted=Wanted.NUMBER, low=0, high=18,
            help=gettext_noop("Empty: 1 for a longer number, else 0."),
        ),
        Field(
            name="service_type", label=gettext_noop("Service type"), help=gettext_noop("Usually empty.")
        ),
        Field(
            name="window", label=gettext_noop("Window"), wanted=Wanted.NUMBER, default=10, low=1, high=1_000,
            help=gettext_noop("Submits without an answer in one session, at most. The provider says how many."),
        ),
        Field(
            name="binds", label=gettext_noop("Sessions"), wanted=Wanted.NUMBER, default=1, low=1, high=32,
            help=gettext_noop("Sessions beside each other, for each dispatcher."),
        ),
        Field(
            name="sessions", label=gettext_noop("Sessions in all"), wanted=Wanted.NUMBER, low=1, high=1_000,
            help=gettext_noop(
                "What the provider allows. One of several stays free for checks and test messages. Dispatchers share "
                "the others: with fewer than dispatchers, some wait. With 1, one dispatcher sends, and while it does "
                "nothing can be checked: disable the gateway first. Empty: no limit."
            ),
        ),
        Field(
            name="rate", label=gettext_noop("Submits a second"), wanted=Wanted.NUMBER, low=1, high=100_000,
            help=gettext_noop("A long text is several submits. Empty: the provider's throttling slows us down."),
        ),
        Field(
            name="encoding", label=gettext_noop("Alphabet"), wanted=Wanted.CHOICE, default=Encoding.AUTO,
            choices=tuple(Encoding),
            help=gettext_noop("auto: GSM-7 where it is enough, else UCS-2. latin1: Latin-1 where it is enough."),
        ),
        Field(
            name="long_texts", label=gettext_noop("Long texts"), wanted=Wanted.CHOICE, default=LongTexts.UDH,
            choices=tuple(LongTexts),
            help=gettext_noop("udh and sar: we split them. payload: the provider splits them (message_payload)."),
        ),
        Field(
            name="response_ids", label=gettext_noop("Ids in answers"), wanted=Wanted.CHOICE, default=Ids.TEXT,
            choices=_IDS,
            help=gettext_noop("How the provider writes message ids when it accepts a message."),
        ),
        Field(
            name="receipt_ids", label=gettext_noop("Ids in receipts"), wanted=Wanted.CHOICE, default=Ids.TEXT,
            choices=_IDS,
            help=gettext_noop("How it writes them in a receipt's text. Some write hex in one, decimal in the other."),
        ),
        Field(
            name="receipts", label=gettext_noop("Receipts"), wanted=Wanted.CHOICE, default="all",
            choices=tuple(_RECEIPTS),
            help=gettext_noop("all: of every message. failures: only of what was not delivered."),
        ),
        Field(
            name="validity", label=gettext_noop("Validity period"), wanted=Wanted.CHOICE, default=Validity.ABSOLUTE,
            choices=tuple(Validity),
            help=gettext_noop("How the end of a mailing is sent to the provider. none: it is not sent."),
        ),
        Field(
            name="enquire_link", label=gettext_noop("Seconds between tests of the link"), wanted=Wanted.NUMBER,
            default=30, low=5, high=600,
            help=gettext_noop("Idle time after which enquire_link is sent. The provider may end a session sooner."),
        ),
        Field(
            name="account_codes", label=gettext_noop("Statuses that refuse the account"), example="0x400, 1025",
            help=gettext_noop("The provider's own codes for no money or a blocked account, separated by commas."),
        ),
        Field(
            name="throttle_codes", label=gettext_noop("Statuses that ask to wait"), example="0x401",
            help=gettext_noop("The provider's own codes for too many messages. 0x58 and 0x14 are known."),
        ),
        Field(
            name="refused_codes", label=gettext_noop("Statuses that refuse the message"), example="0x402",
            help=gettext_noop("The provider's own codes for a message that it did not take."),
        ),
    )  # fmt: skip
    connection_fields: ClassVar[tuple[Field, ...]] = TLS_FIELDS

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__(settings)
        self._smpp = _settings(settings)
        self._sessions = int(settings["sessions"]) if settings.get("sessions") else None

    def open(self, *, concurrency: int, timeout: float, options: ConnectionOptions) -> SmppChannel:
        """Open the way to the SMSC. ``concurrency``: messages in flight, at most. ``timeout``: seconds for each."""
        return SmppChannel(self._smpp, concurrency=concurrency, timeout=timeout, options=options)

    def max_rate(self) -> int | None:
        """Submits a second that the settings allow; None: they do not say."""
        return self._smpp.rate

    def max_at_once(self) -> int | None:
        """Sessions of all dispatchers together; None: no limit. One of several is left for checks and test messages."""
        return max(1, self._sessions - 1) if self._sessions else None

    def max_sessions(self) -> int | None:
        """Sessions that the provider allows in all; None: nobody has said."""
        return self._sessions

    def check(self, options: ConnectionOptions) -> Checked:
        """Bind and unbind: are the settings right? Takes some seconds at most."""
        channel = self.open(concurrency=1, timeout=1.0, options=options)
        channel.allow(1)
        until = time.monotonic() + CONNECT_SECONDS + BIND_SECONDS
        try:
            while time.monotonic() < until and not channel.is_bound and channel.failure is None:
                channel.poll(0.1)
            if channel.is_bound:
                return Checked(good=True, words=gettext_noop("The provider has opened the session."))
            failure = channel.failure
            detail = failure.detail if failure else "no answer"
            template = _MAYBE_TAKEN if failure and failure.code in _MAYBE_TAKEN_CODES else _NO_SESSION
            return Checked(good=False, words=sentence(template, detail=detail))
        finally:
            channel.close()


def _settings(given: Mapping[str, Any]) -> Settings:
    """The settings of the form as the channel takes them.

    Raises:
        InvalidInput: by field, what is wrong.
    """
    wrong: dict[str, list[str]] = {}
    for name, most in _LENGTHS.items():
        allowed = _LONGEST_PASSWORD if name == "password" else most
        text = str(given.get(name) or "")
        if not (text.isascii() and len(text) <= allowed):
            wrong[name] = [sentence(gettext_noop("Enter at most %(most)s characters of ASCII."), most=allowed)]
    codes = {name: _codes(given.get(name)) for name in ("account_codes", "throttle_codes", "refused_codes")}
    wrong |= {
        name: ["Enter codes separated by commas, decimal or as 0x400."]
        for name, found in codes.items()
        if found is None
    }
    if wrong:
        raise InvalidInput(wrong)
    defaults = {field.name: field.default for field in Smpp.fields}
    entered = {name: found for name, found in given.items() if found not in {None, ""}}
    value: dict[str, Any] = {**defaults, **entered}
    sender = str(value["sender"])
    ton, npi = _kind_of(sender)
    return Settings(
        host=str(value["host"]), port=int(value["port"]), tls=bool(value["tls"]),
        bind=Bind(str(value["system_id"]), str(value["password"]), str(value["system_type"] or "")),
        sender=Address(
            ton if value["sender_ton"] is None else int(value["sender_ton"]),
            npi if value["sender_npi"] is None else int(value["sender_npi"]),
            sender.lstrip("+"),
        ),
        service_type=str(value["service_type"] or ""), window=int(value["window"]), binds=int(value["binds"]),
        rate=None if value["rate"] is None else int(value["rate"]),
        encoding=Encoding(value["encoding"]), long_texts=LongTexts(value["long_texts"]),
        response_ids=Ids(value["response_ids"]), receipt_ids=Ids(value["receipt_ids"]),
        registered_delivery=_RECEIPTS[value["receipts"]], validity=Validity(value["validity"]),
        enquire_seconds=float(value["enquire_link"]),
        account_codes=codes["account_codes"] or frozenset(), throttle_codes=codes["throttle_codes"] or frozenset(),
        refused_codes=codes["refused_codes"] or frozenset(),
    )  # fmt: skip


def _kind_of(sender: str) -> tuple[int, int]:
    """Type of number and numbering plan that a sender has by its looks."""
    digits = sender.lstrip("+")
    if not (digits.isascii() and digits.isdecimal()):
        return _NAME
    return (0, 0) if len(digits) <= 6 else (1, 1)


def _codes(given: object) -> frozenset[int] | None:
    """Statuses of a list; None: it is none."""
    words = str(given or "").replace(",", " ").split()
    if not all(_CODE.fullmatch(word) for word in words):
        return None
    return frozenset(int(word, 16 if word.startswith("0x") else 10) for word in words)
