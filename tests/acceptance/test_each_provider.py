"""A whole cluster over each provider's protocol: a gateway is added over REST, a mailing goes over it, receipts return.

What became of each message is what the simulator's bills say, nothing went out twice, and the totals say so, too.
"""

import secrets
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from harness.cluster import Cluster
from harness.rest import TEXT, logged_in, post_mailing, statistics
from harness.rows import add_clients
from harness.simulator import running_simulator, sent_twice
from harness.simulator_client import SimulatorClient
from vestnik.cluster.processes import wait_for
from vestnik.cluster.rest import Rest
from vestnik.simulator.accounts import Account, receipts_plan, settings_for

#: Each kind with an operator code that no other test sends to. Messages: Exolve is asked about 20 a second.
CODES = {"smsc": 981, "smsru": 982, "exolve": 983, "twilio": 984, "http": 985, "smpp": 986}
MESSAGES = {"exolve": 60}
USUAL = 200
#: Longer than one part in UCS-2.
LONG = f"{TEXT} {TEXT}"
TEXTS = {"smpp": LONG, "twilio": LONG}


@dataclass
class Provider:
    """A simulator that plays one kind, and what was sent to it."""

    kind: str
    simulator: SimulatorClient
    secret: str
    mailing: int = 0
    before: int = 0
    seen: dict[str, Any] = field(default_factory=dict)

    @property
    def messages(self) -> int:
        return MESSAGES.get(self.kind, USUAL)

    @property
    def text(self) -> str:
        return TEXTS.get(self.kind, TEXT)


def client_of(cluster: Cluster) -> httpx.Client:
    client = httpx.Client(base_url=cluster.url, trust_env=False, timeout=60)
    client.headers["Authorization"] = f"Bearer {cluster.access()}"
    return client


def connect(http: httpx.Client, provider: Provider) -> None:
    """As somebody does it who reads docs/how-to/connect-your-provider.md."""
    simulator, path = provider.simulator, f"/gateways/{provider.kind}"
    account = Account(url=simulator.base_url, smpp_port=simulator.smpp_port, secret=provider.secret)
    settings = settings_for(provider.kind, account)
    made = http.post("/gateways", json={"name": provider.kind, "kind": provider.kind, "settings": settings})
    assert made.status_code == 201, made.text
    receipts = made.json()["receipts_url"]
    if provider.kind == "twilio":
        settings = {"callback_url": receipts}
        assert http.patch(path, json={"settings": settings}).status_code == 200
    simulator.receipts(undelivered=0.3, high_ms=300, seed=7, **receipts_plan(provider.kind, receipts))
    assert http.post(f"{path}/check", json={}).json()["good"] is True
    tested = http.post(f"{path}/test", json={"phone_number": "79780000000", "text": "test"}).json()
    assert tested["good"] is True, tested
    assert http.post(f"{path}/enable", json={}).json()["state"] == "working"
    rule = {"name": provider.kind, "operator_codes": [str(CODES[provider.kind])],
            "gateways": [{"gateway": provider.kind}]}  # fmt: skip
    assert http.post("/routes", json=rule).status_code == 201
    provider.before = len(list(simulator.bills()))


def begin(cluster: Cluster, rest: Rest, provider: Provider) -> None:
    tag = f"{provider.kind}-{uuid4().hex[:8]}"
    add_clients(cluster.db, provider.messages, tag=tag, codes=[CODES[provider.kind]])
    provider.mailing = post_mailing(rest, tag, message_text=provider.text)


def settled(rest: Rest, provider: Provider) -> bool:
    """Is there an end for every message?"""
    provider.seen = statistics(rest, provider.mailing)
    states = provider.seen["by_state"]
    return bool(states["delivered"] + states["undelivered"] == provider.messages)


def clear(http: httpx.Client) -> None:
    for rule in http.get("/routes").json()["routes"]:
        http.delete(f"/routes/{rule['id']}")
    for kind in CODES:
        http.post(f"/gateways/{kind}/disable", json={})
    # A lease may last a moment longer than the last message.
    assert wait_for(lambda: all(http.delete(f"/gateways/{kind}").is_success for kind in left(http)), seconds=30)


def left(http: httpx.Client) -> set[str]:
    """The gateways of these tests that are there."""
    return CODES.keys() & {each["name"] for each in http.get("/gateways").json()}


@pytest.fixture(scope="module")
def providers(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Provider]]:
    """All kinds, each with its mailing; they are sent beside each other, and every message has an end."""
    folder: Path = tmp_path_factory.mktemp("providers")
    with ExitStack() as stack:

        def start(kind: str) -> Provider:
            secret = secrets.token_urlsafe(32)
            running = running_simulator(folder, "--smpp-port", "0", secret=secret)
            return Provider(kind, stack.enter_context(running), secret)

        found = {kind: start(kind) for kind in CODES}
        http, rest = stack.enter_context(client_of(cluster)), logged_in(cluster.url, password=cluster.password)
        stack.callback(clear, http)
        with ThreadPoolExecutor(3) as pool:
            list(pool.map(lambda each: connect(http, each), found.values()))
        for provider in found.values():
            begin(cluster, rest, provider)
        wait_for(lambda: all(settled(rest, each) for each in found.values()), seconds=200, pause=0.3)
        yield found


@pytest.mark.parametrize("kind", CODES)
def test_every_message_ends_as_the_providers_bills_say(
    kind: str, cluster: Cluster, providers: dict[str, Provider]
) -> None:
    provider = providers[kind]
    bills = list(provider.simulator.bills())[provider.before :]
    assert not sent_twice(provider.simulator)
    assert len(bills) == provider.messages
    assert {bill["text"] for bill in bills} == {provider.text}
    with client_of(cluster) as http:
        path = f"/sender/notifications/{provider.mailing}"
        messages = http.get(f"{path}/messages", params={"page_size": 1000}).json()
        by_gateway = http.get(f"{path}/statistics/gateways").json()
    said = {bill["phone"]: bill["fate"] for bill in bills}
    assert {message["phone_number"]: message["state"] for message in messages} == said
    fates = Counter(said.values())
    assert fates.keys() == {"delivered", "undelivered"}
    ((gateway, states),) = [(each["gateway"], each["by_state"]) for each in by_gateway]
    assert gateway == kind
    assert {state: count for state, count in states.items() if count} == fates
    assert statistics(cluster.rest, provider.mailing)["by_state"] == states
