"""``vestnik demo``: shows the whole main job, over the REST API as any client would do it."""

import contextlib
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from vestnik.cli.demo_gateway import provider, show_receipts
from vestnik.cli.screen import Comparison, Screen
from vestnik.cluster.home import Home, Running
from vestnik.cluster.processes import piped
from vestnik.cluster.rest import Rest, answers
from vestnik.errors import ClusterError
from vestnik.phones.display import mask_phone
from vestnik.simulator import TEST_GATEWAY

#: From so many clients on the mailing goes to everybody; below, to two tags and these codes.
ALL_FROM = 100_000
TAGS = ("regular", "loyal")
CODES = (903, 905, 906, 909, *range(910, 930), *range(960, 970), 982, 987)
TEXT = (
    "{{first_name|Дорогой клиент}}, на вашем счёте {{bonus|number|0}} {{bonus|plural:балл,балла,баллов|баллов}}."
    " Весенняя распродажа: −20 % на всё до воскресенья. Ответьте СТОП, чтобы не получать рассылки."
)
#: Texts that are shown.
SHOWN_TEXTS = 3
#: Seconds: between looks at the statistics, and without any progress before the demo gives up.
LOOK_SECONDS, PATIENCE = 0.1, 120.0
#: Seconds that a start and a stop of the cluster may take.
STOP_SECONDS = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """The options of the demo. ``leave``: end when all is shown, instead of keeping the cluster running.

    ``gateway``: a kind to send over instead of the cluster's own simulator; None: that one.
    """

    home: Home
    host: str
    port: int
    clients: int
    leave: bool
    gateway: str | None = None


def run(demo: Demo) -> bool:
    """Show everything; True when the totals balance and equal the gateway's.

    Raises:
        ClusterError: the cluster does not start, refuses something, or stands still.
    """
    screen = Screen()
    screen.console.print("\nVestnik: one text to everybody who matches, every message accounted for\n", style="bold")
    with _cluster(demo, screen) as (running, child):
        if demo.gateway is None:
            _refuse_real_gateways(running.url)
        _load(demo, screen)
        balanced = (
            _send(demo, running, screen) if demo.gateway is None else _send_over(demo, demo.gateway, running, screen)
        )
        if not demo.leave:
            _keep(running, child, screen)
    return balanced


def _refuse_real_gateways(url: str) -> None:
    """Raises ClusterError: a rule sends messages over a gateway that was added, so the demo's might reach people."""
    if Rest(url).get("/health/ready")["gateway"] != TEST_GATEWAY:
        raise ClusterError(
            "A rule sends messages over a real gateway, and the sample's numbers may be real: remove it."
        )


@contextlib.contextmanager
def _cluster(demo: Demo, screen: Screen) -> Iterator[tuple[Running, "subprocess.Popen[str] | None"]]:
    """The cluster of the home: the one that runs, or one that is started now and stopped at the end."""
    running = demo.home.running()
    if os.environ.get("GATEWAY_URL") if running is None else not running.simulated:
        raise ClusterError("GATEWAY_URL names an outside gateway, and the sample's numbers may be real: unset it.")
    if running is not None and running.ready:
        screen.step(f"Using the cluster that runs on {demo.home.folder} ({running.url})")
        yield running, None
        return
    screen.step("Starting the cluster: PostgreSQL, a broker, web, workers, and a gateway to send to")
    child = piped(
        [sys.executable, "-m", "vestnik.cli", "up", "--home", str(demo.home.folder),
         "--host", demo.host, "--port", str(demo.port)],
    )  # fmt: skip
    try:
        yield _started(demo, child, screen), child
    finally:
        if child.poll() is None:
            screen.step("Stopping the cluster")
            child.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(STOP_SECONDS)


def _started(demo: Demo, child: "subprocess.Popen[str]", screen: Screen) -> Running:
    came = threading.Event()
    threading.Thread(target=_relay, args=(child, screen, came), daemon=True).start()
    came.wait()
    running = demo.home.running()
    if running is None or not running.ready:
        child.wait()
        raise ClusterError("The cluster did not start.")
    return running


def _relay(child: "subprocess.Popen[str]", screen: Screen, came: threading.Event) -> None:
    """Show the cluster's own messages; ``came`` is set when it is ready, or has ended."""
    for line in child.stdout or ():
        screen.note(line.rstrip(), "bold green" if line.startswith(("ready ", "administrator ")) else "dim")
        if line.startswith("ready "):
            came.set()
    came.set()


def _load(demo: Demo, screen: Screen) -> None:
    screen.step(f"Loading a directory of {demo.clients:,} clients over real Russian numbering (vestnik sample)")
    command = [sys.executable, "-m", "vestnik.cli", "sample", "--clients", str(demo.clients)]
    began = time.monotonic()
    done = subprocess.run([*command, "--home", str(demo.home.folder)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise ClusterError(f"The sample could not be loaded: {done.stderr.strip()[-800:]}")
    screen.note(f"{done.stdout.strip()}, in {time.monotonic() - began:.1f} s")


def _send(demo: Demo, running: Running, screen: Screen) -> bool:
    api, gateway = Rest(running.url), Rest(running.gateway_url)
    username, password = f"demo-{secrets.token_hex(3)}", secrets.token_urlsafe(9)
    screen.step(f"Registering {username} and logging in over the REST API")
    api.register(username=username, password=password)
    api.log_in(username=username, password=password)

    before = gateway.get("/control/totals")
    mailing = api.post("/sender/notifications", _mailing(demo))
    screen.step(f"POST /sender/notifications: mailing {mailing['id']} {_audience(mailing)}, from now for two hours")
    statistics = _watch(api, mailing["id"], screen)
    balanced = _compare(statistics, before, gateway.get("/control/totals"), screen)
    if statistics["total_count"]:
        _show_texts(api, mailing["id"], screen)
        seconds = _first_after(api, gateway, statistics)
        screen.note(f"The first message reached the gateway {seconds:.2f} s after the start.")
    screen.places("Where to look", [
        ("API, to try out", f"{running.url}/docs/  (log in as {username}, password {password})"),
        ("this mailing", f"{running.url}/sender/notifications/{mailing['id']}/statistics"),
        ("all mailings", f"{running.url}/sender/notifications/statistics"),
        ("the gateway's totals", f"{running.gateway_url}/control/totals"),
        ("logs", str(demo.home.logs)),
        *([("console", f"{running.url}/console/")] if answers(f"{running.url}/console/") else []),
    ])  # fmt: skip
    return balanced


def _send_over(demo: Demo, kind: str, running: Running, screen: Screen) -> bool:
    """Send over a provider's protocol, and wait for its receipts."""
    api = Rest(running.url)
    username, password = f"demo-{secrets.token_hex(3)}", secrets.token_urlsafe(9)
    api.register(username=username, password=password)
    api.log_in(username=username, password=password)
    with provider(kind, demo.home, screen) as found:
        begins = datetime.now(UTC) + timedelta(minutes=30)
        choice = {"tag": None, "operator_code": CODES[:1]}
        body = {**_mailing(demo), "name": f"Demo of {kind}", "filter": choice, "start_time": begins.isoformat()}
        mailing = api.post("/sender/notifications", body)["id"]
        # It starts once its rule is there: nothing of it may go over another gateway.
        found.send_over(mailing)
        api.patch(f"/sender/notifications/{mailing}", {"start_time": datetime.now(UTC).isoformat()})
        screen.step(f"Mailing {mailing} to the operator code {CODES[0]}, over {found.name}")
        _watch(api, mailing, screen)
        return show_receipts(found, api, mailing)


def _mailing(demo: Demo) -> dict[str, Any]:
    everybody = demo.clients >= ALL_FROM
    return {
        "name": f"Demo, {demo.clients} clients",
        "message_text": TEXT,
        "personal": True,
        "on_missing": "default",
        "locale": "ru",
        "filter": {"tag": None, "operator_code": None} if everybody else {"tag": TAGS, "operator_code": CODES},
        "end_time": (datetime.now(UTC) + timedelta(hours=2)).isoformat(),
    }


def _audience(mailing: dict[str, Any]) -> str:
    wanted = mailing["filter"]
    if wanted["tag"] is None:
        return "to every client"
    return f"to the tags {' and '.join(wanted['tag'])} with {len(wanted['operator_code'])} operator codes"


def _watch(api: Rest, mailing: int, screen: Screen) -> dict[str, Any]:
    """Show the mailing's progress until it is over; its statistics then."""
    counts, moved = None, time.monotonic()
    with screen:
        while True:
            statistics: dict[str, Any] = api.get(f"/sender/notifications/{mailing}/statistics?page_size=1")[0]
            over = statistics["state"] in {"completed", "expired", "cancelled"}
            screen.progress(total=statistics["total_count"], by_state=statistics["by_state"], final=over)
            if over:
                return statistics
            if statistics["by_state"] != counts:
                counts, moved = statistics["by_state"], time.monotonic()
            if time.monotonic() - moved > PATIENCE:
                raise ClusterError(f"Mailing {mailing} has stood still for {PATIENCE:.0f} s: see the logs.")
            time.sleep(LOOK_SECONDS)


def _compare(statistics: dict[str, Any], before: dict[str, Any], after: dict[str, Any], screen: Screen) -> bool:
    """Both totals; the gateway's as the increase since the start, so nobody else may be sending meanwhile."""
    by_state, total = statistics["by_state"], statistics["total_count"]
    grown = {name: after[name] - before[name] for name in ("distinct", "repeated", "accepted")}
    comparisons = [
        Comparison("messages", total, "distinct ids", grown["distinct"]),
        Comparison("sent", by_state["sent"] + by_state["delivered"], "accepted", grown["accepted"]),
        Comparison("sent twice", 0, "received twice", grown["repeated"]),
    ]
    sums = sum(by_state.values()) == total > 0
    balanced = sums and all(line.equal for line in comparisons)
    screen.totals(comparisons, balanced=balanced)
    return balanced


def _show_texts(api: Rest, mailing: int, screen: Screen) -> None:
    """Some of the texts that were sent: each has its client's own name and points."""
    screen.step("The text is personal. Some of those that were sent:")
    for message in api.get(f"/sender/notifications/{mailing}/messages?text=true&page_size={SHOWN_TEXTS}"):
        screen.note(f"{mask_phone(message['phone_number'])}: {message['text']}", "")


def _first_after(api: Rest, gateway: Rest, statistics: dict[str, Any]) -> float:
    """Seconds from a mailing's start until the gateway received the first of its messages (of its first thousand)."""
    first = api.get(f"/sender/notifications/{statistics['id']}/messages?page_size=1")[0]["id"]
    received = gateway.get(f"/control/ids?after={first - 1}&limit=1000")["ids"]
    began = datetime.fromisoformat(statistics["start_time"]).timestamp()
    return min(float(each["first_at"]) for each in received) - began


def _keep(running: Running, child: "subprocess.Popen[str] | None", screen: Screen) -> None:
    if child is None:
        screen.note(f"The cluster goes on running at {running.url}; `vestnik down` stops it.", "bold")
        return
    screen.note(f"The cluster goes on running at {running.url}; Ctrl-C stops it.", "bold")
    with contextlib.suppress(KeyboardInterrupt):
        child.wait()
