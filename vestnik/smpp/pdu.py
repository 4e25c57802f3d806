"""PDUs, the packets of SMPP: bytes of a stream become packets, and back (SMPP 3.4, 3.2 and 5.1)."""

import struct
from enum import IntEnum
from typing import NamedTuple

#: command_length, command_id, command_status, sequence_number.
_HEADER = struct.Struct(">IIII")
HEADER_LENGTH = _HEADER.size
#: Bytes of a PDU, at most: a message_payload of 65,535 and the fields before it. A longer one is no SMPP.
MAX_PDU = 66_560
#: The bit of a command_id that makes a request its response.
RESPONSE = 0x8000_0000
#: The greatest sequence_number.
MAX_SEQUENCE = 0x7FFF_FFFF


class Command(IntEnum):
    """The command_ids that are used here (SMPP 3.4, 5.1.2.1)."""

    GENERIC_NACK = 0x8000_0000
    BIND_RECEIVER = 0x1
    BIND_TRANSMITTER = 0x2
    SUBMIT_SM = 0x4
    SUBMIT_SM_RESP = 0x8000_0004
    DELIVER_SM = 0x5
    DELIVER_SM_RESP = 0x8000_0005
    UNBIND = 0x6
    UNBIND_RESP = 0x8000_0006
    BIND_TRANSCEIVER = 0x9
    BIND_TRANSCEIVER_RESP = 0x8000_0009
    OUTBIND = 0xB
    ENQUIRE_LINK = 0x15
    ENQUIRE_LINK_RESP = 0x8000_0015
    ALERT_NOTIFICATION = 0x102
    DATA_SM = 0x103


class Pdu(NamedTuple):
    """One packet. ``body``: what follows the header."""

    command: int
    status: int
    sequence: int
    body: bytes


class BadPdu(Exception):
    """What came is no SMPP 3.4."""


class Framer:
    """Cuts a stream into PDUs. Keeps what is not whole, at most :data:`MAX_PDU` bytes and one piece of the stream."""

    __slots__ = ("_kept",)

    def __init__(self) -> None:
        self._kept = b""

    @property
    def is_empty(self) -> bool:
        """Does the stream end between two PDUs here?"""
        return not self._kept

    def feed(self, data: bytes) -> list[Pdu]:
        """Take bytes of the stream; return the PDUs that are whole now.

        Raises:
            BadPdu: a length is below 16 or above the limit. Nothing after it can be read.
        """
        if self._kept:
            data = self._kept + data
        whole: list[Pdu] = []
        position, end = 0, len(data)
        while end - position >= HEADER_LENGTH:
            length, command, status, sequence = _HEADER.unpack_from(data, position)
            if not HEADER_LENGTH <= length <= MAX_PDU:
                if whole:  # they are good: the next call finds the bad one first
                    break
                raise BadPdu(f"a packet says that it is {length} bytes long")
            if end - position < length:
                break
            whole.append(Pdu(command, status, sequence, data[position + HEADER_LENGTH : position + length]))
            position += length
        self._kept = data[position:] if position < end else b""
        return whole


def encode(command: int, sequence: int, body: bytes = b"", status: int = 0) -> bytes:
    """The bytes of one PDU."""
    return _HEADER.pack(HEADER_LENGTH + len(body), command, status, sequence) + body
