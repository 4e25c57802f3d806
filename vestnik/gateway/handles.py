"""What all requests to the gateway share: libcurl's options, trusted certificates, descriptors."""

import resource
import ssl
from pathlib import Path
from typing import Any

import pycurl

from vestnik.errors import SettingError

#: Bytes: a longer answer is garbage.
MAX_ANSWER = 65_536
#: Seconds after which an idle connection is not used again: common servers close theirs after 5.
IDLE_CONNECTION = 4
#: Descriptors that a process needs beside one for each request.
_OTHER_DESCRIPTORS = 256
#: Where distributions keep the trusted certificates: Debian and Alpine, Red Hat, SUSE, macOS and BSD.
_AUTHORITIES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)


def allow_descriptors(concurrency: int) -> None:
    """Let this process open a connection for each request.

    Raises:
        SettingError: the machine does not let it.
    """
    needed = concurrency + _OTHER_DESCRIPTORS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < needed:
        raise SettingError(
            "GATEWAY_CONCURRENCY",
            f"is {concurrency}, but this process may open only {hard} files: set it lower or `ulimit -Hn` to {needed}.",
        )
    if soft != resource.RLIM_INFINITY and soft < needed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))


def _authorities() -> str | None:
    """The machine's trusted certificates: the libcurl of a wheel does not know where a distribution keeps them."""
    default = ssl.get_default_verify_paths().cafile
    return next((path for path in (default, *_AUTHORITIES) if path and Path(path).is_file()), None)


def handle_options(token: str, connect_timeout: float, verify_file: str | None) -> dict[int, Any]:
    """What is the same for every request, by libcurl's option.

    Args:
        token: goes into ``Authorization: Bearer``.
        connect_timeout: seconds for name, connection and TLS together.
        verify_file: certificates to trust instead of the machine's.
    """
    headers = [
        f"Authorization: Bearer {token}",
        "Content-Type: application/json",
        "Accept: application/json",
        "Expect:",
    ]
    options: dict[int, Any] = {
        pycurl.POST: 1,
        pycurl.HTTPHEADER: headers,
        pycurl.USERAGENT: "vestnik",
        pycurl.HTTP_VERSION: pycurl.CURL_HTTP_VERSION_1_1,  # HTTP/2 has resends of its own (REFUSED_STREAM)
        pycurl.PROTOCOLS: pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS,
        pycurl.FOLLOWLOCATION: 0,
        pycurl.PROXY: "",  # not even one that the environment names
        pycurl.NOSIGNAL: 1,
        pycurl.TCP_NODELAY: 1,
        pycurl.CONNECTTIMEOUT_MS: max(1, int(connect_timeout * 1_000)),
        pycurl.MAXAGE_CONN: IDLE_CONNECTION,
        pycurl.MAXFILESIZE: MAX_ANSWER,
        pycurl.SSL_VERIFYPEER: 1,
        pycurl.SSL_VERIFYHOST: 2,
    }
    authorities = verify_file or _authorities()
    if authorities:
        options[pycurl.CAINFO] = authorities
    return options
