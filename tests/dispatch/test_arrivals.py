"""What arrives over a gateway's session is acknowledged once it is committed, and not before."""

from collections.abc import Iterable
from typing import Any

import psycopg

from harness.fake_transport import FakeGateway, FakeTransport
from vestnik.cluster.processes import wait_for
from vestnik.db.connection import Connection
from vestnik.dispatch.arrivals import Arriving
from vestnik.gateways.adapter import Fate, Inbound, Receipt
from vestnik.models import DEFAULT_GATEWAY, ReceiptBody
from vestnik.models import Inbound as KeptText

RECEIPT = Receipt(fate=Fate.DELIVERED, provider_id="a")
TEXT = Inbound(phone="79111234567", to="1234", text="STOP", provider_id="t")


class FakeSession(FakeTransport):
    """A channel over which things arrive when a test says so."""

    def __init__(self) -> None:
        super().__init__(1, FakeGateway())
        self.arrived: list[tuple[int, Any]] = []
        self.acknowledged: list[int] = []
        self.kept_before: list[int] = []

    def received(self) -> list[tuple[int, Any]]:
        arrived, self.arrived = self.arrived, []
        return arrived

    def acknowledge(self, tokens: Iterable[int]) -> None:
        receipts = sum(len(body.fates) for body in ReceiptBody.objects.all())
        self.kept_before.append(receipts + KeptText.objects.count())
        self.acknowledged += tokens


def arriving(session: FakeTransport, on_connect: Any = lambda _: None) -> Arriving:
    channel: Any = session
    return Arriving(channel, gateway=DEFAULT_GATEWAY, name="test", on_connect=on_connect)


def test_what_arrives_is_committed_and_then_acknowledged(ledger: Connection) -> None:
    del ledger
    session = FakeSession()
    session.arrived = [(1, RECEIPT), (2, TEXT), (0, RECEIPT)]
    taking = arriving(session)
    taking.step()
    assert wait_for(lambda: taking.step() or bool(session.acknowledged), seconds=10)
    taking.close()
    assert session.acknowledged == [1, 2]
    assert session.kept_before == [3]
    assert not taking.has_news


def test_nothing_is_acknowledged_while_the_ledger_is_away_and_nothing_is_lost(ledger: Connection) -> None:
    tries = []

    def away_at_first(_: Connection) -> None:
        tries.append(1)
        if len(tries) < 3:
            raise psycopg.OperationalError("away")

    session = FakeSession()
    session.arrived = [(1, RECEIPT)]
    taking = arriving(session, away_at_first)
    assert wait_for(lambda: taking.step() or bool(session.acknowledged), seconds=10)
    taking.close()
    assert len(tries) == 3
    assert ledger.execute("SELECT count(*) FROM vestnik_receipt_body").fetchone() == (1,)


def test_a_channel_without_a_session_is_left_alone(ledger: Connection) -> None:
    del ledger
    taking = arriving(FakeTransport(1, FakeGateway()))
    taking.step()
    taking.close()
    assert not taking.has_news
