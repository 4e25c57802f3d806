"""One reader of the REST API on a kept connection: how long an answer takes."""

import http.client
import time
from collections.abc import Callable, Sequence
from statistics import median
from urllib.parse import urlsplit

import requests

from harness.cluster import Cluster
from vestnik.errors import ClusterError


class Reader:
    """Asks one cluster, as one user."""

    def __init__(self, cluster: Cluster) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(cluster.url).netloc, timeout=60)
        self._headers = {"Authorization": f"Bearer {cluster.access()}", "Accept": "application/json"}

    def seconds(self, path: str) -> float:
        """How long the whole answer took.

        Raises:
            ClusterError: it was not a 200.
        """
        began = time.perf_counter()
        self._connection.request("GET", path, headers=self._headers)
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise ClusterError(f"GET {path} answered {answer.status}: {body[:200]!r}")
        return time.perf_counter() - began


class ConsoleReader(Reader):
    """One reader of the console, logged in as people do: by the form."""

    def __init__(self, cluster: Cluster) -> None:
        super().__init__(cluster)
        with requests.Session() as session:
            session.trust_env = False
            address = f"{cluster.url}/console/login/?next=/console/"
            session.get(address, timeout=60)
            form = {**cluster.user, "csrfmiddlewaretoken": session.cookies["vestnik_csrf"]}
            session.post(address, data=form, headers={"Referer": address}, timeout=60).raise_for_status()
            cookies = "; ".join(f"{name}={value}" for name, value in session.cookies.items())
        self._headers = {"Cookie": cookies, "Accept": "text/html"}


def in_turn(
    readers: Sequence[Reader],
    paths: Sequence[str],
    *,
    repeat: int,
    requests: int,
    before: Callable[[], None] = lambda: None,
) -> list[list[float]]:
    """Milliseconds of each reader's path: ``repeat`` medians of ``requests`` requests, asked in turn.

    ``before`` is called before each turn, and not timed.
    """
    for reader, path in zip(readers, paths, strict=True):
        for _ in range(3):
            reader.seconds(path)
    samples: list[list[float]] = [[] for _ in readers]
    for _ in range(repeat):
        taken: list[list[float]] = [[] for _ in readers]
        for _ in range(requests):
            before()
            for reader, path, times in zip(readers, paths, taken, strict=True):
                times.append(reader.seconds(path) * 1_000)
        for mine, times in zip(samples, taken, strict=True):
            mine.append(median(times))
    return samples
