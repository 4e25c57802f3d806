"""A client for the control endpoints of the simulator, for tests, demos and the chaos suite."""

import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from vestnik.errors import InvalidInput
from vestnik.simulator.control import MAX_IDS

#: Timeout in seconds.
_TIMEOUT = 30.0


class SimulatorClient:
    """Controls one simulator.

    Args:
        base_url: The base address for messages.
        token: A token that the simulator accepts.
        certificate: The certificate to trust for HTTPS, whatever host it names.

    Raises:
        InvalidInput: The simulator refused the request.
        OSError: The simulator cannot be reached.
    """

    def __init__(self, base_url: str, token: str, certificate: Path | None = None) -> None:
        self.base_url = base_url
        self.token = token
        context = ssl.create_default_context(cafile=certificate)
        context.check_hostname = certificate is None
        tls = urllib.request.HTTPSHandler(context=context)
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

    def faults(self, **behaviour: Any) -> None:
        """Set the behaviour (:class:`~vestnik.simulator.behaviour.Behaviour`). Without arguments, nothing fails."""
        self._call("POST", "faults", behaviour)

    def refuse(self, seconds: float) -> None:
        """Refuse connections for this many seconds."""
        self._call("POST", "refuse", {"seconds": seconds})

    def reset(self) -> None:
        """Reset all counts and the behaviour."""
        self._call("POST", "reset")

    def _call(self, method: str, path: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.base_url}/control/{path}", data, method=method)  # noqa: S310 - ours
        try:
            with self._opener.open(request, timeout=_TIMEOUT) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise InvalidInput(json.load(error)) from error
