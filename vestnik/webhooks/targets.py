"""Which addresses a webhook may go to. Somebody who enters a URL must not reach our own network with it (SSRF).

The rules are OWASP's (https://cheatsheetseries.owasp.org/cheatsheets/Server_Side_Request_Forgery_Prevention_Cheat_Sheet.html):
an allow list of schemes, no other way of writing an address than the usual one, and each address that the name stands
for is checked. The connection then goes to a checked address, so that a name that changes meanwhile does not help.
"""

import re
import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from vestnik.errors import InvalidInput

#: Characters of a URL, at most.
MAX_URL = 2_000
#: Of the ports below 1024 only those of the web: no mail server, no shell.
_WEB_PORTS = frozenset((80, 443))
_USUAL_PORTS = {"http": 80, "https": 443}
_LABEL = "[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
#: A last label that looks like a number makes the whole host a number for some resolvers: 127.1, 0x7f000001, 2130706433
#: (https://url.spec.whatwg.org/#ends-in-a-number-checker).
_LIKE_A_NUMBER = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)")
#: Names that never stand for anything outside (RFC 6761, RFC 6762, and what clouds call themselves).
_INSIDE = ("localhost", "local", "internal", "intranet", "lan", "home.arpa", "localdomain")
_NETWORKS_4 = tuple(
    ip_network(each)
    for each in (
        # All that is special at https://www.iana.org/assignments/iana-ipv4-special-registry, multicast, and Azure's
        # metadata, which has a public address.
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32",
    )
)  # fmt: skip
#: Of IPv6 only this is handed out to the world (https://www.iana.org/assignments/ipv6-address-space).
_WORLD_6 = ip_network("2000::/3")
#: What in it is special (https://www.iana.org/assignments/iana-ipv6-special-registry), and 6to4, which holds IPv4.
_NETWORKS_6 = tuple(
    ip_network(each)
    for each in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20", "3ffe::/16")
)

Address = IPv4Address | IPv6Address


class NoTarget(Exception):
    """The name stands for no address that a webhook may go to. The message is a sentence for the list of attempts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where to connect, and what to ask for there. ``host``: a name, or an address without brackets."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """Host and port as they stand in the head ``Host`` (RFC 9110, 7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _USUAL_PORTS[self.scheme] else f"{host}:{self.port}"


def read_target(url: str, *, allow_private: bool) -> Target:
    """Read a URL that somebody has entered. Names are not resolved here: they may stand for something else later.

    Args:
        url: absolute.
        allow_private: http, any port, and addresses of our own network are right as well.

    Raises:
        InvalidInput: it is not right; as ``url``.
    """
    if not 1 <= len(url) <= MAX_URL or not re.fullmatch("[!-~]+", url) or "\\" in url:
        raise _wrong(_("Give an address such as https://example.org/hook, in Latin letters, without blanks."))
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _wrong(_("This is not an address that can be read.")) from None
    if parts.scheme not in (("http", "https") if allow_private else ("https",)) or not url.startswith(
        (f"{parts.scheme}://", f"{parts.scheme.upper()}://")
    ):
        raise _wrong(_("The address has to begin with https://."))
    if "@" in parts.netloc or "#" in url:
        raise _wrong(_("The address may not contain a login or #."))
    port = port or _USUAL_PORTS[parts.scheme]
    if not allow_private and port < 1024 and port not in _WEB_PORTS:
        raise _wrong(_("This port belongs to another service. Use 443, or one above 1023."))
    host = _read_host(parts.netloc, allow_private=allow_private)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(scheme=parts.scheme, host=host, port=port, path=path)


def addresses_of(target: Target, *, allow_private: bool) -> list[Address]:
    """Resolve the name now, and check each address. Any one that is refused refuses all.

    Raises:
        NoTarget: there is none, or one of them is of a network that webhooks do not go to.
    """
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NoTarget("The name of the host is not known.") from error
    addresses = list(dict.fromkeys(ip_address(str(each[4][0])) for each in found))
    if not addresses:
        raise NoTarget("The name of the host is not known.")
    if not allow_private and not all(is_public(each) for each in addresses):
        raise NoTarget("The name stands for an address of a private network (WEBHOOK_ALLOW_PRIVATE).")
    return addresses


def is_public(address: Address) -> bool:
    """Return whether the address is one of the public internet. Those that hold another one inside are not."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NETWORKS_4)
    if address.scope_id is not None:
        return False
    return address in _WORLD_6 and not any(address in network for network in _NETWORKS_6)


def _read_host(netloc: str, *, allow_private: bool) -> str:
    bracketed = re.fullmatch(r"\[([0-9a-fA-F:.]+)\](?::[0-9]*)?", netloc)
    host = bracketed[1] if bracketed else netloc.partition(":")[0].lower().removesuffix(".")
    if bracketed or _LIKE_A_NUMBER.fullmatch(host.rpartition(".")[2]):
        return _read_address(host, six=bool(bracketed), allow_private=allow_private)
    if len(host) > 253 or not _NAME.fullmatch(host):
        raise _wrong(_("This is not an address that can be read."))
    if not allow_private and ("." not in host or host.endswith(tuple(f".{each}" for each in _INSIDE))):
        raise _wrong(_private())
    return host


def _read_address(host: str, *, six: bool, allow_private: bool) -> str:
    """Only the usual form: ``ip_address`` takes no octal, hexadecimal or shortened one."""
    try:
        address = ip_address(host)
    except ValueError:
        raise _wrong(_("Write an address of the network as four decimal numbers, or in brackets.")) from None
    if (address.version == 6) != six:
        raise _wrong(_("Write an address of the network as four decimal numbers, or in brackets."))
    if not allow_private and not is_public(address):
        raise _wrong(_private())
    return str(address)


def _private() -> str:
    return _("Webhooks do not go to a private network, unless WEBHOOK_ALLOW_PRIVATE is set.")


def _wrong(sentence: str) -> InvalidInput:
    return InvalidInput({"url": [sentence]})
