"""The same Idempotency-Key through kills of what accepts and what sends gives one message."""

import itertools
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest

from harness.cluster import Cluster, running_cluster
from vestnik.cluster.processes import wait_for

KEYS = 24
#: A key is posted again until it was answered so often.
ANSWERS = 2


def post(http: httpx.Client, body: dict[str, Any], key: str) -> int:
    """Post until it is answered; the id of the message."""
    found: list[int] = []

    def is_answered() -> bool:
        try:
            answer = http.post("/messages", json=body, headers={"Idempotency-Key": key})
        except httpx.TransportError:
            return False
        if answer.status_code == 201:
            found.append(answer.json()["id"])
        return answer.status_code == 201

    assert wait_for(is_answered, seconds=60)
    return found[0]


def kill_in_turn(cluster: Cluster, done: threading.Event) -> None:
    """Kill workers of the web and the dispatcher, one after the other, until told to stop."""
    for number in itertools.count():
        if done.wait(0.7):
            return
        if number % 3 == 2:
            victims = [child for line, child in cluster.members().items() if "dispatcher-1" in line]
        else:
            web = cluster.member("vestnik.cluster.web")
            victims = [worker for server in web.children() for worker in server.children()][:1]
        for victim in victims:
            victim.kill()


@pytest.mark.timeout(300)
def test_one_key_gives_one_message_through_kills(tmp_path: Path) -> None:
    with running_cluster(tmp_path / "home", "--workers", "1", "--concurrency", "16") as cluster:
        http = httpx.Client(base_url=cluster.url, trust_env=False, timeout=10)
        http.headers["Authorization"] = f"Bearer {cluster.access()}"
        done = threading.Event()
        killer = threading.Thread(target=kill_in_turn, args=(cluster, done), daemon=True)
        killer.start()
        ids = []
        for number in range(KEYS):
            body = {"phone_number": str(79_330_000_000 + number), "text": f"Code {number}"}
            answered = {post(http, body, f"key-{number}") for _ in range(ANSWERS)}
            assert len(answered) == 1, number
            ids += answered
        done.set()
        killer.join(60)
        written = cluster.query("SELECT phone, count(*) FROM vestnik_message GROUP BY 1")
        assert sorted(written) == [(79_330_000_000 + number, 1) for number in range(KEYS)]
        assert wait_for(
            lambda: all(http.get(f"/messages/{each}").json().get("state") == "sent" for each in ids), seconds=90
        ), [http.get(f"/messages/{each}").json() for each in ids]
        assert sorted(row["id"] for row in cluster.gateway.ids()) == sorted(ids)
        assert {row["delivered"] for row in cluster.gateway.ids()} == {1}
