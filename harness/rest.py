"""What is asked of the REST API everywhere: make a mailing, look at its totals. The client is Vestnik's own."""

from datetime import UTC, datetime, timedelta
from typing import Any

from vestnik.cluster.rest import Rest

TEXT = "Здравствуйте! Ваш заказ готов, ждём вас сегодня до 21:00."


def logged_in(url: str, *, password: str, username: str = "admin") -> Rest:
    """A client of the REST API at a URL.

    Raises:
        ClusterError: the server refused, or did not answer.
    """
    rest = Rest(url)
    rest.log_in(username=username, password=password)
    return rest


def in_future(**ahead: float) -> str:
    """A time that lies so far ahead, as REST takes it."""
    return (datetime.now(tz=UTC) + timedelta(**ahead)).isoformat()


def post_mailing(rest: Rest, tag: str, *, ends_in: float = 6 * 3_600, **more: object) -> int:
    """Make a mailing to a tag that starts now and ends in so many seconds; its id. ``more``: of its body.

    Raises:
        ClusterError: the server refused, or did not answer.
    """
    ends = datetime.now(UTC) + timedelta(seconds=ends_in)
    body = {
        "message_text": TEXT,
        "filter": {"tag": [tag], "operator_code": None},
        "end_time": ends.isoformat(),
        **more,
    }
    return int(rest.post("/sender/notifications", body)["id"])


def statistics(rest: Rest, mailing: int) -> dict[str, Any]:
    """The totals of a mailing.

    Raises:
        ClusterError: the server refused, or did not answer.
    """
    found: dict[str, Any] = rest.get(f"/sender/notifications/{mailing}/statistics?page_size=1")[0]
    return found
