"""The simulator's SMSC as clients see it: ours, and one that was not written here (smpp34)."""

import asyncio
from collections.abc import Iterator

import pytest
import smpp34

from harness.simulator import running_simulator
from harness.simulator_client import SimulatorClient
from tests.smpp.cast import PHONE, channel, sent, until
from vestnik.cluster.processes import wait_for
from vestnik.gateways.adapter import Fate, Receipt
from vestnik.gateways.outcome import Kind
from vestnik.gateways.smpp import SmppChannel
from vestnik.gateways.smpp.arrivals import Arrival
from vestnik.smpp.fields import Bind
from vestnik.smpp.texts import LongTexts

SECRET = "a-secret-of-the-simulator-that-is-long-enough"
BIND = Bind("vestnik", SECRET, "")
LONG = "Съешь же ещё этих мягких французских булок, да выпей чаю. " * 5


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatorClient]:
    with running_simulator(tmp_path_factory.mktemp("smpp"), "--smpp-port", "0", secret=SECRET) as client:
        yield client


@pytest.fixture
def simulator(process: SimulatorClient) -> Iterator[SimulatorClient]:
    process.reset()
    yield process
    process.reset()


def receipts(opened: SmppChannel, number: int) -> list[Arrival]:
    found: list[Arrival] = []
    until(opened, lambda: found.extend(opened.received()) or len(found) >= number)
    return found


def test_a_message_its_bill_and_its_receipts(simulator: SimulatorClient) -> None:
    with channel(simulator.smpp_port, bind=BIND) as opened:
        (answer,) = sent(opened, "hello")
        assert answer.outcome.kind is Kind.SUCCESS
        found = receipts(opened, 2)
        opened.acknowledge(each.token for each in found)
        until(opened, lambda: simulator.receipt_counts()["kept"] == 2)
    (bill,) = simulator.bills()
    assert (bill["protocol"], bill["phone"], bill["text"], bill["parts"]) == ("smpp", str(PHONE), "hello", 1)
    assert answer.outcome.provider_ids == (bill["provider_id"],)
    what = [each.what for each in found if isinstance(each.what, Receipt)]
    assert {receipt.provider_id for receipt in what} == {bill["provider_id"]}
    assert {receipt.fate for receipt in what} == {Fate.ON_ITS_WAY, Fate.DELIVERED}
    assert simulator.totals()["accepted"] == 1


@pytest.mark.parametrize("long_texts", LongTexts)
def test_a_long_text_is_one_bill(simulator: SimulatorClient, long_texts: LongTexts) -> None:
    with channel(simulator.smpp_port, bind=BIND, long_texts=long_texts) as opened:
        (answer,) = sent(opened, LONG)
    (bill,) = simulator.bills()
    assert bill["text"] == LONG
    assert bill["parts"] == len(answer.outcome.provider_ids)


@pytest.mark.parametrize(("fault", "kind"), [
    ("400", Kind.REFUSED), ("404", Kind.REFUSED), ("code", Kind.REFUSED), ("401", Kind.UNAUTHORIZED),
    ("403", Kind.UNAUTHORIZED), ("funds", Kind.UNAUTHORIZED), ("429", Kind.THROTTLED), ("500", Kind.AMBIGUOUS),
    ("503", Kind.AMBIGUOUS), ("hang", Kind.AMBIGUOUS), ("reset", Kind.AMBIGUOUS), ("reset_mid", Kind.AMBIGUOUS),
    ("garbage", Kind.AMBIGUOUS), ("empty", Kind.AMBIGUOUS), ("drop", Kind.AMBIGUOUS), ("drip", Kind.SUCCESS),
])  # fmt: skip
@pytest.mark.parametrize("taken", [0, 1])
def test_faults(simulator: SimulatorClient, fault: str, kind: Kind, taken: int) -> None:
    simulator.faults(shares={fault: 1}, taken=taken)
    with channel(simulator.smpp_port, bind=BIND) as opened:
        until(opened, lambda: opened.is_bound)
        # Nothing else is waited for until the time is over.
        (answer,) = sent(opened, "x", timeout=0.5 if fault == "hang" else 20)
    assert answer.outcome.kind is kind
    delivered = {Kind.SUCCESS: 1, Kind.AMBIGUOUS: taken if fault != "drop" else 0}.get(kind, 0)
    assert simulator.totals()["delivered"] == delivered
    assert len(list(simulator.bills())) == delivered


def test_a_wrong_password(simulator: SimulatorClient) -> None:
    with channel(simulator.smpp_port) as opened:
        (answer,) = sent(opened, "x")
    assert (answer.outcome.kind, answer.outcome.code) == (Kind.UNAUTHORIZED, "smpp_0xe")


def test_it_refuses_and_comes_back(simulator: SimulatorClient) -> None:
    with channel(simulator.smpp_port, bind=BIND, registered_delivery=0) as opened:
        assert sent(opened, "x")[0].outcome.kind is Kind.SUCCESS
        with simulator.refusing():
            assert sent(opened, "x")[0].outcome.kind is Kind.SUCCESS  # open sessions have one more answer
            until(opened, lambda: not opened.is_bound)  # and are closed after it
            assert sent(opened, "x")[0].outcome.kind is Kind.NOT_SENT
        until(opened, lambda: opened.is_bound)
        assert sent(opened, "x")[0].outcome.kind is Kind.SUCCESS


def test_a_receipt_that_is_not_acknowledged_goes_to_the_next_session(simulator: SimulatorClient) -> None:
    simulator.receipts(on_its_way=False)
    with channel(simulator.smpp_port, bind=BIND) as opened:
        sent(opened, *("x" for _ in range(10)))
        first = receipts(opened, 10)
        opened.acknowledge(each.token for each in first[:3])
        until(opened, lambda: simulator.receipt_counts()["kept"] == 3)
    with channel(simulator.smpp_port, bind=BIND) as opened:
        again = receipts(opened, 7)
        opened.acknowledge(each.token for each in again)
        until(opened, lambda: simulator.receipt_counts()["kept"] == 10)
    assert [each.what for each in again] == [each.what for each in first[3:]]


def test_a_client_that_takes_no_more_is_asked_again(simulator: SimulatorClient) -> None:
    simulator.receipts(on_its_way=False)
    with channel(simulator.smpp_port, bind=BIND, max_unacknowledged=3) as opened:
        sent(opened, *("x" for _ in range(10)))
        kept: list[object] = []

        def take() -> bool:
            found = opened.received()
            kept.extend(each.what for each in found)
            opened.acknowledge(each.token for each in found)
            return simulator.receipt_counts()["kept"] == 10

        until(opened, take)
    assert len(set(kept)) == 10


def test_a_foreign_client_sends_and_gets_its_receipt(simulator: SimulatorClient) -> None:
    async def play() -> tuple[smpp34.SubmitSmResp, smpp34.DeliverSmEvent]:
        client = smpp34.Client("127.0.0.1", simulator.smpp_port, "rust", SECRET[:8], bind_type="TRX")
        session = await client.connect()
        answer = await session.submit_sm(
            "79000000007", "Привет".encode("utf-16-be"), source_addr="Vestnik", data_coding=8, registered_delivery=1
        )
        event = await asyncio.wait_for(session.next(), 20)
        await session.unbind()
        return answer, event

    simulator.receipts(on_its_way=False)
    answer, event = asyncio.run(play())
    assert answer.is_success
    (bill,) = simulator.bills()
    assert (bill["text"], bill["phone"], bill["provider_id"]) == ("Привет", "79000000007", answer.message_id)
    assert (event.esm_class, event.source_addr, event.destination_addr) == (4, "79000000007", "Vestnik")
    assert b"stat:DELIVRD" in event.short_message
    wait_for(lambda: simulator.receipt_counts()["kept"] == 1, seconds=10)
