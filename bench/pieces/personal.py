"""Personal texts beside one text for all: building the audience and sending it; and whether each text is its reader's.

The check is told for ``--messages`` (a million): a simulator keeps what it got, and each text must name its own phone,
hold the values of that phone's client and no placeholder.
"""

import re
import time
from pathlib import Path
from typing import Any

from bench.cluster import Sent, cluster
from bench.context import Context
from bench.findings import Goal, Row
from bench.pieces.fan_out import built
from bench.processes import cpu_by_kind, members, peak_memory
from bench.sinks import nginx
from harness.cluster import Cluster
from harness.rest import in_future
from harness.rows import add_mailing, ledger_now
from harness.simulator import running_simulator
from vestnik.cluster.processes import wait_for
from vestnik.errors import ClusterError

#: Messages of a mailing that is measured, clients of an audience, and messages whose texts are looked at.
MESSAGES, CLIENTS, CHECKED = 200_000, 1_000_000, 1_000_000
_TEXTS = "/sender/notifications/preview/texts"
#: Seconds that a mailing may take.
_MAILING = 900.0
PLAIN = {"message_text": "Здравствуйте, Анна! На вашем счёте 1 500,50 рубля, до 31.12.2026. Ваш номер 79000000000."}
TEXT = (
    "Здравствуйте, {{first_name|друг}}! На вашем счёте {{balance|number:2}}"
    " {{rubles|plural:рубль,рубля,рублей}}, до {{day|date}}. Ваш номер {{phone_number}}."
)
PERSONAL = {"message_text": TEXT, "personal": True, "on_missing": "skip", "locale": "ru"}
#: What TEXT becomes, by the attributes that :func:`give_attributes` gives: name and balance are made of the phone.
_RENDERED = re.compile(
    r"Здравствуйте, Анна-(\d{11})! На вашем счёте ([\d ]+),50 (?:рубль|рубля|рублей), до 31\.12\.2026\."
    r" Ваш номер (\d{11})\."
)
_ATTRIBUTES = """
UPDATE vestnik_client SET attributes = jsonb_build_object(
    'first_name', 'Анна-' || phone_number, 'balance', phone_number %% 10000000 + 0.5, 'rubles', phone_number %% 100,
    'day', '2026-12-31', 'city', 'Москва')
WHERE tag = %s
"""
#: Whoever has the attributes first says of which type they are: REST takes no text that names others.
_FIRST = {
    "phone_number": "79990000000",
    "tag": "first",
    "timezone": "Europe/Moscow",
    "attributes": {
        "first_name": "Анна-79990000000", "balance": 0.5, "rubles": 0, "day": "2026-12-31", "city": "Москва",
    },
}  # fmt: skip


def measure(context: Context) -> None:
    """Fill in the rows, and say whether every text was its reader's."""
    folder = context.folder_of("personal")
    with nginx(folder) as sink, cluster(folder / "home", gateway=sink.url) as running:
        running.rest.post("/client/", _FIRST)
        _add_clients(running, "all", context.size(MESSAGES))
        _dispatch(context, running)
        _add_clients(running, "all", context.size(CLIENTS) - context.size(MESSAGES))
        _fan_out(context, running)
        _preflight(context, running)
    checked = context.messages or context.size(CHECKED)
    wrong = check(folder, checked)
    context.say(f"personal: {checked:,} texts received, {len(wrong)} of them not their reader's")
    context.findings.details["personal"] = {"texts looked at": checked, "wrong": len(wrong)}
    context.findings.problems += [f"personal: {line}" for line in wrong[:10]]


def check(folder: Path, messages: int) -> list[str]:
    """Send a personal mailing to a simulator that keeps what it gets, and look at each text.

    Args:
        folder: for a home and logs.
        messages: how many; each takes some 600 bytes of the simulator.

    Returns:
        What is wrong: texts that are not their reader's, and messages that are missing or came twice.
    """
    with running_simulator(folder, "--bills") as simulator:
        settings = {"GATEWAY_TOKEN": simulator.token}
        with cluster(folder / "checked", gateway=simulator.base_url, settings=settings) as running:
            _add_clients(running, "all", messages)
            sent = _sent(running, PERSONAL)
        seen: set[str] = set()
        wrong = []
        for bill in simulator.bills():
            seen.add(bill["phone"])
            if not is_own(bill["text"], bill["phone"]):
                wrong.append(f"{bill['phone']} got: {bill['text']}")
    if sent.messages != messages or len(seen) != messages:
        wrong.append(f"{messages} clients, {sent.messages} sent, {len(seen)} phones received one")
    return wrong


def is_own(text: str, phone: str) -> bool:
    """Whether a text is the one of this phone's client: name, balance and number are made of the phone."""
    found = _RENDERED.fullmatch(text)
    balance = f"{int(phone) % 10_000_000:,}".replace(",", " ")
    return found is not None and found.groups() == (phone, balance, phone)


def _add_clients(running: Cluster, tag: str, count: int) -> None:
    if count > 0:
        running.add_clients(tag, count)
        # The bench asks nobody how many have an attribute, and a call for each row would take a minute.
        running.query("ALTER TABLE vestnik_client DISABLE TRIGGER USER")
        running.query(_ATTRIBUTES, tag)
        running.query("ALTER TABLE vestnik_client ENABLE TRIGGER USER")
        running.query("VACUUM ANALYZE vestnik_client")


def _dispatch(context: Context, running: Cluster) -> None:
    """Sending alone, of an audience that is made before, and end to end; a plain text and a personal one in turn."""
    alone: dict[str, list[float]] = {"plain": [], "personal": []}
    whole: dict[str, list[float]] = {"plain": [], "personal": []}
    _sent(running, PLAIN)  # connections are open, code is loaded
    for number in range(context.repeat):
        for name, columns in (("plain", PLAIN), ("personal", PERSONAL)):
            alone[name].append(_sent(running, columns, made_before=True).rate)
            whole[name].append(_sent(running, columns).rate)
        line = ", ".join(f"{name} {alone[name][-1]:,.0f}/s, end to end {whole[name][-1]:,.0f}/s" for name in alone)
        context.say(f"personal {number + 1}/{context.repeat}: {line}")
    context.findings.rows += [
        Row(
            piece="personal", what=what, unit="messages/s", ours=rates["personal"], against="one text for all",
            beside=rates["plain"], goal=goal, note="five values a text",
        )
        for what, rates, goal in (("sending", alone, Goal(">=", 0.85)), ("end to end", whole, None))
    ]  # fmt: skip


def _fan_out(context: Context, running: Cluster) -> None:
    clients = running.figure("SELECT count(*) FROM vestnik_client")
    plain, personal = [], []
    for number in range(context.repeat):
        plain.append(clients / built(running, **PLAIN))
        personal.append(clients / built(running, **PERSONAL))
        context.say(
            f"personal {number + 1}/{context.repeat}: audience of a plain text {plain[-1]:,.0f} rows/s,"
            f" of a personal one {personal[-1]:,.0f}"
        )
    context.findings.rows.append(
        Row(
            piece="personal", what=f"audience of {clients:,}, five values a text", unit="rows/s", ours=personal,
            against="one text for all", beside=plain, goal=Goal(">=", 0.5),
        )
    )  # fmt: skip


def _preflight(context: Context, running: Cluster) -> None:
    """All texts of the audience, counted over REST in slices before anything is saved."""
    clients = running.figure("SELECT count(*) FROM vestnik_client")
    body = {
        "end_time": in_future(hours=1), "filter": {"tag": None, "operator_code": None}, **PERSONAL,
    }  # fmt: skip
    first, whole = [], []
    before = _peak_of_web(running)
    for number in range(context.repeat):
        began, token, rounds = time.monotonic(), None, 0
        while True:
            answer = running.rest.post(_TEXTS, {**body, **({"next": token} if token else {})})
            rounds += 1
            if rounds == 1:
                first.append(time.monotonic() - began)
            token = answer["next"]
            if token is None:
                break
        whole.append(time.monotonic() - began)
        context.say(
            f"personal {number + 1}/{context.repeat}: {answer['messages']:,} texts counted in {whole[-1]:.1f} s and"
            f" {rounds} requests, the first after {first[-1]:.2f} s"
        )
    context.findings.rows += [
        Row(piece="personal", what="preview of all texts, first figures", unit="s", ours=first, goal=Goal("<=", 1)),
        Row(
            piece="personal", what=f"preview of all texts of {clients:,} clients", unit="s", ours=whole,
            goal=Goal("<=", 20), note="one client asks, one process of the web counts",
        ),
        Row(
            piece="personal", what="memory of web at most", unit="MiB", ours=[_peak_of_web(running)], against="before",
            beside=[before], goal=Goal("<=", 1.2),
        ),
    ]  # fmt: skip


def _peak_of_web(running: Cluster) -> float:
    return peak_memory(members(running.pid)["web"]) / 2**20


def _sent(running: Cluster, columns: dict[str, Any], *, made_before: bool = False) -> Sent:
    """Send a mailing to everybody, written into the ledger, and wait until its totals are frozen.

    ``made_before``: its audience is made while it is paused, and time counts from the moment it goes on.
    """
    mailing = _made(running, columns) if made_before else None
    cpu, began = cpu_by_kind(running.pid), time.time()
    if mailing is None:
        mailing = add_mailing(running.db, tag=None, ends_in=86_400, **columns)
    else:
        running.rest.post(f"/sender/notifications/{mailing}/resume", None)
    if not wait_for(lambda: running.is_over(mailing), seconds=_MAILING, pause=0.05):
        raise ClusterError(f"mailing {mailing} is not over after {_MAILING:.0f} s")
    spent = {kind: seconds - cpu.get(kind, 0.0) for kind, seconds in cpu_by_kind(running.pid).items()}
    return Sent(running, mailing, began, spent)


def _made(running: Cluster, columns: dict[str, Any]) -> int:
    """A paused mailing to everybody, whose messages are made."""
    greatest = running.figure("SELECT max(id) FROM vestnik_client")
    mailing = add_mailing(
        running.db, tag=None, ends_in=86_400, state="paused", pause_code="operator",
        started_at=ledger_now(running.db), audience_limit=greatest, **columns,
    )  # fmt: skip
    prepared = "SELECT count(*) FROM vestnik_mailing WHERE id = %s AND prepared_at IS NOT NULL"
    if not wait_for(lambda: running.figure(prepared, mailing) == 1, seconds=_MAILING, pause=0.02):
        raise ClusterError("the audience was not made")
    return mailing
