"""Import of clients by the command line and over REST, beside a bare ``COPY`` into a table with the same indexes."""

import http.client
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

import orjson

from bench.cluster import cluster
from bench.context import Context
from bench.findings import Goal, Row
from harness.cluster import Cluster
from vestnik.cluster.processes import wait_for
from vestnik.errors import ClusterError

ROWS = 1_000_000
#: Repetitions with a million rows would take most of the time of a whole run: so many, and the others a tenth each.
WHOLE_REPEATS = 1
_ZONES = ("Europe/Moscow", "Asia/Yekaterinburg", "Asia/Vladivostok")


def measure(context: Context) -> None:
    """Each way in turn, into an empty directory."""
    folder = context.folder_of("import")
    whole = context.size(ROWS)
    with cluster(folder / "home", gateway="http://127.0.0.1:9", dispatchers=1) as running:
        running.query("CREATE TABLE bench_client (LIKE vestnik_client INCLUDING ALL)")
        for rows, repeat in ((whole // 10, context.repeat), (whole, WHOLE_REPEATS)):
            file = folder / f"{rows}.csv"
            _write(file, rows)
            _compare(context, running, file, rows, repeat)
            if rows < whole:
                _compare_attributes(context, running, file, rows)


def _compare(context: Context, running: Cluster, file: Path, rows: int, repeat: int) -> None:
    rates: dict[str, list[float]] = {"COPY": [], "command line": [], "REST": []}
    for number in range(repeat):
        for way, run in (("COPY", _copy), ("command line", _command), ("REST", _rest)):
            rates[way].append(rows / run(running, file))
            running.query("TRUNCATE vestnik_client, bench_client")
        shown = ", ".join(f"{way} {found[-1]:,.0f} rows/s" for way, found in rates.items())
        context.say(f"import of {rows:,}, {number + 1}/{repeat}: {shown}")
    for way in ("command line", "REST"):
        context.findings.rows.append(
            Row(
                piece="import", what=f"{rows:,} rows by {way}", unit="rows/s", ours=rates[way],
                against="a bare COPY", beside=rates["COPY"], goal=Goal(">=", 0.3),
            )
        )  # fmt: skip


def _compare_attributes(context: Context, running: Cluster, plain: Path, rows: int) -> None:
    """The same clients with ten attributes each, beside those without."""
    file = plain.with_suffix(".attributes.csv")
    _write_attributes(file, rows)
    with_ten, without = [], []
    for number in range(context.repeat):
        without.append(rows / _command(running, plain))
        running.query("TRUNCATE vestnik_client")
        with_ten.append(rows / _command(running, file, "--attributes", "*"))
        running.query("TRUNCATE vestnik_client")
        context.say(
            f"import of {rows:,}, {number + 1}/{context.repeat}: without attributes {without[-1]:,.0f} rows/s,"
            f" with ten {with_ten[-1]:,.0f}"
        )
    context.findings.rows.append(
        Row(
            piece="import", what=f"{rows:,} rows with ten attributes by command line", unit="rows/s", ours=with_ten,
            against="without attributes", beside=without, goal=Goal(">=", 0.6),
        )
    )  # fmt: skip


def _write(file: Path, rows: int) -> None:
    with file.open("w", encoding="utf-8") as output:
        output.write("phone_number,mobile_operator_code,tag,timezone\n")
        output.writelines(f"{line}\n" for line in _lines(rows))


def _write_attributes(file: Path, rows: int) -> None:
    """Five texts, three numbers and two dates; half of the cells have few values, half are each client's own."""
    with file.open("w", encoding="utf-8") as output:
        output.write(
            "phone_number,mobile_operator_code,tag,timezone,"
            "first_name,last_name,city,street,note,balance,points,visits,birthday,until\n"
        )
        for number, line in enumerate(_lines(rows)):
            own = (
                f"Anna{number % 500},Petrova{number % 3_000},City{number % 90},Street {number},note {number},"
                f"{number % 90_000}.5,{number},{number % 40},19{50 + number % 50}-0{1 + number % 9}-1{number % 10},"
                f"2027-0{1 + number % 9}-0{1 + number % 9}"
            )
            output.write(f"{line},{own}\n")


def _lines(rows: int) -> Iterable[str]:
    """Phones in no order, as a directory's are; the factor has no divisor in common with 10."""
    for number in range(rows):
        rest = number * 7_368_787 % 1_000_000_000
        yield f"79{rest:09d},9{rest // 10_000_000:02d},tag{number % 50},{_ZONES[number % 3]}"


def _copy(running: Cluster, file: Path) -> float:
    began = time.monotonic()
    columns = "phone_number, mobile_operator_code, tag, timezone"
    with running.db.cursor() as cursor, file.open("rb") as source:
        cursor.execute("CREATE SEQUENCE IF NOT EXISTS bench_client_id")
        cursor.execute("ALTER TABLE bench_client ALTER id DROP IDENTITY IF EXISTS")
        cursor.execute("ALTER TABLE bench_client ALTER id SET DEFAULT nextval('bench_client_id')")
        with cursor.copy(f"COPY bench_client ({columns}) FROM STDIN (FORMAT csv, HEADER)".encode()) as copy:
            while piece := source.read(2**18):
                copy.write(piece)
    return time.monotonic() - began


def _command(running: Cluster, file: Path, *options: str) -> float:
    """The whole command, from its start to its end."""
    began = time.monotonic()
    home = str(running.home.folder)
    subprocess.run(
        [sys.executable, "-m", "vestnik.cli", "import", str(file), "--home", home, *options],
        check=True, capture_output=True,
    )  # fmt: skip
    return time.monotonic() - began


def _rest(running: Cluster, file: Path) -> float:
    """From the first byte sent until the job is done."""
    connection = http.client.HTTPConnection(urlsplit(running.url).netloc, timeout=120)
    headers = {"Authorization": f"Bearer {running.access()}", "Content-Type": "text/csv"}
    began = time.monotonic()
    headers["Content-Length"] = str(file.stat().st_size)
    with file.open("rb") as body:
        connection.request("POST", "/client/import", body=body, headers=headers)
        answer = connection.getresponse()
        job = orjson.loads(answer.read())
    if answer.status != 202:
        raise ClusterError(f"POST /client/import answered {answer.status}: {job}")
    state = "SELECT state FROM vestnik_importjob WHERE id = %s"
    wait_for(lambda: running.figure(state, job["id"]) in {"done", "failed"}, seconds=300, pause=0.02)
    if running.figure(state, job["id"]) != "done":
        raise ClusterError(f"import {job['id']} is {running.figure(state, job['id'])}")
    return time.monotonic() - began
