"""A client of the simulator's control endpoints, for tests, demonstrations and the chaos suite."""

import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from vestnik.errors import InvalidInput
from vestnik.simulator.control import MAX_IDS

#: Seconds for one answer.
_TIMEOUT = 30.0


class SimulatorClient:
    """Steers one simulator.

    Args:
        base_url: the gateway's for messages.
        token: one that it accepts.
        certificate: the one to trust, whatever its name, where it serves HTTPS.

    Raises:
        InvalidInput: the simulator refused what it was asked.
        OSError: it cannot be reached.
    """

    def __init__(self, base_url: str, token: str, certificate: Path | None = None) -> None:
        self.base_url = base_url
        self.token = token
        context = ssl.create_default_context(cafile=certificate)
        context.check_hostname = certificate is None
        tls = urllib.request.HTTPSHandler(context=context)
        # Not by a proxy that the environment names.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), tls)

    def totals(self) -> dict[str, Any]:
        """What it received and answered, in sum."""
        totals: dict[str, Any] = self._call("GET", "totals")
        return totals

    def ids(self) -> Iterator[dict[str, Any]]:
        """Every id that it received, by ascending id."""
        after: int | None = -1
        while after is not None:
            position = f"&after={after}" if after >= 0 else ""
            page = self._call("GET", f"ids?limit={MAX_IDS}{position}")
            yield from page["ids"]
            after = page["next"]

    def faults(self, **behaviour: Any) -> None:
        """Behave so from now on (:class:`~vestnik.simulator.behaviour.Behaviour`); nothing named: well."""
        self._call("POST", "faults", behaviour)

    def refuse(self, seconds: float) -> None:
        """Refuse connections for so many seconds."""
        self._call("POST", "refuse", {"seconds": seconds})

    def reset(self) -> None:
        """Forget everything and behave well."""
        self._call("POST", "reset")

    def _call(self, method: str, path: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.base_url}/control/{path}", data, method=method)  # noqa: S310 - ours
        try:
            with self._opener.open(request, timeout=_TIMEOUT) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise InvalidInput(json.load(error)) from error
