"""``vestnik``: the command line. Each command parses, calls a service and answers; the work is done in other packages.

Django takes a second to load, so a command that needs it imports it itself; ``vestnik --help`` does not wait.
"""

import os
import sys
from pathlib import Path

import click

from vestnik.cli.data import backup, new_secrets, outcome_log, restore, restored
from vestnik.cli.directory import export_clients, import_clients
from vestnik.cli.gateway_receipts import rotate_receipts
from vestnik.cli.gateway_trials import COMMANDS as TRIAL_COMMANDS
from vestnik.cli.gateways import COMMANDS as GATEWAY_COMMANDS
from vestnik.cli.mailings import ignore_wait, mailing
from vestnik.cli.printing import say
from vestnik.cli.reports import doctor, report
from vestnik.cli.routes import route
from vestnik.cli.session import DEFAULT_HOME, end_quickly, home_option, talk_to
from vestnik.cli.stop_list import erase, stop_list
from vestnik.cli.trace import trace
from vestnik.cluster.home import Home
from vestnik.cluster.home_secrets import NEW_KEY
from vestnik.cluster.reported import reported
from vestnik.cluster.secrets_folder import SECRET_FILES, make_secrets, with_secrets
from vestnik.environment import OPEN_REGISTRATION, Environment, read_environment
from vestnik.simulator.accounts import PROVIDERS


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def vestnik() -> None:
    """Vestnik sends one text to every client that matches a filter, and keeps the result of every message."""


@vestnik.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="the address to listen on")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="0: any free one")
@click.option("--workers", default=2, show_default=True, type=click.IntRange(0, 64), help="dispatchers")
@click.option("--concurrency", type=click.IntRange(1, 10_000), help="requests in flight in each dispatcher")
@home_option
def up(host: str, port: int, workers: int, concurrency: int | None, home: Path | None) -> None:
    """Start everything and run until Ctrl-C: database, broker, web, workers, and a gateway to send to."""
    from vestnik.cluster import up as running
    from vestnik.cluster.plan import Options

    options = Options(host=host, port=port, dispatchers=workers, concurrency=concurrency)
    running.up(Home(home or DEFAULT_HOME), options)


@vestnik.command()
@home_option
def down(home: Path | None) -> None:
    """Stop the cluster that runs on a home, and wait until it has ended."""
    from vestnik.cluster import up as running

    running.down(Home(home or DEFAULT_HOME))
    say("stopped")


@vestnik.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="where a cluster that is started now listens")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="0: any free one")
@click.option("--clients", default=20_000, show_default=True, type=click.IntRange(1, 9_000_000))
@click.option(
    "--gateway",
    "kind",
    type=click.Choice(PROVIDERS),
    help="send over this provider's protocol, and show receipts",
)
@click.option("--exit", "leave", is_flag=True, help="end when all is shown: status 0 only if the totals are right")
@home_option
def demo(host: str, port: int, clients: int, kind: str | None, leave: bool, home: Path | None) -> None:
    """Show the whole main job: a cluster, a directory, a mailing, its progress, and the totals."""
    from vestnik.cli import demo as showing

    where = Home(home or DEFAULT_HOME)
    asked = showing.Demo(home=where, host=host, port=port, clients=clients, leave=leave, gateway=kind)
    if not showing.run(asked):
        sys.exit(1)


@vestnik.group(invoke_without_command=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="where the simulator listens")
@click.option("--port", default=8080, show_default=True, type=click.IntRange(0, 65535), help="0: any free one")
@click.pass_context
def gateway(context: click.Context, host: str, port: int) -> None:
    """Manage gateways. Without a command: run the simulator of one alone.

    The simulator checks tokens made with SIMULATOR_SECRET.
    """
    if context.invoked_subcommand is None:
        _become("vestnik.simulator", "--host", host, "--port", str(port))


@vestnik.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8080, show_default=True, type=click.IntRange(0, 65535), help="0: any free one")
@click.option("--smpp-port", type=click.IntRange(0, 65535), help="speak SMPP 3.4 on this port, too; 0: any free one")
@click.option("--bills", is_flag=True, help="keep a bill of each message by Probe, too (/control/bills)")
@click.option("--receipts", default="", metavar="URL", help="post the receipts of providers' messages there")
@click.option("--receipts-secret", default="", help="what signs them, as the provider's cabinet has it")
@click.option("--receipts-after", default=0.0, type=click.FloatRange(0, 86_400), help="seconds, at the latest")
@click.option(
    "--undelivered", default=0.0, type=click.FloatRange(0, 1), help="the share of messages that do not arrive"
)
def simulate(
    host: str,
    port: int,
    smpp_port: int | None,
    bills: bool,
    receipts: str,
    receipts_secret: str,
    receipts_after: float,
    undelivered: float,
) -> None:
    """Run a gateway that delivers nothing: Probe, and providers' protocols under /smsc, /smsru, /exolve and /twilio.

    Every account's password is SIMULATOR_SECRET, or a token made with it.
    """
    options = ["--host", host, "--port", str(port), "--receipts", receipts, "--receipts-secret", receipts_secret]
    options += ["--receipts-after", str(receipts_after), "--undelivered", str(undelivered)]
    options += [] if smpp_port is None else ["--smpp-port", str(smpp_port)]
    _become("vestnik.simulator", *options, *(["--bills"] if bills else []))


@vestnik.command()
@home_option
def migrate(home: Path | None) -> None:
    """Bring the ledger's tables up to date, and create the first administrator if there is none."""
    talk_to(home)
    from vestnik.cluster.prepare import prepare

    password = prepare()
    if password:
        say(f"administrator  {os.environ.get('ADMIN_EMAIL') or 'admin'}, password {password} (shown this once)")


@vestnik.command()
@click.option("--clients", default=20_000, show_default=True, type=click.IntRange(1, 9_000_000))
@click.option("--seed", default=1, show_default=True, help="another seed is another sample")
@home_option
def sample(clients: int, seed: int, home: Path | None) -> None:
    """Load a sample directory: clients over real Russian numbering. Those that are there already stay."""
    talk_to(home)
    from vestnik.clients.sample import load_sample
    from vestnik.db.connection import open_connection
    from vestnik.ledger.outside import leads_outside

    with open_connection("sample", statement_timeout=1_800) as connection:
        loaded = load_sample(connection, clients=clients, seed=seed)
    if leads_outside(read_environment()):
        say("A real gateway is enabled, and these numbers may be real people's: send nothing.", err=True)
    say(f"{loaded.added:,} clients added, {loaded.present:,} were there already")


@vestnik.command()
@click.option("--username", prompt=True)
@click.option("--email", default="", help="the daily report goes there")
@click.option("--language", type=click.Choice(["en", "ru"]), default="en", show_default=True, help="of that report")
@click.password_option(envvar="ADMIN_PASSWORD")
@home_option
def createadmin(username: str, email: str, language: str, password: str, home: Path | None) -> None:
    """Create an administrator."""
    talk_to(home)
    from vestnik.accounts.administrators import create_administrator

    create_administrator(username=username, email=email, password=password, language=language)
    say(f"{username} is an administrator now.")


@vestnik.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--processes", default=2, show_default=True, type=click.IntRange(1, 64))
def web(host: str, port: int, processes: int) -> None:
    """Run the web server alone, with the environment as it is (containers)."""
    if _strangers_may_send(read_environment()):
        say(OPEN_REGISTRATION, err=True)
    _become("vestnik.cluster.web", "--host", host, "--port", str(port), "--workers", str(processes))


@vestnik.command()
@click.option("--queue", type=click.Choice(["dispatch", "work"]), help="default: both, in one process")
def worker(queue: str | None) -> None:
    """Run one worker alone, with the environment as it is (containers).

    `--queue dispatch` is a dispatcher, which only sends: run as many as there are processors to use. `--queue work`
    builds audiences and sends reports: run one or more. Without --queue one process does both, for a small machine.
    """
    from vestnik.cluster.plan import CELERY, worker_options

    read_environment()
    queues = [queue] if queue else ["dispatch", "work"]
    _become(*CELERY, "-A", "vestnik.workers.app", "worker", *worker_options(*queues))


@vestnik.command()
@click.option("--schedule", type=click.Path(path_type=Path, dir_okay=False), default=Path("/tmp/vestnik-beat"))  # noqa: S108
def beat(schedule: Path) -> None:
    """Run Celery's beat alone, with the environment as it is (containers). There should be one."""
    from vestnik.cluster.plan import CELERY

    read_environment()
    options = ("--schedule", str(schedule), "--pidfile", "", "-l", "WARNING")
    _become(*CELERY, "-A", "vestnik.workers.beat", "beat", *options)


def _strangers_may_send(environment: Environment) -> bool:
    """Whether registration was opened by hand, though messages reach people. A ledger that is away says nothing."""
    if not environment.registration_open or environment.registration_by_default:
        return False
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vestnik.settings")
    import django

    django.setup()
    from django.db import DatabaseError

    from vestnik.accounts.registration import strangers_may_send

    try:
        return strangers_may_send()
    except DatabaseError:
        return False


def _become(module: str, *arguments: str) -> None:
    """Turn this process into another program of ours, which then gets the signals itself."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vestnik.settings")
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", module, *arguments])  # noqa: S606 - our own interpreter


for _command in (*GATEWAY_COMMANDS, *TRIAL_COMMANDS, rotate_receipts):
    gateway.add_command(_command)
for _command in (
    mailing,
    route,
    stop_list,
    doctor,
    ignore_wait,
    report,
    trace,
    import_clients,
    outcome_log,
    export_clients,
    erase,
    backup,
    restore,
    restored,
    new_secrets,
):
    vestnik.add_command(_command)


@vestnik.command(name="secrets")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--new-password", is_flag=True, help="create a new database password, if it is lost")
def make_secret_files(folder: Path, new_password: bool) -> None:
    """Make the secrets that a cluster of containers shares, where they are missing (SECRETS_DIR)."""
    made = make_secrets(folder, new_password=new_password)
    say(f"made: {', '.join(made)}" if made else "all secrets exist already")
    if "secret_key" in made and len(made) < len(SECRET_FILES):
        say(f"attention: {NEW_KEY}")


def main() -> None:
    """The entry point: an error that we foresaw is one sentence on stderr and exit status 1."""
    try:
        reported(_run)
    finally:
        end_quickly()


def _run() -> None:
    making_them = sys.argv[1:2] == ["secrets"]
    if not making_them:
        os.environ.update(with_secrets(os.environ))
    vestnik()
