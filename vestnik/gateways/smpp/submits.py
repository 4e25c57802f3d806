"""Makes the bodies of submit_sm: once for a text, then a number and an id for each message (SMPP 3.4, 4.4.1)."""

from datetime import UTC, datetime

from vestnik.gateways.smpp.settings import Settings, Validity
from vestnik.smpp.fields import (
    ESM_HEADER,
    MAX_SHORT_MESSAGE,
    TAG_MESSAGE_PAYLOAD,
    TAG_SAR_NUMBER,
    TAG_SAR_REFERENCE,
    TAG_SAR_TOTAL,
    c_string,
    write_address,
    write_option,
)
from vestnik.smpp.texts import LongTexts, Place, encode, header

_DAY = 86_400


class Submits:
    """A text that is ready to be sent to many numbers.

    ``total``: submits for each message: 1, or the parts of a long text. ``parts``: what the network carries, if it is
    known: an SMSC that gets a long text whole splits it itself.

    Args:
        text: 1 to 2,000 characters.
        expires_at: unix seconds; the SMSC should not deliver later.
        settings: of the gateway.

    Raises:
        ValueError: the settings hold a string that SMPP cannot carry.
    """

    __slots__ = ("_data_coding", "_expires_at", "_head", "_parts", "_settings", "_single", "parts", "total")

    def __init__(self, text: str, *, expires_at: float, settings: Settings) -> None:
        whole = settings.long_texts is LongTexts.PAYLOAD
        encoded = encode(text, settings.encoding, split=True)
        self.parts: int | None = len(encoded.parts)
        if whole and self.parts > 1:
            encoded = encode(text, settings.encoding, split=False)
            self.parts = None
        self.total = len(encoded.parts)
        self._parts, self._data_coding = encoded.parts, encoded.data_coding
        self._settings, self._expires_at = settings, expires_at
        self._head = (
            c_string(settings.service_type)
            + write_address(settings.sender)
            + bytes((settings.destination_ton, settings.destination_npi))
        )
        ready = self.total == 1 and settings.validity is not Validity.RELATIVE
        self._single = self._tail(0, 0, 0.0) if ready else None

    def body(self, number: int, message_id: int, phone: int, now: float) -> bytes:
        """The body of one submit.

        Args:
            number: of the part, from 0.
            message_id: ours; its last digits tell the parts of one message from those of another.
            phone: eleven digits.
            now: unix seconds.
        """
        tail = self._single
        if tail is None:
            tail = self._tail(number, message_id, now)
        return b"%b%d\0%b" % (self._head, phone, tail)

    def _tail(self, number: int, message_id: int, now: float) -> bytes:
        """What follows the number."""
        settings, content, options = self._settings, self._parts[number], b""
        esm_class = 0
        if self.total > 1 and settings.long_texts is LongTexts.UDH:
            esm_class = ESM_HEADER
            content = header(Place(message_id, self.total, number + 1)) + content
        elif self.total > 1:
            options = _sar(Place(message_id, self.total, number + 1))
        elif len(content) > MAX_SHORT_MESSAGE or self.parts is None:
            content, options = b"", write_option(TAG_MESSAGE_PAYLOAD, content)
        return b"".join((
            bytes((esm_class, 0, 0, 0)), self._validity(now),
            bytes((settings.registered_delivery, 0, self._data_coding, 0, len(content))), content, options,
        ))  # fmt: skip

    def _validity(self, now: float) -> bytes:
        if self._settings.validity is Validity.ABSOLUTE:
            return absolute_time(self._expires_at)
        if self._settings.validity is Validity.RELATIVE:
            return relative_time(self._expires_at - now)
        return b"\0"


def absolute_time(at: float) -> bytes:
    """Unix seconds as SMPP writes a time in UTC (7.1.1.1), as a C-Octet String."""
    return f"{datetime.fromtimestamp(int(at), UTC):%y%m%d%H%M%S}000+\0".encode()


def relative_time(seconds: float) -> bytes:
    """Seconds from now as SMPP writes them (7.1.1.2): at least one, a month as 30 days, at most 11 months of them."""
    left = max(1, min(int(seconds), 330 * _DAY))
    days, left = divmod(left, _DAY)
    months, days = divmod(days, 30)
    return f"00{months:02}{days:02}{left // 3600:02}{left // 60 % 60:02}{left % 60:02}000R\0".encode()


def _sar(place: Place) -> bytes:
    return (
        write_option(TAG_SAR_REFERENCE, (place.reference & 0xFFFF).to_bytes(2))
        + write_option(TAG_SAR_TOTAL, bytes((place.total,)))
        + write_option(TAG_SAR_NUMBER, bytes((place.number,)))
    )
