"""A few connections do not stop the web: whoever sends slowly, says nothing or reads nothing keeps no worker."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
import requests

from harness.attacks import OFFER, endless_chunks, half_bodies, half_heads, silent, unread
from harness.cluster import Cluster

pytestmark = pytest.mark.timeout(300)

ATTACKS: dict[str, Callable[[str], AbstractContextManager[Any]]] = {
    "30 bodies of which one byte came": half_bodies,
    "30 files of which one byte came": lambda url: half_bodies(url, path="/client/import"),
    "30 bodies of which one byte came, after an offer of HTTP/2": lambda url: half_bodies(url, headers=OFFER),
    "30 bodies in pieces without an end": endless_chunks,
    "500 heads without an end": half_heads,
    "2,000 connections that say nothing": silent,
}


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=list(ATTACKS))
def test_everybody_else_is_served(
    cluster: Cluster, works: Callable[[], None], attack: Callable[[str], AbstractContextManager[Any]]
) -> None:
    with attack(cluster.url):
        works()
    works()


def test_an_offer_of_another_protocol_changes_nothing(cluster: Cluster, user: requests.Session) -> None:
    """Java's client makes one with its first request."""
    body = {"phone_number": "5", "tag": "a", "timezone": "Europe/Moscow"}
    offer = dict(line.split(": ") for line in OFFER.splitlines())
    answers = [
        user.post(f"{cluster.url}/client/", json=body, headers=headers, timeout=30)
        for headers in ({}, offer, {}, offer)
    ]
    assert [answer.status_code for answer in answers] == [400] * 4
    assert all(answer.json().keys() == {"phone_number"} for answer in answers)


def test_exports_that_nobody_reads_let_go_of_the_ledger(
    cluster: Cluster,
    user: requests.Session,
    works: Callable[[], None],
    lets_go: Callable[[], bool],
    directory: int,
) -> None:
    del directory
    headers = f"Authorization: {user.headers['Authorization']}\r\n"
    with unread(cluster.url, "/client/export", headers):
        works()
        assert lets_go()
    works()


def test_static_files_that_nobody_reads_keep_no_worker(cluster: Cluster, works: Callable[[], None]) -> None:
    script = "/static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.js"
    assert len(requests.get(f"{cluster.url}{script}", timeout=30).content) > 1_000_000
    with unread(cluster.url, script, "", count=60):
        works()
