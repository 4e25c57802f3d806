"""Sets a stage: a cluster and a gateway, of the kind that the scenarios want, for as long as they play."""

import secrets
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from chaos.failover import add_gateways
from chaos.scenarios import DISK, IDEMPOTENT, TLS, TWO, TWO_IDEMPOTENT
from chaos.stage import CONCURRENCY, Stage, fitting_concurrency
from chaos.supervisor import Supervisor
from harness.simulator import TLS as CERTIFICATES
from harness.simulator import running_simulator
from vestnik.cluster.plan import free_port

#: Bytes of the disk that is filled, as mount says it: PostgreSQL's own files, and room for one mailing.
_DISK_SIZE = "700m"


@contextmanager
def theatre(folder: Path, where: str, *, seed: int, short: bool, messages: int) -> Iterator[Stage]:
    """A running cluster with its gateway, stopped and cleared away afterwards.

    Args:
        folder: for the home and all logs.
        where: the kind of stage.
        seed: of all that is left to chance.
        short: scenarios break less.
        messages: of the largest mailings.
    """
    folder.mkdir(parents=True, exist_ok=True)
    idempotent = where in {IDEMPOTENT, TWO_IDEMPOTENT}
    two = where in {TWO, TWO_IDEMPOTENT}
    dispatchers = 2 if short else 3
    concurrency = fitting_concurrency(messages, dispatchers) if two else CONCURRENCY
    settings = {"GATEWAY_CONCURRENCY": str(concurrency), "WEBHOOK_ALLOW_PRIVATE": "true"}
    secret = secrets.token_urlsafe(32)
    with ExitStack() as stack:
        if where == TLS:
            settings["SSL_CERT_FILE"] = str(CERTIFICATES / "cert.pem")
            port = free_port("127.0.0.1")
            wrong = ExitStack()
            gateway = wrong.enter_context(
                running_simulator(folder, tls=CERTIFICATES / "elsewhere.pem", port=port, secret=secret)
            )
            stack.push(wrong)
        else:
            options = ("--smpp-port", "0") if two else ()
            gateway = stack.enter_context(running_simulator(folder, *options, secret=secret))
        home = folder / "home"
        if where == DISK:
            stack.enter_context(_small_disk(home))
        supervisor = Supervisor(home, gateway, idempotent=idempotent, dispatchers=dispatchers, settings=settings)
        stack.callback(supervisor.stop)
        supervisor.start()
        stage = Stage(supervisor, gateway, idempotent=idempotent, seed=seed, messages=0, short=short)
        stage.concurrency = concurrency
        if two:
            (folder / "second").mkdir(exist_ok=True)
            stage.second = stack.enter_context(running_simulator(folder / "second"))
            add_gateways(stage, secret)
        if where == TLS:

            def mend() -> None:
                """The gateway comes back with a certificate that holds."""
                wrong.close()
                stage.gateway = stack.enter_context(
                    running_simulator(folder, tls=CERTIFICATES / "cert.pem", port=port, secret=secret)
                )

            stage.mend = mend
        yield stage


@contextmanager
def _small_disk(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={_DISK_SIZE},mode=0700", "tmpfs", str(folder)], check=True)  # noqa: S607
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)  # noqa: S607
