"""Columns, constraints and enums of the ledger; no behaviour."""

from vestnik.models.account import AuditEntry, Language, Login, Role, User
from vestnik.models.api_key import ApiKey
from vestnik.models.client import Client, StoppedPhone
from vestnik.models.gateway_state import Breaker, GatewayState, ReportSent
from vestnik.models.heartbeat import Heartbeat
from vestnik.models.identity import LedgerIdentity
from vestnik.models.imports import (
    ImportJob,
    ImportMode,
    ImportPiece,
    ImportRefusal,
    ImportState,
    ImportWarnedRow,
    OnError,
)
from vestnik.models.known_place import KnownPlace
from vestnik.models.mailing import Batch, Mailing
from vestnik.models.message import Message
from vestnik.models.progress import BatchOutcomes, Progress, TotalsCheck
from vestnik.models.remembered import RememberedRequest
from vestnik.models.states import (
    LIVE_STATES,
    MAILING_TRANSITIONS,
    MESSAGE_STATES,
    MESSAGE_STATUSES,
    MESSAGE_TRANSITIONS,
    NO_SUCCESS,
    SENDING,
    STATE_WORDS,
    STATUS_OF_STATE,
    BatchState,
    MailingState,
    MessageState,
    PauseCode,
    states_that_lead_to,
)
from vestnik.models.tries import Tries

__all__ = [
    "LIVE_STATES",
    "MAILING_TRANSITIONS",
    "MESSAGE_STATES",
    "MESSAGE_STATUSES",
    "MESSAGE_TRANSITIONS",
    "NO_SUCCESS",
    "SENDING",
    "STATE_WORDS",
    "STATUS_OF_STATE",
    "ApiKey",
    "AuditEntry",
    "Batch",
    "BatchOutcomes",
    "BatchState",
    "Breaker",
    "Client",
    "GatewayState",
    "Heartbeat",
    "ImportJob",
    "ImportMode",
    "ImportPiece",
    "ImportRefusal",
    "ImportState",
    "ImportWarnedRow",
    "KnownPlace",
    "Language",
    "LedgerIdentity",
    "Login",
    "Mailing",
    "MailingState",
    "Message",
    "MessageState",
    "OnError",
    "PauseCode",
    "Progress",
    "RememberedRequest",
    "ReportSent",
    "Role",
    "StoppedPhone",
    "TotalsCheck",
    "Tries",
    "User",
    "states_that_lead_to",
]
