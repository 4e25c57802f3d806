"""A small client of our own REST API and of the simulator's control endpoints, over HTTP like any other."""

import http.client
import json
import urllib.error
import urllib.request
from typing import Any

from vestnik.errors import ClusterError

#: Seconds that an answer may take.
TIMEOUT = 30.0
#: What we ask is on this machine: a proxy that the environment names is not asked.
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Unavailable(ClusterError):
    """The server did not answer, or said that it cannot now (503): try again."""


class Rest:
    """One base URL, and after :meth:`log_in` a user; a token that ran out is replaced by another login."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self._token = ""
        self._credentials: dict[str, str] = {}

    def register(self, *, username: str, password: str) -> None:
        """Make an account.

        Raises:
            ClusterError: the server refused, or did not answer.
        """
        self.post("/auth/registration/", {"username": username, "password1": password, "password2": password})

    def log_in(self, *, username: str, password: str) -> None:
        """Log in; calls carry the access token from now on.

        Raises:
            ClusterError: the server refused, or did not answer.
        """
        self._credentials = {"username": username, "password": password}
        self._token = ""
        self._token = self.post("/auth/login/", self._credentials)["access"]

    def get(self, path: str) -> Any:
        """The answer to a GET of ``path``.

        Raises:
            Unavailable: the server did not answer, or cannot now.
            ClusterError: it refused.
        """
        return self._call("GET", path, None)

    def post(self, path: str, body: Any) -> Any:
        """The answer to a POST of ``body`` to ``path``.

        Raises:
            Unavailable: the server did not answer, or cannot now.
            ClusterError: it refused.
        """
        return self._call("POST", path, body)

    def patch(self, path: str, body: Any) -> Any:
        """The answer to a PATCH of ``path`` with ``body``.

        Raises:
            Unavailable: the server did not answer, or cannot now.
            ClusterError: it refused.
        """
        return self._call("PATCH", path, body)

    def _call(self, method: str, path: str, body: Any, *, again: bool = True) -> Any:
        try:
            return self._once(method, path, body)
        except urllib.error.HTTPError as error:
            if again and error.code == 401 and self._token:
                self.log_in(**self._credentials)
                return self._call(method, path, body, again=False)
            raise _refused(method, path, error) from error
        except (OSError, http.client.HTTPException) as error:
            raise Unavailable(f"{self._url} does not answer ({error}).") from error

    def _once(self, method: str, path: str, body: Any) -> Any:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._url + path, data=content, headers=headers, method=method)  # noqa: S310
        with DIRECT.open(request, timeout=TIMEOUT) as answer:
            text = answer.read()
        return json.loads(text) if text else None


def answers(url: str) -> bool:
    """Return whether the URL answers with 200."""
    try:
        with DIRECT.open(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _refused(method: str, path: str, error: urllib.error.HTTPError) -> ClusterError:
    kind = Unavailable if error.code == 503 else ClusterError
    return kind(f"{method} {path} was refused with {error.code}: {error.read(500).decode(errors='replace')}")
