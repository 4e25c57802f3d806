"""What a request asks the simulator for: a message by Probe or by a provider's protocol, or anything else."""

import time
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import unquote

import orjson

from vestnik.simulator import answers
from vestnik.simulator.behaviour import Behaviour
from vestnik.simulator.bills import Bill, count_parts
from vestnik.simulator.protocols import PROTOCOLS
from vestnik.simulator.protocols.probe import PROBE_RECEIPTS
from vestnik.simulator.protocols.protocol import Asked, Sms, SmsProtocol, read_form
from vestnik.simulator.state import Gateway

_INT64 = 2**63


class Exchange(Protocol):
    """A request for a message. ``key``: its id in the counts. ``success``: the whole answer that it was taken."""

    @property
    def key(self) -> int:
        """Its id in the counts."""

    @property
    def success(self) -> bytes:
        """The whole answer."""

    def deliver(self) -> None:
        """Deliver the message."""

    def fault_answer(self, fault: str, behaviour: Behaviour) -> bytes | None:
        """The answer for a fault; None: there is none."""


@dataclass(slots=True)
class ProbeExchange:
    """A message by Probe. ``values``: what its body says."""

    gateway: Gateway
    key: int
    values: dict[str, Any]

    @property
    def success(self) -> bytes:
        """Always the same bytes."""
        return answers.OK

    def deliver(self) -> None:
        """Count a delivery. A repeated id is delivered again only if the behaviour says so. Receipts follow by plan."""
        gateway = self.gateway
        again = not gateway.counts.deliver(self.key, idempotent=gateway.behaviour.idempotent)
        receipts = bool(gateway.postman.plan.url)
        if again or not (gateway.bills_of_probe or receipts):
            return
        phone, text = str(self.values["phone"]), self.values["text"]
        bill = Bill("probe", str(self.key), self.key, phone, text, count_parts(text), time.time())
        gateway.bills.add(bill)
        if receipts:
            sms = Sms(phone=phone, text=text, provider_id=bill.provider_id, message=self.key, extra={})
            gateway.postman.delivered(PROBE_RECEIPTS, sms, bill)

    def fault_answer(self, fault: str, behaviour: Behaviour) -> bytes | None:
        """As the contract has it."""
        return answers.fault_answer(fault, behaviour)


@dataclass(slots=True)
class ProviderExchange:
    """A message by a provider's protocol. Providers know no repeated id: each request that is taken is delivered.

    The counts know it by our id where the request has one, else by its phone.
    """

    gateway: Gateway
    protocol: SmsProtocol
    sms: Sms

    @property
    def key(self) -> int:
        """Our id, or the phone."""
        return self.sms.message or int(self.sms.phone)

    @property
    def success(self) -> bytes:
        """As the provider answers."""
        status, body = self.protocol.accepted(self.sms, count_parts(self.sms.text))
        return answers.answer(status, body)

    def deliver(self) -> None:
        """Count a delivery, charge for it and plan its receipts."""
        gateway, sms = self.gateway, self.sms
        if sms.free:
            return
        gateway.counts.deliver(self.key, idempotent=False)
        parts = count_parts(sms.text)
        bill = Bill(self.protocol.name, sms.provider_id, sms.message, sms.phone, sms.text, parts, time.time())
        gateway.bills.add(bill)
        gateway.postman.delivered(self.protocol, sms, bill)

    def fault_answer(self, fault: str, behaviour: Behaviour) -> bytes | None:
        """The provider's own, where it has one."""
        own = self.protocol.fault(fault, self.sms)
        if own is not None:
            return own
        odd = answers.odd_answer(fault, *self.protocol.accepted(self.sms, count_parts(self.sms.text)))
        return odd or answers.fault_answer(fault, behaviour)


def read_exchange(
    gateway: Gateway, method: str, target: bytes, body: bytes, *, authorization: bytes, fault: str | None
) -> Exchange | tuple[bytes, str]:
    """Return the message that a request asks to send; or the answer to any other request, and the answer's name."""
    path, _, query = target.partition(b"?")
    base, _, identifier = path.rpartition(b"/")
    if base.endswith(b"/send") and identifier.isdigit():
        return _read_probe(gateway, method, int(identifier), body, authorization)
    protocol = PROTOCOLS.get(path.split(b"/", 2)[1].decode("latin-1")) if path.count(b"/") > 1 else None
    if protocol is None:
        return answers.NOT_FOUND, "not_found"
    asked = Asked(
        method=method, path=unquote("/" + path.split(b"/", 2)[2].decode("latin-1")), body=body,
        form=read_form(query.decode("latin-1"), body), authorization=authorization.decode("latin-1"),
        good=lambda password: gateway.verifier.is_password(password, time.time()),
    )  # fmt: skip
    found = protocol.read(asked, gateway.bills)
    if isinstance(found, Sms):
        return ProviderExchange(gateway, protocol, found)
    trouble = None if fault is None else protocol.fault(fault, None)
    return (trouble, fault or "") if trouble else (found, "asked")


def _read_probe(
    gateway: Gateway, method: str, message: int, body: bytes, authorization: bytes
) -> Exchange | tuple[bytes, str]:
    if method != "POST":
        return answers.NOT_ALLOWED, "not_allowed"
    if not gateway.verifier.accepts(authorization, time.time()):
        return answers.NO_TOKEN, "no_token"
    values = _good_body(body, message)
    return (answers.WRONG_BODY, "wrong_body") if values is None else ProbeExchange(gateway, message, values)


def _good_body(body: bytes, message: int) -> dict[str, Any] | None:
    """Return the body if it is ``{"id": <the path's>, "phone": <int64>, "text": "<string>"}``."""
    try:
        values = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(values, dict):
        return None
    phone = values.get("phone")
    good = (
        type(values.get("id")) is int  # true is an int to isinstance()
        and values["id"] == message
        and message < _INT64
        and type(phone) is int
        and 0 < phone < _INT64
        and isinstance(values.get("text"), str)
    )
    return values if good else None
