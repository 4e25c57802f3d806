"""A second provider, as an administrator adds it over REST: messages go over it by its rule, and only those."""

from collections.abc import Iterator
from itertools import count
from typing import Any
from uuid import uuid4

import httpx
import pytest

from harness.cluster import Cluster
from harness.rest import logged_in, post_mailing, statistics
from harness.simulator_client import SimulatorClient
from vestnik.cluster.processes import wait_for

#: No other test of the cluster uses this operator code.
CODE = "978"
_phones = count(1)


@pytest.fixture
def http(cluster: Cluster) -> Iterator[httpx.Client]:
    client = httpx.Client(base_url=cluster.url, trust_env=False, timeout=30)
    tokens = client.post("/auth/login/", json={"username": "admin", "password": cluster.password}).json()
    client.headers["Authorization"] = f"Bearer {tokens['access']}"
    yield client
    for rule in client.get("/routes").json()["routes"]:
        client.delete(f"/routes/{rule['id']}")
    client.post("/gateways/second/disable", json={})
    # A lease may last a moment longer than the last message.
    assert wait_for(lambda: client.delete("/gateways/second").status_code in (204, 404), seconds=30)


def clients(http: httpx.Client, code: str, tag: str) -> set[str]:
    phones = {f"7{code}{next(_phones):07d}" for _ in range(5)}
    for phone in phones:
        body = {"phone_number": phone, "tag": tag, "timezone": "Europe/Moscow"}
        assert http.post("/client/", json=body).status_code == 201
    return phones


def enabled(http: httpx.Client, simulator: SimulatorClient) -> dict[str, Any]:
    settings = {"url": simulator.base_url, "token": simulator.token}
    made = http.post("/gateways", json={"name": "second", "kind": "probe", "settings": settings})
    assert made.status_code == 201, made.text
    assert http.post("/gateways/second/check", json={}).json()["good"] is True
    said = {"phone_number": "79780000000", "text": "test"}
    assert http.post("/gateways/second/test", json=said).json()["good"] is True
    answer: dict[str, Any] = http.post("/gateways/second/enable", json={}).json()
    return answer


def test_messages_of_one_operator_go_over_the_second_gateway(
    http: httpx.Client, cluster: Cluster, simulator: SimulatorClient
) -> None:
    tag = f"second-{uuid4().hex[:8]}"
    theirs, others = clients(http, CODE, tag), clients(http, "979", tag)
    assert enabled(http, simulator)["state"] == "working"
    rule = {"name": "Crimea", "operator_codes": [CODE], "gateways": [{"gateway": "second"}]}
    assert http.post("/routes", json=rule).status_code == 201
    phone = min(theirs)
    assert http.get("/routes/preview", params={"phone_number": phone}).json()["words"] == "By “Crimea”: over second."
    before = {each["id"] for each in simulator.ids()}
    rest = logged_in(cluster.url, password=cluster.password)
    mailing = post_mailing(rest, tag)
    assert wait_for(lambda: statistics(rest, mailing)["state"] == "completed", seconds=60)
    messages = http.get(f"/sender/notifications/{mailing}/messages").json()
    ours = {message["id"]: message["phone_number"] for message in messages}
    taken = {each["id"] for each in simulator.ids()} - before
    assert {ours[number] for number in taken} == theirs
    assert {message["state"] for message in messages} == {"sent"}
    by_gateway = http.get(f"/sender/notifications/{mailing}/statistics/gateways").json()
    found = {each["gateway"]: each["by_state"]["sent"] for each in by_gateway}
    assert found == {"default": len(others), "second": len(theirs)}
