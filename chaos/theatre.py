"""Sets a stage: a cluster and a gateway, of the kind that the scenarios want, for as long as they play."""

import secrets
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from chaos.scenarios import DISK, IDEMPOTENT, TLS
from chaos.stage import CONCURRENCY, Stage
from chaos.supervisor import Supervisor
from harness.simulator import TLS as CERTIFICATES
from harness.simulator import running_simulator
from vestnik.cluster.plan import free_port

#: Bytes of the disk that is filled, as mount says it: PostgreSQL's own files, and room for one mailing.
_DISK_SIZE = "700m"


@contextmanager
def theatre(folder: Path, where: str, *, seed: int, short: bool) -> Iterator[Stage]:
    """A running cluster with its gateway, stopped and cleared away afterwards.

    Args:
        folder: for the home and all logs.
        where: the kind of stage.
        seed: of all that is left to chance.
        short: scenarios break less.
    """
    folder.mkdir(parents=True, exist_ok=True)
    idempotent = where == IDEMPOTENT
    settings = {"GATEWAY_CONCURRENCY": str(CONCURRENCY)}
    with ExitStack() as stack:
        if where == TLS:
            settings["SSL_CERT_FILE"] = str(CERTIFICATES / "cert.pem")
            secret, port = secrets.token_urlsafe(32), free_port("127.0.0.1")
            wrong = ExitStack()
            gateway = wrong.enter_context(
                running_simulator(folder, tls=CERTIFICATES / "elsewhere.pem", port=port, secret=secret)
            )
            stack.push(wrong)
        else:
            gateway = stack.enter_context(running_simulator(folder))
        home = folder / "home"
        if where == DISK:
            stack.enter_context(_small_disk(home))
        dispatchers = 2 if short else 3
        supervisor = Supervisor(home, gateway, idempotent=idempotent, dispatchers=dispatchers, settings=settings)
        stack.callback(supervisor.stop)
        supervisor.start()
        stage = Stage(supervisor, gateway, idempotent=idempotent, seed=seed, messages=0, short=short)
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
