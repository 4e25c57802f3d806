"""A client for the control endpoints of the simulator, for tests and the chaos suite."""

import json
import socket
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from vestnik.cluster.processes import wait_for
from vestnik.errors import InvalidInput
from vestnik.simulator.control import MAX_IDS

#: Timeout in seconds.
_TIMEOUT = 30.0
#: Seconds of a refusal that is ended by hand.
_LONG = 3_600


class SimulatorClient:
    """Controls one simulator.

    Args:
        base_url: The base address for messages.
        token: A token that the simulator accepts.
        certificate: The certificate to trust for HTTPS, whatever host it names.
        smpp_port: Where it speaks SMPP, if it does.

    Raises:
        InvalidInput: The simulator refused the request.
        OSError: The simulator cannot be reached.
    """

    def __init__(self, base_url: str, token: str, certificate: Path | None = None, *, smpp_port: int = 0) -> None:
        self.base_url = base_url
        self.token = token
        self.smpp_port = smpp_port
        self._refuses_until = 0.0
        self._tls = ssl.create_default_context(cafile=certificate)
        self._tls.check_hostname = certificate is None
        tls = urllib.request.HTTPSHandler(context=self._tls)
        # Without a proxy, even if the environment names one.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), tls)

    def totals(self) -> dict[str, Any]:
        """Return the totals of what the simulator received and answered."""
        totals: dict[str, Any] = self._call("GET", "totals")
        return totals

    def ids(self) -> Iterator[dict[str, Any]]:
        """Yield every id that was received, in ascending order."""
        after: int | None = -1
        while after is not None:
            position = f"&after={after}" if after >= 0 else ""
            page = self._call("GET", f"ids?limit={MAX_IDS}{position}")
            yield from page["ids"]
            after = page["next"]

    def bills(self) -> Iterator[dict[str, Any]]:
        """Yield every message that was delivered (:class:`~vestnik.simulator.bills.Bill`), in order."""
        after: int | None = 0
        while after is not None:
            page = self._call("GET", f"bills?limit={MAX_IDS}&after={after}")
            yield from page["bills"]
            after = page["next"]

    def receipts(self, **plan: Any) -> None:
        """Set which receipts follow (:class:`~vestnik.simulator.receipts.ReceiptPlan`)."""
        self._call("POST", "receipts", plan)

    def receipt_counts(self) -> dict[str, int]:
        """Return how many receipts were ``due``, ``posted``, ``kept`` and ``given_up``."""
        counts: dict[str, int] = self._call("GET", "receipts")["counts"]
        return counts

    def faults(self, **behaviour: Any) -> None:
        """Set the behaviour (:class:`~vestnik.simulator.behaviour.Behaviour`). Without arguments, nothing fails."""
        self._call("POST", "faults", behaviour)

    def refuse(self, seconds: float) -> None:
        """Refuse connections for this many seconds, on all ports. They are closed when this returns."""
        self._call("POST", "refuse", {"seconds": seconds})
        self._refuses_until = time.monotonic() + seconds

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """Refuse connections for as long as the block lasts. Behind it, all ports take them again.

        Nothing but this connection can control the simulator meanwhile, so ``totals`` and all others raise
        ConnectionRefusedError.
        """
        host = urlsplit(self.base_url).netloc
        if self.base_url.startswith("https:"):
            kept: HTTPConnection = HTTPSConnection(host, timeout=_TIMEOUT, context=self._tls)
        else:
            kept = HTTPConnection(host, timeout=_TIMEOUT)
        try:
            _refuse_over(kept, _LONG)
            try:
                yield
            finally:
                _refuse_over(kept, 0)
        finally:
            kept.close()
        self.until_it_listens()

    def until_it_listens(self) -> None:
        """Wait until connections are taken again, on all ports.

        Raises:
            TimeoutError: They are still refused half a minute after they should be taken.
        """
        left = max(0.0, self._refuses_until - time.monotonic())
        ports = [port for port in (urlsplit(self.base_url).port, self.smpp_port) if port]
        if not wait_for(lambda: all(self._listens(port) for port in ports), seconds=left + _TIMEOUT):
            raise TimeoutError("the simulator refuses connections for too long")
        self._refuses_until = 0.0

    def _listens(self, port: int) -> bool:
        try:
            socket.create_connection((urlsplit(self.base_url).hostname, port), timeout=_TIMEOUT).close()
        except ConnectionRefusedError:
            return False
        return True

    def reset(self) -> None:
        """Reset all counts and the behaviour. Where it was told to refuse connections, this waits for the end of it."""
        if self._refuses_until:
            self.until_it_listens()
        self._call("POST", "reset")

    def _call(self, method: str, path: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.base_url}/control/{path}", data, method=method)  # noqa: S310 - ours
        try:
            with self._opener.open(request, timeout=_TIMEOUT) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise InvalidInput(json.load(error)) from error


def _refuse_over(kept: HTTPConnection, seconds: float) -> None:
    kept.request("POST", "/control/refuse", json.dumps({"seconds": seconds}))
    answer = kept.getresponse()
    answer.read()
    assert answer.status == 200
