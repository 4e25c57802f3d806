"""The REST API as a client of it uses it."""

import json
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from typing import Any

#: Seconds for one answer.
_TIMEOUT = 20.0


class Unavailable(Exception):
    """The API did not answer, or said that it cannot now (503)."""


class Refused(Exception):
    """The API answered with another status than a good one."""

    def __init__(self, status: int, body: str) -> None:
        super().__init__(f"{status}: {body[:200]}")
        self.status = status


class Rest:
    """One user's session."""

    def __init__(self, url: str, password: str) -> None:
        self._url = url
        self._password = password
        self._token = ""
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def call(self, method: str, path: str, body: object = None) -> Any:
        """One call; logs in when it must.

        Raises:
            Unavailable: no answer, or 503.
            Refused: any other bad status.
        """
        if not self._token:
            user = {"username": "admin", "password": self._password}
            self._token = self._call("POST", "/auth/login/", user)["access"]
        return self._call(method, path, body)

    def create_mailing(self, tag: str, *, seconds: float) -> int:
        """A mailing to a tag that starts now and ends in so many seconds; its id."""
        ends = datetime.now(UTC) + timedelta(seconds=seconds)
        body = {
            "message_text": "Учения: всё проверяем",
            "filter": {"tag": [tag], "operator_code": None},
            "end_time": ends.isoformat(),
        }
        return int(self.call("POST", "/sender/notifications/", body)["id"])

    def statistics(self, mailing: int) -> dict[str, Any]:
        """The books of a mailing, as a client of the API sees them."""
        found: dict[str, Any] = self.call("GET", f"/sender/notifications/{mailing}/statistics/?page_size=1")[0]
        return found

    def _call(self, method: str, path: str, body: object) -> Any:
        headers = {"Content-Type": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._url + path, data, headers, method=method)  # noqa: S310 - ours
        try:
            with self._opener.open(request, timeout=_TIMEOUT) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code == 503:
                raise Unavailable(path) from error
            raise Refused(error.code, error.read().decode(errors="replace")) from error
        except (OSError, ValueError) as error:
            raise Unavailable(str(error)) from error
