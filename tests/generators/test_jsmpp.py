"""A session with an SMSC that was not written here: the simulator of jsmpp (Java), fetched by Maven.

It takes one account ("j", "jpwd"), greets each session with a text, and sends a receipt for each message.
"""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.generators.test_real_generators import HERE, fetch
from tests.programs import needed
from tests.smpp.cast import channel, sent, until
from tests.sockets import closed_port
from vestnik.cluster.processes import wait_for
from vestnik.gateways.adapter import Fate, Inbound, Receipt
from vestnik.gateways.outcome import Kind
from vestnik.gateways.smpp.arrivals import Arrival
from vestnik.gateways.smpp.settings import Ids
from vestnik.smpp.fields import Bind
from vestnik.smpp.texts import LongTexts

pytestmark = [pytest.mark.clients, pytest.mark.timeout(600)]

BIND = Bind("j", "jpwd", "")
LONG = "Съешь же ещё этих мягких французских булок, да выпей чаю. " * 5


@pytest.fixture(scope="module")
def jars(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with jsmpp's simulator and what it needs."""
    folder = tmp_path_factory.mktemp("jsmpp")
    shutil.copy(HERE / "jsmpp/pom.xml", folder)
    maven = needed("mvn", package="maven")
    fetch(maven, "-B", "-q", "dependency:copy-dependencies", "-DoutputDirectory=jars", folder=folder)
    return folder / "jars"


@pytest.fixture
def port(jars: Path, tmp_path: Path) -> Iterator[int]:
    """Where a new simulator listens."""
    found, log = closed_port(), tmp_path / "jsmpp.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [needed("java", package="default-jdk-headless"), f"-Djsmpp.simulator.port={found}", "-cp", f"{jars}/*",
             "org.jsmpp.examples.SMPPServerSimulator"],
            stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        wait_for(lambda: "Listening on port" in log.read_text(), seconds=60)
        yield found
    finally:
        process.kill()
        process.wait()


def test_messages_are_taken_and_their_receipts_name_them(port: int) -> None:
    with channel(port, bind=BIND, window=20, response_ids=Ids.HEX, receipt_ids=Ids.DECIMAL) as opened:
        answers = sent(opened, *(f"hello {number}" for number in range(20)), LONG)
        assert {answer.outcome.kind for answer in answers} == {Kind.SUCCESS}
        ids = {identifier for answer in answers for identifier in answer.outcome.provider_ids}
        found: list[Arrival] = []

        def all_there() -> bool:
            fresh = opened.received()
            opened.acknowledge(each.token for each in fresh)
            found.extend(fresh)
            return len({each.what.provider_id for each in found if isinstance(each.what, Receipt)}) == len(ids)

        until(opened, all_there, seconds=60)
    receipts = [each.what for each in found if isinstance(each.what, Receipt)]
    assert {receipt.provider_id for receipt in receipts} == ids
    assert {receipt.fate for receipt in receipts} == {Fate.DELIVERED}
    assert [each.what.text for each in found if isinstance(each.what, Inbound)] == ["Hello World"]


@pytest.mark.parametrize("long_texts", LongTexts)
def test_a_long_text_is_taken_in_each_form(port: int, long_texts: LongTexts) -> None:
    with channel(port, bind=BIND, long_texts=long_texts, registered_delivery=0) as opened:
        (answer,) = sent(opened, LONG)
    assert answer.outcome.kind is Kind.SUCCESS


@pytest.mark.parametrize("bind", [Bind("j", "wrong", ""), Bind("somebody", "jpwd", "")])
def test_another_account_is_refused(port: int, bind: Bind) -> None:
    with channel(port, bind=bind) as opened:
        (answer,) = sent(opened, "x")
    assert answer.outcome.kind is Kind.UNAUTHORIZED
    assert answer.outcome.code in {"smpp_0xd", "smpp_0xe", "smpp_0xf"}
