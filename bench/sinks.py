"""What takes the messages in a measurement: faster than anything that sends to it, so never what is measured."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from vestnik.cluster.plan import free_port
from vestnik.cluster.processes import spawn, stop, wait_for
from vestnik.cluster.rest import DIRECT
from vestnik.errors import ClusterError

#: One worker leaves the other core of two to the senders: it answers some 80,000 requests a second.
_NGINX = """
worker_processes {workers};
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx-error.log;
events {{ worker_connections 16384; }}
http {{
  access_log off;
  keepalive_requests 1000000000;
  keepalive_timeout 600s;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port} backlog=8192{tls};
    location / {{ default_type application/json; return 200 '{{"code":0,"message":"OK"}}'; }}
  }}
}}
"""
#: What a sink that speaks TLS shows, and what those who send to it are to trust.
_CERTIFICATE, _KEY = "certificate.pem", "key.pem"
_TLS = " ssl;\n    ssl_certificate {folder}/certificate.pem;\n    ssl_certificate_key {folder}/key.pem"


@dataclass(frozen=True, slots=True)
class Sink:
    """Where messages go, and the process that takes them. ``certificate``: to be trusted, where it speaks TLS."""

    url: str
    pid: int
    certificate: Path | None = None

    def processes(self) -> list[psutil.Process]:
        """The process and what it has started."""
        main = psutil.Process(self.pid)
        return [main, *main.children(recursive=True)]


@contextmanager
def nginx(folder: Path, *, tls: bool = False) -> Iterator[Sink]:
    """Nginx that answers every request at once with the gateway's "OK", over TLS with a certificate made for it.

    Raises:
        ClusterError: there is none and it cannot be installed, or it does not start.
    """
    port = free_port("127.0.0.1")
    configuration = folder / "nginx.conf"
    workers = max(1, (os.cpu_count() or 2) // 2)
    if tls:
        _make_certificate(folder)
    text = _NGINX.format(folder=folder, port=port, workers=workers, tls=_TLS.format(folder=folder) if tls else "")
    configuration.write_text(text, encoding="utf-8")
    if os.geteuid() == 0:
        # Its workers run as another user, who must be able to write a body that is larger than usual.
        folder.chmod(0o755)
    with _running([_find_nginx(), "-c", str(configuration)], folder / "nginx.log", port) as sink:
        yield replace(sink, url=f"https://127.0.0.1:{port}", certificate=folder / _CERTIFICATE) if tls else sink


@contextmanager
def slow(folder: Path) -> Iterator[Sink]:
    """A sink that answers each request :func:`set_delay` seconds after it came (nginx cannot wait); 0 at first."""
    port = free_port("127.0.0.1")
    command = [sys.executable, "-m", "bench.slow_sink", "--port", str(port)]
    with _running(command, folder / "slow-sink.log", port) as sink:
        yield sink


@contextmanager
def smsc(folder: Path) -> Iterator[Sink]:
    """An SMSC that was not written here (smpp34, Rust) and takes every message at once. Its URL has the port."""
    port = free_port("127.0.0.1")
    with _running([sys.executable, "-m", "bench.smpp_sink", str(port)], folder / "smsc.log", port) as sink:
        yield sink


def set_delay(sink: Sink, seconds: float) -> None:
    """From now on the slow sink takes so long."""
    DIRECT.open(f"{sink.url}/delay/{seconds}", timeout=5).read()


@contextmanager
def _running(command: list[str], log: Path, port: int) -> Iterator[Sink]:
    process = spawn(command, env=os.environ, log=log)
    try:
        if not wait_for(lambda: _listens(port) or process.poll() is not None, seconds=10) or process.poll() is not None:
            raise ClusterError(f"{command[0]} does not start:\n{log.read_text(errors='replace')[-800:]}")
        yield Sink(f"http://127.0.0.1:{port}", process.pid)
    finally:
        stop(process, by=signal.SIGTERM, seconds=5)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _make_certificate(folder: Path) -> None:
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "2",
    ]
    names = ["-subj", "/CN=bench", "-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-keyout", str(folder / _KEY), "-out", str(folder / _CERTIFICATE)]
    done = subprocess.run([*command, *names, *files], capture_output=True, text=True, check=False)
    if done.returncode:
        raise ClusterError(f"openssl makes no certificate: {done.stderr}")


def _find_nginx() -> str:
    found = _which_nginx()
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        sys.stdout.write("nginx is missing: installing Debian's\n")
        command = ["apt-get", "install", "-y", "-q", "--no-install-recommends", "nginx-light"]
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-q"], check=False, capture_output=True)  # noqa: S607 - the system's
        subprocess.run(command, check=False, capture_output=True, env=environment)
        found = _which_nginx()
    if found is None:
        raise ClusterError("nginx is missing, and it takes the messages here: `apt-get install nginx-light` as root.")
    return found


def _which_nginx() -> str | None:
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
