"""Runs the simulator until SIGTERM or SIGINT: ``python -m vestnik.simulator --host 127.0.0.1 --port 8080``."""

import argparse
import asyncio
import os
import resource
import signal
import ssl
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

import uvloop

from vestnik.errors import InvalidInput, SettingError
from vestnik.simulator.connection import Connection
from vestnik.simulator.receipts import ReceiptPlan, parse_receipt_plan
from vestnik.simulator.smpp import SmppConnection
from vestnik.simulator.smpp_receipts import Mailroom
from vestnik.simulator.state import Gateway


def main() -> int:
    """Run the simulator, and return the exit status."""
    options = _parser().parse_args()
    try:
        return uvloop.run(_serve(options))
    except (SettingError, InvalidInput, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="vestnik.simulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8080, help="0: any free one; the ready line says which")
    parser.add_argument("--smpp-port", type=int, help="speak SMPP 3.4 on this port, too; 0: any free one")
    parser.add_argument("--log", type=Path, help="write start (unix seconds), id and answer of each request there")
    parser.add_argument("--bills", action="store_true", help="keep a bill of each message by Probe, too")
    parser.add_argument("--receipts", default="", metavar="URL", help="post receipts of providers' messages there")
    parser.add_argument("--receipts-secret", default="", help="what signs them, as the provider's cabinet has it")
    parser.add_argument("--receipts-after", type=float, default=0, metavar="SECONDS", help="the latest, of a message")
    parser.add_argument("--undelivered", type=float, default=0, help="the share of messages that do not arrive, 0 to 1")
    parser.add_argument("--cert", type=Path, help="serve HTTPS with this certificate (PEM) …")
    parser.add_argument("--key", type=Path, help="… and this key")
    return parser


async def _serve(options: argparse.Namespace) -> int:
    _allow_descriptors()
    tls = _tls(options.cert, options.key) if options.cert else None
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    log_file = options.log.open("a", encoding="ascii", buffering=1) if options.log else None
    secret = os.environ.get("SIMULATOR_SECRET", "")
    gateway = Gateway(
        Connection, secret=secret, tls=tls, log=_log(log_file), bills_of_probe=options.bills, receipts=_plan(options)
    )
    port = await gateway.open(options.host, options.port)
    host = f"[{options.host}]" if ":" in options.host else options.host
    ready = f"ready {'https' if tls else 'http'}://{host}:{port}"
    if options.smpp_port is not None:
        mailroom = Mailroom(gateway)
        beside = await gateway.open_beside(
            lambda each: SmppConnection(each, mailroom), options.host, options.smpp_port
        )  # fmt: skip
        ready += f" smpp://{host}:{beside}"
    sys.stdout.write(f"{ready}\n")
    sys.stdout.flush()
    await ended.wait()
    gateway.close()
    if log_file is not None:
        log_file.close()
    return 0


def _plan(options: argparse.Namespace) -> ReceiptPlan:
    """Raises InvalidInput where an option is out of its range."""
    return parse_receipt_plan(
        {
            "url": options.receipts, "secret": options.receipts_secret, "undelivered": options.undelivered,
            "high_ms": options.receipts_after * 1_000,
        }
    )  # fmt: skip


def _log(file: TextIO | None) -> Callable[[float, int, str], None] | None:
    if file is None:
        return None
    return lambda started_at, message, name: print(f"{started_at:.6f}\t{message}\t{name}", file=file)


def _tls(cert: Path, key: Path | None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return context


def _allow_descriptors() -> None:
    """Raise the limit of open files as far as possible."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


if __name__ == "__main__":
    sys.exit(main())
