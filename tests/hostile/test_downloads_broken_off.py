"""A download that is broken off lets go of the ledger and of its worker at once, whichever it is."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
import requests

from harness.attacks import break_off
from harness.cluster import Cluster
from vestnik.cluster.processes import wait_for

pytestmark = pytest.mark.timeout(300)

TIMES = 30
BAD_ROWS = 60_000


@pytest.fixture(scope="module")
def mailing(cluster: Cluster, user: requests.Session, directory: int, database: psycopg.Connection) -> int:
    """A mailing to the whole directory, whose audience is there; it does not wait until all is sent."""
    body = {
        "message_text": "text",
        "filter": {"tag": ["hostile"], "operator_code": None},
        "end_time": (datetime.now(UTC) + timedelta(hours=1)).isoformat(),
    }
    number = int(user.post(f"{cluster.url}/sender/notifications", json=body, timeout=30).json()["id"])
    counted = "SELECT count(*) FROM vestnik_message WHERE mailing_id = %s"
    assert wait_for(lambda: database.execute(counted, [number]).fetchone() == (directory,), seconds=60)
    user.post(f"{cluster.url}/sender/notifications/{number}/cancel", timeout=30)
    return number


@pytest.fixture(scope="module")
def refused(cluster: Cluster, user: requests.Session) -> int:
    """An import that refused every row."""
    rows = "".join(f"this is no phone number at all {n},,{'x' * 30},Europe/Moscow\n" for n in range(BAD_ROWS))
    content = f"phone_number,mobile_operator_code,tag,timezone\n{rows}".encode()
    answer = user.post(
        f"{cluster.url}/client/import?on_error=skip", data=content, headers={"Content-Type": "text/csv"}, timeout=60
    )
    job = f"{cluster.url}{answer.headers['Location']}"
    assert wait_for(lambda: user.get(job, timeout=30).json()["state"] == "done", seconds=90)
    return int(answer.json()["id"])


@pytest.fixture(scope="module")
def cookie(cluster: Cluster) -> str:
    """A login to the console."""
    with requests.Session() as session:
        session.trust_env = False
        address = f"{cluster.url}/console/login/?next=/console/"
        session.get(address, timeout=30)
        form = {
            "username": "admin",
            "password": cluster.password,
            "csrfmiddlewaretoken": session.cookies["vestnik_csrf"],
        }
        session.post(address, data=form, headers={"Referer": address}, timeout=30).raise_for_status()
        return "; ".join(f"{name}={value}" for name, value in session.cookies.items())


@pytest.fixture(params=["client export", "refused rows", "console export", "console refused rows", "mailing results"])
def download(request: pytest.FixtureRequest, user: requests.Session, cookie: str, directory: int) -> tuple[str, str]:
    """The path and the headers of each download that there is."""
    del directory
    token, session = f"Authorization: {user.headers['Authorization']}\r\n", f"Cookie: {cookie}\r\n"
    match request.param:
        case "client export":
            return "/client/export", token
        case "refused rows":
            return f"/client/import/{request.getfixturevalue('refused')}/refused", token
        case "console export":
            return "/console/clients/export", session
        case "console refused rows":
            return f"/console/clients/import/{request.getfixturevalue('refused')}/refused", session
        case _:
            return f"/console/mailings/{request.getfixturevalue('mailing')}/results.csv", session


def test_broken_off_it_lets_go(
    cluster: Cluster, works: Callable[[], None], lets_go: Callable[[], bool], download: tuple[str, str]
) -> None:
    path, headers = download
    begun = break_off(cluster.url, path, headers, times=TIMES)
    statuses = [re.match(rb"HTTP/1.1 (\d+)", each) for each in begun]
    # Some may have come while others were still under way.
    assert {each.group(1) for each in statuses if each} <= {b"200", b"503"}, begun[0][:300]
    assert begun[0].startswith(b"HTTP/1.1 200"), begun[0][:300]
    works()
    assert lets_go()
