"""A provider that allows one session: one dispatcher of all hosts has it, and nobody tries to open a second one."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from psycopg.types.json import Jsonb

from harness.cast import as_user, browser_of, person
from harness.gateways import add_gateway, add_route, change_gateway
from harness.rows import add_clients
from harness.sending import running, until
from harness.simulator import running_simulator
from harness.simulator_client import SimulatorClient
from harness.stepping import mailing, tick
from tests.smpp.test_simulator import SECRET
from vestnik.db.connection import Connection
from vestnik.dispatch.trial import send_trial
from vestnik.encryption import encrypt
from vestnik.errors import StateForbids
from vestnik.models import Gateway
from vestnik.routing.check import check_gateway
from vestnik.workers.gateway_settings import settings_of

HOSTS = ("one", "other")
TAKEN = "The provider allows 1 session, and our dispatchers use it"


@pytest.fixture(scope="module")
def smsc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatorClient]:
    with running_simulator(tmp_path_factory.mktemp("smpp"), "--smpp-port", "0", secret=SECRET) as client:
        yield client


@pytest.fixture
def one_bind(smsc: SimulatorClient) -> Iterator[SimulatorClient]:
    smsc.reset()
    smsc.faults(binds=1)
    yield smsc
    smsc.reset()


@pytest.fixture
def gateway(ledger: Connection, one_bind: SimulatorClient, settings: Any) -> Gateway:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    account = {"host": "127.0.0.1", "port": one_bind.smpp_port, "system_id": "vestnik", "sender": "Vestnik"}
    given = {**account, "sessions": 1}
    row = add_gateway(
        ledger, "operator", kind="smpp", settings=Jsonb(given), secrets=encrypt({"password": SECRET}), timeout=30
    )
    add_route(ledger, [row])
    return Gateway.objects.get(id=row)


def texts_at(smsc: SimulatorClient) -> int:
    return len(list(smsc.bills()))


def refused_binds(smsc: SimulatorClient) -> int:
    return int(smsc.totals()["by_answer"].get("no_session", 0))


def holder(ledger: Connection) -> str:
    """The host whose dispatcher has the session; empty: none."""
    rows = ledger.execute(
        "SELECT holder FROM vestnik_gatewayplaces WHERE places > 0 AND until > clock_timestamp()"
    ).fetchall()
    names = [host for (name,) in rows for host in HOSTS if f"{host} " in name]
    assert len(rows) == len(names) <= 1, rows
    return names[0] if names else ""


def send_to_all(ledger: Connection, smsc: SimulatorClient, count: int) -> None:
    before, made = texts_at(smsc), mailing()

    def is_built() -> bool:
        # A sweep gives way to a keeper's, which may have looked before the mailing was there; none of them builds.
        tick(ledger)
        made.refresh_from_db()
        return made.prepared_at is not None

    until(is_built)
    until(lambda: texts_at(smsc) == before + count, seconds=180)


def test_one_dispatcher_has_it_the_other_waits_and_takes_over(
    ledger: Connection, gateway: Gateway, one_bind: SimulatorClient
) -> None:
    add_clients(ledger, 20)
    with ExitStack() as stack:
        hosts = {}
        for host in HOSTS:
            found = settings_of(gateway, host)
            hosts[host] = stack.enter_context(ExitStack())
            hosts[host].enter_context(running(found))
        until(lambda: holder(ledger))
        first = holder(ledger)
        send_to_all(ledger, one_bind, 20)
        assert holder(ledger) == first
        # Nothing waits at the other one: all is sent, and it never tried to bind.
        assert (refused_binds(one_bind), one_bind.totals()["connections"]) == (0, 1)

        _nothing_is_opened_beside_it(gateway, one_bind)

        hosts[first].close()
        until(lambda: holder(ledger) not in ("", first))
        send_to_all(ledger, one_bind, 20)
        assert refused_binds(one_bind) == 0
    # No dispatcher has it any more: now it can be checked.
    assert check_gateway(gateway=gateway, actor=None).good
    assert send_trial(gateway=gateway, phone=79_110_000_001, text="A test", actor=None).is_good


def _nothing_is_opened_beside_it(gateway: Gateway, smsc: SimulatorClient) -> None:
    """A check and a test message say why not, and do not try: some providers would end the session that is open."""
    before = smsc.totals()["connections"]
    with pytest.raises(StateForbids, match=TAKEN):
        check_gateway(gateway=gateway, actor=None)
    with pytest.raises(StateForbids, match=TAKEN):
        send_trial(gateway=gateway, phone=79_110_000_001, text="A test", actor=None)
    anna = person("anna", "administrator")
    answer = as_user(anna).post("/gateways/operator/check")
    assert (answer.status_code, answer.json()["code"]) == (409, "state_forbids")
    assert "disable the gateway and try again in a minute" in answer.json()["detail"]
    page = browser_of(anna).post("/console/gateways/operator", {"do": "check"}, follow=True)
    assert TAKEN in page.text
    message = {"do": "test", "phone": "79110000001", "text": "A test"}
    tried = browser_of(anna).post("/console/gateways/operator", message)
    assert TAKEN in tried.text
    assert smsc.totals()["connections"] == before


def test_where_nobody_said_how_many_there_are_a_refused_check_says_that_it_may_be_taken(
    ledger: Connection, gateway: Gateway, one_bind: SimulatorClient
) -> None:
    change_gateway(ledger, gateway.id, settings=Jsonb({**gateway.settings, "sessions": None}))
    unlimited = Gateway.objects.get(id=gateway.id)
    found = settings_of(unlimited, "one")
    with running(found):
        until(lambda: one_bind.totals()["connections"] == 1)
        until(lambda: "may allow no more sessions" in check_gateway(gateway=unlimited, actor=None).words)
    assert refused_binds(one_bind) >= 1
