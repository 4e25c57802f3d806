"""The main job over HTTP, against a whole cluster: what a stranger who has only the description would check."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

import httpx
import pytest

from harness.cluster import Cluster
from vestnik.cluster.processes import wait_for

PASSWORD = "gerold-i-vestnik-17"
#: Far from those that other tests add to the cluster in bulk.
_phones = count(5_000_000)


class User:
    """Somebody who registered, and talks to the REST API."""

    def __init__(self, base_url: str) -> None:
        self.name = f"anna-{uuid4().hex[:8]}"
        self.http = httpx.Client(base_url=base_url, trust_env=False, timeout=10)
        registration = {"username": self.name, "email": f"{self.name}@example.org"}
        body = {**registration, "password1": PASSWORD, "password2": PASSWORD}
        assert self.http.post("/auth/registration/", json=body).status_code == 201
        self.tokens = self.http.post("/auth/login/", json={"username": self.name, "password": PASSWORD}).json()
        self.http.headers["Authorization"] = f"Bearer {self.tokens['access']}"

    def client(self, *, code: int, tag: str) -> dict[str, Any]:
        """Add somebody to the directory."""
        phone = f"7{code}{next(_phones):07d}"
        answer = self.http.post("/client/", json={"phone_number": phone, "tag": tag, "timezone": "Europe/Moscow"})
        assert answer.status_code == 201, answer.text
        added: dict[str, Any] = answer.json()
        return added

    def mailing(self, *, tags: list[str] | None, codes: list[int] | None, **changes: Any) -> dict[str, Any]:
        """Create a mailing, from now on for ten minutes unless told otherwise."""
        body = {
            "message_text": "Здравствуйте!",
            "filter": {"tag": tags, "operator_code": codes},
            "end_time": later(minutes=10),
            **changes,
        }
        answer = self.http.post("/sender/notifications", json=body)
        assert answer.status_code == 201, answer.text
        created: dict[str, Any] = answer.json()
        return created

    def statistics(self, mailing: dict[str, Any]) -> dict[str, Any]:
        """A mailing's totals and messages."""
        answer: list[dict[str, Any]] = self.http.get(
            f"/sender/notifications/{mailing['id']}/statistics", params={"page_size": 10_000}
        ).json()
        return answer[0]

    def over(self, mailing: dict[str, Any], seconds: float = 15.0) -> dict[str, Any]:
        """The statistics of a mailing when it is over."""
        ended = {"completed", "expired", "cancelled"}
        assert wait_for(lambda: self.statistics(mailing)["state"] in ended, seconds=seconds), self.statistics(mailing)
        return self.statistics(mailing)

    def phones_sent(self, mailing: dict[str, Any]) -> set[str]:
        """Who was sent a mailing, when it is over."""
        statistics = self.over(mailing)
        assert statistics["total_count"] == statistics["complete_count"] == len(statistics["messages"])
        return {message["phone_number"] for message in statistics["messages"]}


def later(**delta: float) -> str:
    return (datetime.now(UTC) + timedelta(**delta)).isoformat()


@pytest.fixture
def user(cluster: Cluster, strangers_may_register: None) -> Iterator[User]:
    del strangers_may_register
    registered = User(cluster.url)
    yield registered
    registered.http.close()


@pytest.fixture
def tag() -> str:
    """A tag that no other test's clients have."""
    return f"tag-{uuid4().hex[:8]}"


def test_a_mailing_from_now_reaches_every_client_once(cluster: Cluster, user: User, tag: str) -> None:
    clients = [user.client(code=911, tag=tag) for _ in range(30)]
    statistics = user.over(user.mailing(tags=[tag], codes=None))
    assert statistics["state"] == "completed"
    assert statistics["by_state"]["sent"] == statistics["total_count"] == 30
    assert {message["status"] for message in statistics["messages"]} == {"COMPLETE"}
    assert {message["client"] for message in statistics["messages"]} == {client["id"] for client in clients}
    received = {each["id"]: each["receipts"] for each in cluster.gateway.ids()}
    assert [received[message["id"]] for message in statistics["messages"]] == [1] * 30


def test_filters_choose_by_tag_by_code_by_both_and_by_none(user: User, tag: str) -> None:
    mine, other = user.client(code=911, tag=tag), user.client(code=926, tag=tag)
    stranger = user.client(code=911, tag=f"{tag}-other")
    by_tag = user.phones_sent(user.mailing(tags=[tag], codes=None))
    assert by_tag == {mine["phone_number"], other["phone_number"]}
    assert user.phones_sent(user.mailing(tags=[tag], codes=[911])) == {mine["phone_number"]}
    by_code = user.phones_sent(user.mailing(tags=None, codes=[911]))
    assert {mine["phone_number"], stranger["phone_number"]} <= by_code
    assert {phone[1:4] for phone in by_code} == {"911"}
    everybody = user.phones_sent(user.mailing(tags=None, codes=None))
    assert {client["phone_number"] for client in (mine, other, stranger)} <= everybody


def test_a_mailing_that_matches_nobody_completes(user: User, tag: str) -> None:
    statistics = user.over(user.mailing(tags=[tag], codes=None))
    assert (statistics["state"], statistics["total_count"], statistics["messages"]) == ("completed", 0, [])


def test_a_mailing_in_the_future_starts_by_itself_and_not_before(cluster: Cluster, user: User, tag: str) -> None:
    user.client(code=911, tag=tag)
    start = datetime.now(UTC) + timedelta(seconds=3)
    mailing = user.mailing(tags=[tag], codes=None, start_time=start.isoformat())
    assert mailing["state"] == "scheduled"
    message = user.over(mailing)["messages"][0]
    received = next(each for each in cluster.gateway.ids() if each["id"] == message["id"])
    assert 0 <= received["first_at"] - start.timestamp() < 2


def test_what_is_not_sent_by_the_end_expires(cluster: Cluster, user: User, tag: str) -> None:
    """The gateway holds the messages off (429) until the end."""
    for _ in range(5):
        user.client(code=911, tag=tag)
    cluster.gateway.faults(shares={"429": 1.0})
    try:
        statistics = user.over(user.mailing(tags=[tag], codes=None, end_time=later(seconds=4)))
    finally:
        cluster.gateway.faults()
    assert (statistics["state"], statistics["by_state"]["expired"], statistics["error_count"]) == ("expired", 5, 5)


def test_a_future_mailing_may_be_changed_and_deleted_and_is_never_sent(cluster: Cluster, user: User, tag: str) -> None:
    user.client(code=911, tag=tag)
    mailing = user.mailing(tags=[tag], codes=None, start_time=later(seconds=3))
    path = f"/sender/notifications/{mailing['id']}"
    assert user.http.patch(path, json={"message_text": "Иначе"}).json()["message_text"] == "Иначе"
    body = {**user.http.get(path).json(), "name": "whole"}
    assert user.http.put(path, json=body).json()["name"] == "whole"
    reversed_times = user.http.patch(path, json={"end_time": later(seconds=1)})
    assert (reversed_times.status_code, list(reversed_times.json())) == (400, ["end_time"])
    before = cluster.gateway.totals()["requests"]
    assert user.http.delete(path).status_code == 204
    assert user.http.get(path).status_code == 404
    proof = user.mailing(tags=[f"{tag}-nobody"], codes=None, start_time=later(seconds=4))
    user.over(proof)  # a mailing that began after it is over
    assert cluster.gateway.totals()["requests"] == before


def test_a_mailing_that_is_over_stays_as_it_was(user: User, tag: str) -> None:
    user.client(code=911, tag=tag)
    mailing = user.mailing(tags=[tag], codes=None)
    user.over(mailing)
    path = f"/sender/notifications/{mailing['id']}"
    for change in ({"message_text": "again"}, {"end_time": later(hours=1)}):
        assert user.http.patch(path, json=change).status_code == 409
    for action in ("pause", "resume", "cancel"):
        assert user.http.post(f"{path}/{action}").status_code == 409


def test_statistics_show_numbers_that_add_up(user: User, tag: str) -> None:
    user.client(code=911, tag=tag)
    mailing = user.mailing(tags=[tag], codes=None)
    user.over(mailing)
    listed = user.http.get("/sender/notifications/statistics").json()
    mine = next(each for each in listed if each["id"] == mailing["id"])
    counts = [mine[f"{name}_count"] for name in ("created", "processing", "complete", "error")]
    assert counts == [0, 0, 1, 0]
    assert sum(counts) == mine["total_count"] == sum(mine["by_state"].values())


def test_logout_kills_both_tokens(user: User) -> None:
    assert user.http.get("/client/").status_code == 200
    assert user.http.post("/auth/logout/").status_code in {200, 204}
    assert user.http.get("/client/").status_code == 401
    refreshed = user.http.post("/auth/token/refresh/", json={"refresh": user.tokens["refresh"]})
    assert refreshed.status_code == 401
