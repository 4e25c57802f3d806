"""An HTTP request to a gateway and its answer, as adapters see them. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One HTTP request. ``target``: path and query, encoded. ``headers``: without Host and Content-Length."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def encode(self, authority: str) -> bytes:
        """The bytes of the request to ``authority`` (host and port as RFC 9110, 7.2 has it).

        Raises:
            ValueError: a line break stands where none may be.
        """
        lines = [f"{self.method} {self.target} HTTP/1.1", f"Host: {authority}", "User-Agent: vestnik"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        if self.body or self.method not in {"GET", "HEAD"}:
            lines.append(f"Content-Length: {len(self.body)}")
        if any("\r" in line or "\n" in line or "\0" in line for line in lines):
            raise ValueError("a line of a request's head contains a line break")
        return "\r\n".join((*lines, "", "")).encode() + self.body


class HttpAnswer(NamedTuple):
    """An HTTP answer: names of headers in lower case, the body as it came, unix seconds of now."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    now: float


def authority_of(url: str) -> str:
    """Host and port of an address for the ``Host`` header (RFC 9110, 7.2)."""
    parts = urlsplit(url)
    return authority(parts.hostname or "", parts.port)


def authority(host: str, port: int | None) -> str:
    """The same of a host, which may have signs that are no ASCII or be an address of IPv6."""
    name = f"[{host}]" if ":" in host else host if host.isascii() else host.encode("idna").decode()
    return name if port is None else f"{name}:{port}"
