"""What an SMSC brings: receipts and inbound texts, as the ledger reads them (SMPP 3.4, 4.6, 5.2.12, 5.2.28, B)."""

import re

from vestnik.gateways.adapter import Fate, Inbound, Receipt
from vestnik.gateways.outcome import clean_words
from vestnik.gateways.smpp.settings import Settings, comparable
from vestnik.smpp.fields import (
    ESM_TYPE,
    TAG_MESSAGE_STATE,
    TAG_NETWORK_ERROR,
    TAG_RECEIPTED_ID,
    Message,
    first_string,
)
from vestnik.smpp.texts import UCS_2, decode, split_header

#: Types of message in an esm_class that speak of one of ours (5.2.12): a receipt, an acknowledgement of delivery by
#: the phone, an intermediate notification.
_RECEIPT, _DELIVERED_BY_PHONE, _INTERMEDIATE = 0x04, 0x08, 0x20
#: message_state (5.2.28; 0 and 9 are of SMPP 5.0) and the words of a receipt's text (appendix B). ACCEPTED and UNKNOWN
#: are final in the specification, but servers say ACCEPTD before they deliver, and UNKNOWN says nothing.
STATES = {
    0: ("SCHEDULED", Fate.ON_ITS_WAY), 1: ("ENROUTE", Fate.ON_ITS_WAY), 2: ("DELIVRD", Fate.DELIVERED),
    3: ("EXPIRED", Fate.UNDELIVERED), 4: ("DELETED", Fate.UNDELIVERED), 5: ("UNDELIV", Fate.UNDELIVERED),
    6: ("ACCEPTD", Fate.ACCEPTED), 7: ("UNKNOWN", Fate.ACCEPTED), 8: ("REJECTD", Fate.UNDELIVERED),
    9: ("SKIPPED", Fate.UNDELIVERED),
}  # fmt: skip
_WORDS = dict(STATES.values()) | {
    "DELIVERED": Fate.DELIVERED, "UNDELIVERABLE": Fate.UNDELIVERED, "REJECTED": Fate.UNDELIVERED,
    "ACCEPTED": Fate.ACCEPTED, "FAILED": Fate.UNDELIVERED,
}  # fmt: skip
#: ``id:IIIIIIIIII sub:SSS dlvrd:DDD submit date:YYMMDDhhmm done date:YYMMDDhhmm stat:DDDDDDD err:E text:...``: names
#: in any case, the fields in any order, some missing.
_ID = re.compile(r"(?:^|\s)id\s*:\s*([!-~]{1,65})", re.IGNORECASE)
_STAT = re.compile(r"(?:^|\s)stat\s*:\s*([A-Za-z]{1,20})", re.IGNORECASE)
_ERR = re.compile(r"(?:^|\s)err\s*:\s*([0-9A-Za-z]{1,10})", re.IGNORECASE)
_TEXT = re.compile(r"(?:^|\s)text\s*:", re.IGNORECASE)
#: Characters of a receipt's text that are looked at.
_MAX_RECEIPT = 1_000


def read_delivery(message: Message, settings: Settings) -> Receipt | Inbound | None:
    """Read a deliver_sm or a data_sm of the SMSC; None: it says that it is a receipt, but of which message it does not.

    A receipt that does not say so in its esm_class is one if it has the parameter that names a message. Its text alone
    does not make it one: anybody may write us "id:1 stat:DELIVRD".
    """
    kind = message.esm_class & ESM_TYPE
    says_so = kind in {_RECEIPT, _DELIVERED_BY_PHONE, _INTERMEDIATE}
    receipt = _receipt(message, settings, is_intermediate=kind == _INTERMEDIATE)
    if says_so or TAG_RECEIPTED_ID in message.options:
        return receipt
    return inbound(message, _plain(message))


def inbound(message: Message, text: str) -> Inbound:
    """A text that somebody sent to us."""
    return Inbound(phone=message.source.name, to=message.destination.name, text=text)


def _plain(message: Message) -> str:
    return decode(split_header(message)[1], message.data_coding)


def _receipt(message: Message, settings: Settings, *, is_intermediate: bool) -> Receipt | None:
    text = _fields_of(message)
    named, stat, err = (pattern.search(text) for pattern in (_ID, _STAT, _ERR))
    options = message.options
    state = STATES.get(options[TAG_MESSAGE_STATE][0]) if options.get(TAG_MESSAGE_STATE) else None
    word = stat[1].upper() if stat else state[0] if state else ""
    fate = state[1] if state else _WORDS.get(word, Fate.ACCEPTED)
    if is_intermediate and fate in {Fate.DELIVERED, Fate.UNDELIVERED}:
        fate = Fate.ON_ITS_WAY
    if TAG_RECEIPTED_ID in options:
        identifier = comparable(first_string(options[TAG_RECEIPTED_ID]), settings.response_ids)
    elif named:
        identifier = comparable(named[1], settings.receipt_ids)
    else:
        return None
    if not identifier:
        return None
    code = err[1] if err else _network_error(options.get(TAG_NETWORK_ERROR, b""))
    words = clean_words(f"{word} err:{code}" if code else word)
    return Receipt(fate=fate, provider_id=identifier, code=code or word, words=words)


def _fields_of(message: Message) -> str:
    """A receipt's text up to the words of the message itself, which anybody may have written."""
    content = split_header(message)[1][: 2 * _MAX_RECEIPT]
    text = content.decode("utf-16-be" if message.data_coding == UCS_2 else "latin-1", errors="replace")
    return _TEXT.split(text[:_MAX_RECEIPT], maxsplit=1)[0]


def _network_error(value: bytes) -> str:
    """A network_error_code: a type of network, and two bytes (5.3.2.31)."""
    return str(int.from_bytes(value[1:3])) if len(value) == 3 else ""
