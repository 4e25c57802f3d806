"""Gateways with certificates and a proxy of their own send beside others, in one process, each over its own way."""

import base64
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.gateways import add_route
from harness.sending import until
from harness.simulator import running_simulator
from harness.simulator_client import SimulatorClient
from tests.dispatch.test_weights import fill
from tests.gateways.certificates import Authority, server
from tests.gateways.front import Front, proxy_front, tls_front
from tests.gateways.parts import parts
from vestnik.db.connection import Connection
from vestnik.dispatch.trial import send_trial
from vestnik.models import Gateway
from vestnik.routing.check import check_gateway
from vestnik.routing.edits import create_gateway
from vestnik.routing.find import lock_gateway
from vestnik.routing.switches import enable_gateway
from vestnik.routing.values import GatewayFields
from vestnik.workers.sending import Sending

LOGIN, PASSWORD = "vestnik", "hush: at the proxy"
BASIC = "Basic " + base64.b64encode(f"{LOGIN}:{PASSWORD}".encode()).decode()
PHONE = 79_110_000_001


@pytest.fixture
def other(tmp_path: Path) -> Iterator[SimulatorClient]:
    with running_simulator(tmp_path) as running:
        yield running


def made(name: str, simulator: SimulatorClient, port: int, **settings: str) -> Gateway:
    """A gateway that trusts only who is named in its settings."""
    given = {"url": f"https://localhost:{port}", "token": simulator.token, **settings}
    return create_gateway(fields=GatewayFields(name=name, kind="probe", settings=given, concurrency=8), actor=None)


def enabled(gateway: Gateway) -> Gateway:
    """Checked, tested and enabled, as people do it."""
    from django.db import transaction

    found = check_gateway(gateway=gateway, actor=None)
    assert found.good, found.words
    trial = send_trial(gateway=gateway, phone=PHONE, text="x", actor=None)
    assert trial.is_good, trial.outcome
    with transaction.atomic():
        return enable_gateway(gateway=lock_gateway(name=gateway.name), actor=None)


def requests(*simulators: SimulatorClient) -> list[int]:
    return [each.totals()["requests"] for each in simulators]


def test_one_with_certificate_and_proxy_and_one_without_send_in_one_process(
    ledger: Connection, simulator: SimulatorClient, other: SimulatorClient, tmp_path: Path
) -> None:
    ours, theirs = (Authority(tmp_path / name, name) for name in ("ours", "theirs") if not (tmp_path / name).mkdir())
    asking = server(ours.certificate("localhost"), verify_mode=ssl.CERT_REQUIRED)
    asking.load_verify_locations(ours.file)
    plain = server(theirs.certificate("localhost"))
    certificate, key = parts(ours.certificate("vestnik of the bank"))
    with (
        tls_front(_port(simulator), asking) as secured, tls_front(_port(other), plain) as usual,
        proxy_front(BASIC) as proxy,
    ):  # fmt: skip
        way: dict[str, Any] = {
            "ca_certificates": ours.file.read_text(), "client_certificate": certificate, "client_key": key,
            "proxy": f"http://127.0.0.1:{proxy.port}", "proxy_login": LOGIN, "proxy_password": PASSWORD,
        }  # fmt: skip
        bank = enabled(made("bank", simulator, secured.port, **way))
        shop = enabled(made("shop", other, usual.port, ca_certificates=theirs.file.read_text()))
        _refused(simulator, secured, way)
        before = requests(simulator, other)
        _send(ledger, bank, shop)
    after = requests(simulator, other)
    taken = [now - then for now, then in zip(after, before, strict=True)]
    assert sum(taken) == 2_000
    assert min(taken) > 0
    assert set(secured.clients) == {"vestnik of the bank"}
    assert set(usual.clients) == {""}
    assert {head.split()[1] for head in proxy.heads} == {f"localhost:{secured.port}"}


def _refused(simulator: SimulatorClient, secured: Front, way: dict[str, str]) -> None:
    """The same gateway with one thing missing: the check says which, and nobody is sent anything."""
    for missing, said in (
        ("ca_certificates", "not trusted"), ("client_certificate", "connection"), ("proxy_password", "proxy"),
    ):  # fmt: skip
        needs = {"client_certificate": "client_key"}
        left = {name: value for name, value in way.items() if name not in (missing, needs.get(missing))}
        gateway = made(f"without-{missing.split('_')[0]}", simulator, secured.port, **left)
        found = check_gateway(gateway=gateway, actor=None)
        assert (found.good, said in found.words) == (False, True), found.words
        assert not send_trial(gateway=gateway, phone=PHONE, text="x", actor=None).is_good


def _send(ledger: Connection, *gateways: Gateway) -> None:
    fill(ledger, add_route(ledger, [each.id for each in gateways]), batches=20)
    process = Sending("here:1")
    process.start()
    try:
        until(lambda: not ledger.execute("SELECT FROM vestnik_batch WHERE state <> 'done'").fetchall(), seconds=60)
    finally:
        process.stop()
        process.join(20)


def _port(simulator: SimulatorClient) -> int:
    return int(simulator.base_url.rpartition(":")[2])
