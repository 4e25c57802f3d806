"""No receipt is lost when a process is killed between receipt and commit: what is not acknowledged comes again."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psycopg

from harness.simulator import running_simulator
from tests.smpp.cast import channel, sent
from tests.smpp.test_simulator import BIND, SECRET
from vestnik.cluster.processes import wait_for

#: A consumer as the contract of the channel has it: commit, then acknowledge. It is slow between the two on purpose.
CONSUMER = """
import os, sys, time
import psycopg
from tests.smpp.cast import channel
from tests.smpp.test_simulator import BIND

with psycopg.connect(os.environ["DATABASE_URL"]) as connection, channel(int(sys.argv[1]), bind=BIND) as opened:
    while True:
        opened.poll(0.5)
        found = opened.received()
        if not found:
            continue
        with connection.transaction():
            for each in found:
                connection.execute("INSERT INTO kept_receipts VALUES (%s)", [each.what.provider_id])
            time.sleep(0.02)
        time.sleep(0.02)
        opened.acknowledge(each.token for each in found)
"""
MESSAGES = 2_000


def test_no_receipt_is_lost_when_the_process_dies_between_receipt_and_commit(ledger: Any, tmp_path: Path) -> None:
    ledger.execute("DROP TABLE IF EXISTS kept_receipts; CREATE TABLE kept_receipts (provider_id text)")
    try:
        _run(ledger, tmp_path)
    finally:
        ledger.execute("DROP TABLE kept_receipts")


def _run(ledger: Any, folder: Path) -> None:
    chance, killed = random.Random(7), 0
    with running_simulator(folder, "--smpp-port", "0", secret=SECRET) as simulator:
        simulator.receipts(on_its_way=False, low_ms=0, high_ms=2_000)
        with channel(simulator.smpp_port, bind=BIND, window=100, max_unacknowledged=0) as opened:
            answers = sent(opened, *("x" for _ in range(MESSAGES)))
        ids = {identifier for answer in answers for identifier in answer.outcome.provider_ids}
        assert len(ids) == MESSAGES
        assert simulator.receipt_counts()["kept"] == 0
        while simulator.receipt_counts()["kept"] < MESSAGES:
            process = subprocess.Popen(
                [sys.executable, "-c", CONSUMER, str(simulator.smpp_port)],
                cwd=Path(__file__).parents[2], env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
            )  # fmt: skip
            before, killed = simulator.receipt_counts()["posted"], killed + 1
            wait_for(lambda before=before: simulator.receipt_counts()["posted"] > before, seconds=30)
            time.sleep(chance.uniform(0.0, 0.4))
            process.send_signal(signal.SIGKILL)
            process.wait()
        counts = simulator.receipt_counts()
    rows = ledger.execute("SELECT provider_id FROM kept_receipts").fetchall()
    assert {row[0] for row in rows} == ids
    assert (counts["due"], counts["kept"], counts["given_up"]) == (MESSAGES, MESSAGES, 0)
    assert killed >= 3
    assert counts["posted"] > MESSAGES, "none was between receipt and commit when the process died"
    assert isinstance(ledger, psycopg.Connection)
