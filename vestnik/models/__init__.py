"""Columns, constraints and enums of the ledger; no behaviour."""

from vestnik.models.account import AuditEntry, Language, Login, Role, User
from vestnik.models.api_key import ApiKey
from vestnik.models.attribute import Attribute, AttributeCount, AttributeType
from vestnik.models.client import LAST_DIGITS, Client, StoppedPhone
from vestnik.models.delivery import BatchDelivery, DeliveryCount, DeliveryKind
from vestnik.models.draft import Draft
from vestnik.models.gateway import DEFAULT_GATEWAY, BatchGateway, Gateway, Route, RouteShare
from vestnik.models.gateway_state import Breaker, GatewayMinute, GatewayPlaces, GatewayState, ReportSent
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
from vestnik.models.progress import BatchOutcomes, BatchParts, Progress, TotalsCheck
from vestnik.models.receipts import Inbound, ReceiptBody, ReceiptCount, ReceiptVerdict, StoredReceipt
from vestnik.models.remembered import RememberedRequest
from vestnik.models.segment import Segment
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
    MailingKind,
    MailingState,
    MessageState,
    OnMissing,
    PauseCode,
    states_that_lead_to,
)
from vestnik.models.template import Template
from vestnik.models.tries import Tries
from vestnik.models.webhooks import (
    MESSAGE_EVENTS,
    DisabledCode,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
    WebhookEventType,
    WebhookOutcome,
)

__all__ = [
    "DEFAULT_GATEWAY",
    "LAST_DIGITS",
    "LIVE_STATES",
    "MAILING_TRANSITIONS",
    "MESSAGE_EVENTS",
    "MESSAGE_STATES",
    "MESSAGE_STATUSES",
    "MESSAGE_TRANSITIONS",
    "NO_SUCCESS",
    "SENDING",
    "STATE_WORDS",
    "STATUS_OF_STATE",
    "ApiKey",
    "Attribute",
    "AttributeCount",
    "AttributeType",
    "AuditEntry",
    "Batch",
    "BatchDelivery",
    "BatchGateway",
    "BatchOutcomes",
    "BatchParts",
    "BatchState",
    "Breaker",
    "Client",
    "DeliveryCount",
    "DeliveryKind",
    "DisabledCode",
    "Draft",
    "Gateway",
    "GatewayMinute",
    "GatewayPlaces",
    "GatewayState",
    "Heartbeat",
    "ImportJob",
    "ImportMode",
    "ImportPiece",
    "ImportRefusal",
    "ImportState",
    "ImportWarnedRow",
    "Inbound",
    "KnownPlace",
    "Language",
    "LedgerIdentity",
    "Login",
    "Mailing",
    "MailingKind",
    "MailingState",
    "Message",
    "MessageState",
    "OnError",
    "OnMissing",
    "PauseCode",
    "Progress",
    "ReceiptBody",
    "ReceiptCount",
    "ReceiptVerdict",
    "RememberedRequest",
    "ReportSent",
    "Role",
    "Route",
    "RouteShare",
    "Segment",
    "StoppedPhone",
    "StoredReceipt",
    "Template",
    "TotalsCheck",
    "Tries",
    "User",
    "WebhookAttempt",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WebhookEvent",
    "WebhookEventType",
    "WebhookOutcome",
    "states_that_lead_to",
]
