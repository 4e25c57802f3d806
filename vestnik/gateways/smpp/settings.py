"""What one company's account at an SMSC needs, once it is checked."""

from dataclasses import dataclass
from enum import StrEnum

from vestnik.smpp.fields import Address, Bind
from vestnik.smpp.texts import Encoding, LongTexts


class Ids(StrEnum):
    """How an SMSC writes a message's id. ``TEXT``: to the letter, but zeros before a number do not count."""

    TEXT = "text"
    HEX = "hex"
    DECIMAL = "decimal"


class Validity(StrEnum):
    """How the end of a mailing goes out (SMPP 3.4, 7.1.1): as a time in UTC, as seconds from now, or not at all."""

    ABSOLUTE = "absolute"
    RELATIVE = "relative"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How to reach and use an SMSC.

    - ``window``: submits of one bind without an answer, at most. ``binds``: sessions beside each other.
    - ``rate``: submits a second, at most; None: the SMSC says when it is too fast.
    - ``response_ids``: how ids stand in a submit_sm_resp and in the receipt's own parameter; ``receipt_ids``: in a
      receipt's text.
    - ``registered_delivery``: 0 no receipts, 1 all, 2 of failures only (5.2.17).
    - ``enquire_seconds``: silence after which the session is tested.
    - ``account_codes``, ``throttle_codes``, ``refused_codes``: statuses that this SMSC documents as its own meaning.
    """

    host: str
    port: int = 2775
    tls: bool = False
    bind: Bind
    sender: Address
    destination_ton: int = 1
    destination_npi: int = 1
    service_type: str = ""
    window: int = 10
    binds: int = 1
    rate: int | None = None
    encoding: Encoding = Encoding.AUTO
    long_texts: LongTexts = LongTexts.UDH
    response_ids: Ids = Ids.TEXT
    receipt_ids: Ids = Ids.TEXT
    registered_delivery: int = 1
    validity: Validity = Validity.ABSOLUTE
    enquire_seconds: float = 30.0
    account_codes: frozenset[int] = frozenset()
    throttle_codes: frozenset[int] = frozenset()
    refused_codes: frozenset[int] = frozenset()


def comparable(identifier: str, written: Ids) -> str:
    """A message's id as two are compared: hexadecimal and decimal ones as decimal numbers, without leading zeros."""
    plain = identifier.strip()
    try:
        if written is Ids.HEX:
            return str(int(plain, 16))
        if written is Ids.DECIMAL or (plain.isascii() and plain.isdecimal()):
            return str(int(plain))
    except ValueError:  # not what the settings say: to the letter, so that it is at least kept
        return plain
    return plain
