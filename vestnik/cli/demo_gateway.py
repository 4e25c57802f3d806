"""``vestnik demo --gateway KIND``: a mailing over a provider's protocol, with receipts, as an operator sets it up.

The provider is a simulator of its own, which ends with the demo. The commands are those that an operator types.
"""

import os
import secrets
import shlex
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from vestnik.cli.screen import Comparison, Screen
from vestnik.cluster.home import Home
from vestnik.cluster.processes import last_lines, spawn, stop, wait_for
from vestnik.cluster.rest import Rest
from vestnik.errors import ClusterError
from vestnik.gateways.adapters.kinds import KINDS
from vestnik.simulator.accounts import Account, receipts_plan, settings_for

#: Who gets the test message.
TEST_PHONE = "79110000001"
#: The share of messages that do not arrive, and milliseconds to the last receipt.
UNDELIVERED, RECEIPTS_MS = 0.1, 1_500
#: Seconds for the start of the simulator, and for all receipts: Exolve is asked about 20 messages a second.
START_SECONDS, RECEIPT_SECONDS = 20.0, 120.0
#: Bills in one answer of the simulator.
_PAGE = 50_000


@dataclass(slots=True)
class Provider:
    """A gateway that is set up at a simulator. ``billed``: bills before the mailing. ``rule``: of the mailing, or 0."""

    kind: str
    name: str
    home: Home
    simulator: Rest
    screen: Screen
    billed: int = 0
    rule: int = 0

    def type(self, *words: str, given: str = "") -> str:
        """Run a command of ours on the home and show it. Returns what it printed.

        Raises:
            ClusterError: it failed.
        """
        self.screen.note(f"$ vestnik {shlex.join(words)}", "cyan")
        return self.run(*words, given=given)

    def run(self, *words: str, given: str = "") -> str:
        """The same without showing it."""
        command = [sys.executable, "-m", "vestnik.cli", *words, "--home", str(self.home.folder)]
        done = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
        if done.returncode:
            raise ClusterError(f"vestnik {words[0]} {words[1]} failed: {(done.stdout + done.stderr).strip()[-800:]}")
        return done.stdout

    def send_over(self, mailing: int) -> None:
        """Make a rule for a mailing: all of it goes over this gateway."""
        words = ("route", "add", "--name", f"Demo of {self.kind}", "--mailing", str(mailing), "--over", self.name)
        self.rule = int(self.type(*words, "--place", "1").split()[1])

    def bills(self) -> list[dict[str, Any]]:
        """What the provider charges for, all messages of the mailing."""
        found: list[dict[str, Any]] = self.simulator.get(f"/control/bills?limit={_PAGE}&after={self.billed}")["bills"]
        return found


@contextmanager
def provider(kind: str, home: Home, screen: Screen) -> Iterator[Provider]:
    """A gateway of this kind that is enabled. At the end it, its rule and its simulator are removed.

    Raises:
        ClusterError: something of it failed.
    """
    secret = secrets.token_urlsafe(32)
    screen.step(f"Starting a simulator that plays the provider ({KINDS[kind].title})")
    with _simulator(home, secret) as account:
        found = Provider(kind, f"demo-{kind}-{secrets.token_hex(2)}", home, Rest(account.url), screen)
        try:
            _connect(found, account)
            yield found
        finally:
            _remove(found)


def show_receipts(found: Provider, api: Rest, mailing: int) -> bool:
    """Wait for the receipts of a mailing, and show what became of it beside the provider's bills. True: they agree."""
    found.screen.step("Waiting for the provider's receipts")
    states: dict[str, int] = {}

    def settled() -> bool:
        statistics = api.get(f"/sender/notifications/{mailing}/statistics?page_size=1")[0]
        states.update(statistics["by_state"])
        return not states["sent"]

    wait_for(settled, seconds=RECEIPT_SECONDS, pause=0.2)
    bills = found.bills()
    fates = Counter(bill["fate"] for bill in bills)
    twice = len(bills) - len({(bill["phone"], bill["text"]) for bill in bills})
    comparisons = [
        Comparison("messages", sum(states.values()), "bills", len(bills)),
        Comparison("delivered", states["delivered"], "delivered", fates["delivered"]),
        Comparison("undelivered", states["undelivered"], "undelivered", fates["undelivered"]),
        Comparison("sent twice", 0, "billed twice", twice),
    ]
    balanced = all(line.equal for line in comparisons)
    found.screen.totals(comparisons, balanced=balanced)
    return balanced


@contextmanager
def _simulator(home: Home, secret: str) -> Iterator[Account]:
    log = home.logs / f"demo-{secrets.token_hex(3)}.log"
    command = [sys.executable, "-m", "vestnik.simulator", "--port", "0", "--smpp-port", "0", "--bills"]
    process = spawn(command, env={**os.environ, "SIMULATOR_SECRET": secret}, log=log)
    try:
        wait_for(lambda: "ready " in log.read_text() or process.poll() is not None, seconds=START_SECONDS)
        words = log.read_text().split()
        if words[:1] != ["ready"]:
            raise ClusterError(f"The simulator did not start: {last_lines(log)}")
        yield Account(url=words[1], smpp_port=int(words[2].rpartition(":")[2]), secret=secret)
    finally:
        stop(process, by=signal.SIGTERM, seconds=5)
        log.unlink(missing_ok=True)


def _connect(found: Provider, account: Account) -> None:
    """Add, check, test and enable, as docs/how-to/connect-your-provider.md has it."""
    found.screen.step("Connecting it, as an operator does")
    settings = settings_for(found.kind, account)
    given, secret_lines = _typed(found.kind, settings)
    found.type("gateway", "add", found.name, "--kind", found.kind, *given, given=secret_lines)
    receipts = _receipts_url(found)
    if found.kind == "twilio":
        found.type("gateway", "edit", found.name, "--set", f"callback_url={receipts}")
    plan = receipts_plan(found.kind, receipts)
    found.simulator.post("/control/receipts", {"undelivered": UNDELIVERED, "high_ms": RECEIPTS_MS, **plan})
    for words in (("check", found.name), ("test", found.name, TEST_PHONE), ("enable", found.name)):
        found.screen.note(found.type("gateway", *words).strip())
    found.billed = len(found.bills())


def _typed(kind: str, settings: Mapping[str, Any]) -> tuple[list[str], str]:
    """Options of a command for settings, and the lines of its standard input for secrets."""
    hidden = {field.name for field in KINDS[kind].fields if field.is_secret}
    options = [word for name, value in settings.items() if name not in hidden for word in ("--set", f"{name}={value}")]
    return options, "".join(f"{name}={value}\n" for name, value in settings.items() if name in hidden)


def _receipts_url(found: Provider) -> str | None:
    lines = found.type("gateway", "show", found.name).splitlines()
    label = "receipts url "
    return next((line.removeprefix(label) for line in lines if line.startswith(label)), None)


def _remove(found: Provider) -> None:
    """Take away what was set up; where that is refused, say what is left."""
    found.screen.step(f"Removing {found.name} and its rule")
    try:
        if found.rule:
            found.type("route", "remove", str(found.rule))
        with suppress(ClusterError):  # it may not have been added
            found.type("gateway", "disable", found.name)
        _when_free(found)
    except ClusterError as error:
        found.screen.note(f"{error}\nRemove it yourself: vestnik gateway remove {found.name}", "yellow")


def _when_free(found: Provider) -> None:
    """Remove the gateway. A lease may last a moment longer than the last message."""
    until = time.monotonic() + 20
    while True:
        try:
            found.run("gateway", "remove", found.name, "--yes")
        except ClusterError:
            if time.monotonic() > until:
                raise
            time.sleep(1)
        else:
            return
