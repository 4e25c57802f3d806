"""What a command_status means: SMPP 3.4, 5.1.3, all of it; what SMPP 5.0, 4.7.6 added; some that providers document.

A status other than 0 says that the request failed. Which of our outcomes that is:

- refused: the message or its fields are wrong, and the SMSC did not take it;
- throttled: it did not take it now;
- unauthorized: it refuses our account;
- ambiguous: a status that says nothing definite about a message that is submitted, since it answers another command
  (query_sm, cancel_sm, broadcast_sm), or is reserved or unknown.
"""

from typing import NamedTuple

from vestnik.gateways.outcome import Kind, Outcome, clean_words
from vestnik.gateways.smpp.settings import Settings

#: Seconds for which a message is held after the SMSC said that it takes none now.
THROTTLED_SECONDS = 1.0
#: Of statuses that are used by name.
OK, RINVMSGLEN, RINVCMDID, RINVBNDSTS, RX_T_APPN, RX_R_APPN = 0x0, 0x1, 0x3, 0x4, 0x64, 0x66

_REFUSED, _THROTTLED, _ACCOUNT, _AMBIGUOUS = Kind.REFUSED, Kind.THROTTLED, Kind.UNAUTHORIZED, Kind.AMBIGUOUS


class Status(NamedTuple):
    """What a status is called, what it says, and what it means for a submit_sm."""

    name: str
    words: str
    kind: Kind


STATUSES = {
    0x001: Status("ESME_RINVMSGLEN", "message length is invalid", _REFUSED),
    0x002: Status("ESME_RINVCMDLEN", "command length is invalid", _REFUSED),
    0x003: Status("ESME_RINVCMDID", "invalid command ID", _REFUSED),
    # The session is not what we think; the message was not looked at, and the session is opened again.
    0x004: Status("ESME_RINVBNDSTS", "incorrect bind status for this command", _THROTTLED),
    0x005: Status("ESME_RALYBND", "already bound", _AMBIGUOUS),
    0x006: Status("ESME_RINVPRTFLG", "invalid priority flag", _REFUSED),
    0x007: Status("ESME_RINVREGDLVFLG", "invalid registered delivery flag", _REFUSED),
    0x008: Status("ESME_RSYSERR", "system error", _AMBIGUOUS),
    0x00A: Status("ESME_RINVSRCADR", "invalid source address", _REFUSED),
    0x00B: Status("ESME_RINVDSTADR", "invalid destination address", _REFUSED),
    0x00C: Status("ESME_RINVMSGID", "message ID is invalid", _AMBIGUOUS),
    0x00D: Status("ESME_RBINDFAIL", "bind failed", _ACCOUNT),
    0x00E: Status("ESME_RINVPASWD", "invalid password", _ACCOUNT),
    0x00F: Status("ESME_RINVSYSID", "invalid system ID", _ACCOUNT),
    0x011: Status("ESME_RCANCELFAIL", "cancel_sm failed", _AMBIGUOUS),
    0x013: Status("ESME_RREPLACEFAIL", "replace_sm failed", _AMBIGUOUS),
    0x014: Status("ESME_RMSGQFUL", "message queue full", _THROTTLED),
    0x015: Status("ESME_RINVSERTYP", "invalid service type", _REFUSED),
    0x033: Status("ESME_RINVNUMDESTS", "invalid number of destinations", _REFUSED),
    0x034: Status("ESME_RINVDLNAME", "invalid distribution list name", _REFUSED),
    0x040: Status("ESME_RINVDESTFLAG", "destination flag is invalid", _REFUSED),
    0x042: Status("ESME_RINVSUBREP", "invalid submit with replace request", _REFUSED),
    0x043: Status("ESME_RINVESMCLASS", "invalid esm_class", _REFUSED),
    0x044: Status("ESME_RCNTSUBDL", "cannot submit to distribution list", _REFUSED),
    0x045: Status("ESME_RSUBMITFAIL", "submit_sm failed", _REFUSED),
    0x048: Status("ESME_RINVSRCTON", "invalid source address TON", _REFUSED),
    0x049: Status("ESME_RINVSRCNPI", "invalid source address NPI", _REFUSED),
    0x050: Status("ESME_RINVDSTTON", "invalid destination address TON", _REFUSED),
    0x051: Status("ESME_RINVDSTNPI", "invalid destination address NPI", _REFUSED),
    0x053: Status("ESME_RINVSYSTYP", "invalid system_type", _ACCOUNT),
    0x054: Status("ESME_RINVREPFLAG", "invalid replace_if_present flag", _REFUSED),
    0x055: Status("ESME_RINVNUMMSGS", "invalid number of messages", _REFUSED),
    0x058: Status("ESME_RTHROTTLED", "throttled: over the allowed rate", _THROTTLED),
    0x061: Status("ESME_RINVSCHED", "invalid scheduled delivery time", _REFUSED),
    0x062: Status("ESME_RINVEXPIRY", "invalid validity period", _REFUSED),
    0x063: Status("ESME_RINVDFTMSGID", "predefined message is invalid or not found", _REFUSED),
    0x064: Status("ESME_RX_T_APPN", "temporary error of the receiver", _THROTTLED),
    0x065: Status("ESME_RX_P_APPN", "permanent error of the receiver", _REFUSED),
    0x066: Status("ESME_RX_R_APPN", "rejected by the receiver", _REFUSED),
    0x067: Status("ESME_RQUERYFAIL", "query_sm failed", _AMBIGUOUS),
    0x0C0: Status("ESME_RINVOPTPARSTREAM", "error in the optional part", _REFUSED),
    0x0C1: Status("ESME_ROPTPARNOTALLWD", "optional parameter not allowed", _REFUSED),
    0x0C2: Status("ESME_RINVPARLEN", "invalid parameter length", _REFUSED),
    0x0C3: Status("ESME_RMISSINGOPTPARAM", "expected optional parameter missing", _REFUSED),
    0x0C4: Status("ESME_RINVOPTPARAMVAL", "invalid optional parameter value", _REFUSED),
    0x0FE: Status("ESME_RDELIVERYFAILURE", "delivery failure", _REFUSED),
    0x0FF: Status("ESME_RUNKNOWNERR", "unknown error", _AMBIGUOUS),
    # SMPP 5.0, 4.7.6, which servers of 3.4 use as well.
    0x100: Status("ESME_RSERTYPUNAUTH", "not authorised to use this service type", _ACCOUNT),
    0x101: Status("ESME_RPROHIBITED", "prohibited from using this operation", _ACCOUNT),
    0x102: Status("ESME_RSERTYPUNAVAIL", "service type is unavailable", _THROTTLED),
    0x103: Status("ESME_RSERTYPDENIED", "service type is denied", _ACCOUNT),
    0x104: Status("ESME_RINVDCS", "invalid data coding", _REFUSED),
    0x105: Status("ESME_RINVSRCADDRSUBUNIT", "invalid source address subunit", _REFUSED),
    0x106: Status("ESME_RINVDSTADDRSUBUNIT", "invalid destination address subunit", _REFUSED),
    0x107: Status("ESME_RINVBCASTFREQINT", "invalid broadcast frequency interval", _AMBIGUOUS),
    0x108: Status("ESME_RINVBCASTALIAS_NAME", "invalid broadcast alias name", _AMBIGUOUS),
    0x109: Status("ESME_RINVBCASTAREAFMT", "invalid broadcast area format", _AMBIGUOUS),
    0x10A: Status("ESME_RINVNUMBCAST_AREAS", "invalid number of broadcast areas", _AMBIGUOUS),
    0x10B: Status("ESME_RINVBCASTCNTTYPE", "invalid broadcast content type", _AMBIGUOUS),
    0x10C: Status("ESME_RINVBCASTMSGCLASS", "invalid broadcast message class", _AMBIGUOUS),
    0x10D: Status("ESME_RBCASTFAIL", "broadcast_sm failed", _AMBIGUOUS),
    0x10E: Status("ESME_RBCASTQUERYFAIL", "query_broadcast_sm failed", _AMBIGUOUS),
    0x10F: Status("ESME_RBCASTCANCELFAIL", "cancel_broadcast_sm failed", _AMBIGUOUS),
    0x110: Status("ESME_RINVBCAST_REP", "invalid number of repeated broadcasts", _AMBIGUOUS),
    0x111: Status("ESME_RINVBCASTSRVGRP", "invalid broadcast service group", _AMBIGUOUS),
    0x112: Status("ESME_RINVBCASTCHANIND", "invalid broadcast channel indicator", _AMBIGUOUS),
    # Infobip's (its SMPP specification, command status).
    0x022: Status("INFOBIP_NETWORK_NOT_COVERED", "network not covered", _REFUSED),
    0x09F: Status("INFOBIP_INVALID_OPTION", "invalid optional parameter length", _REFUSED),
    0x4A1: Status("INFOBIP_SYSTEM_ERROR", "system error or channel disabled", _AMBIGUOUS),
}  # fmt: skip
#: The SMSC itself has failed: they feed the breaker as a 5xx does.
_SERVER_ERRORS = frozenset((0x008, 0x0FF, 0x4A1))
#: A bind that fails with one of them is refused to our account; with any other the SMSC may take it later. Addresses
#: are part of a bind (5.2.7).
_BIND_REFUSED = frozenset((0x00D, 0x00E, 0x00F, 0x053, 0x0FE, 0x100, 0x101, 0x103, 0x003, 0x048, 0x049))


def submit_outcome(status: int, settings: Settings) -> Outcome:
    """The outcome of a submit_sm that was answered with ``status``, which is not 0."""
    known = STATUSES.get(status)
    kind = known.kind if known else _AMBIGUOUS
    if status in settings.account_codes:
        kind = _ACCOUNT
    elif status in settings.throttle_codes:
        kind = _THROTTLED
    elif status in settings.refused_codes:
        kind = _REFUSED
    return Outcome(
        kind=kind, code=_code(status), detail=clean_words(_words(status)), answered=True,
        retry_after=THROTTLED_SECONDS if kind is _THROTTLED else None,
        server_error=kind is _AMBIGUOUS and status in _SERVER_ERRORS,
    )  # fmt: skip


def bind_outcome(status: int) -> Outcome:
    """The outcome of messages that wait for a bind which was answered with ``status``, which is not 0."""
    refused = status in _BIND_REFUSED
    return Outcome(
        kind=_ACCOUNT if refused else Kind.NOT_SENT, code=_code(status), answered=refused,
        detail=clean_words(f"the bind was answered with {_words(status)}"), transport_failure=not refused,
    )  # fmt: skip


def _code(status: int) -> str:
    return f"smpp_{status:#x}"


def _words(status: int) -> str:
    known = STATUSES.get(status)
    return f"{known.name}: {known.words}" if known else f"status {status:#010x}"
