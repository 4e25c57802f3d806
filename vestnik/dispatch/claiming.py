"""Leases are taken: due batches of running mailings, whose clients' send windows are open."""

from collections.abc import Mapping

from psycopg.rows import TupleRow

from vestnik.db.connection import Connection, run
from vestnik.dispatch.lease import Lease
from vestnik.dispatch.recalls import withdraw_loaded
from vestnik.mailings.hours import Hours, hours_of
from vestnik.message_lines import messages_are_logged

SQL = "vestnik.dispatch"


def claim(
    connection: Connection, *, loaded: Mapping[int, int], room: int, most: int, holder: str, seconds: float
) -> list[Lease]:
    """Lease batches that are due, with their messages. Belongs into a transaction.

    A batch that is due while its window is closed (nobody had time for it while it was open) goes back, and with it all
    that waits for the same zone; then others have their turn.

    Args:
        connection: to the ledger, in a transaction.
        loaded: of each mailing that this dispatcher holds leases of, how many ids it has not handed over yet.
        room: ids that it wants to have loaded, over all mailings.
        most: batches in all.
        holder: who takes them, for people who look.
        seconds: that the lease lasts.
    """
    while True:
        rows = run(
            connection, SQL, "claim", held=list(loaded), loaded=list(loaded.values()), room=room, most=most,
            holder=holder, seconds=seconds,
        )  # fmt: skip
        taken = [(row, _hours(row)) for row in rows]
        leases = _load(connection, [(row, hours) for row, hours in taken if not _closed(row, hours)])
        _give_back(connection, [(row, hours) for row, hours in taken if _closed(row, hours)])
        if leases or not rows:
            return leases


def _hours(row: TupleRow) -> Hours:
    *_, leased_at, _recalls, timezone, opens, closes, end = row
    return hours_of(timezone=timezone, opens=opens, closes=closes, at=leased_at, end=end)


def _closed(row: TupleRow, hours: Hours) -> bool:
    return bool(row[7].timestamp() >= hours.until)


def _give_back(connection: Connection, closed: list[tuple[TupleRow, Hours]]) -> None:
    zones = set()
    for row, hours in closed:
        run(connection, SQL, "release", mailing=row[1], batches=[row[0]], backoffs=[None], reopens=[hours.reopens])
        zones.add((row[1], row[9], hours.reopens))
    for mailing, timezone, reopens in zones:
        run(connection, SQL, "postpone", mailing=mailing, timezone=timezone, reopens=reopens)


def _load(connection: Connection, taken: list[tuple[TupleRow, Hours]]) -> list[Lease]:
    """Leases of the batches taken, with their messages; in the order in which they were taken."""
    loaded: dict[int, TupleRow] = {}
    for mailing in dict.fromkeys(row[1] for row, _ in taken):
        rows = [row for row, _ in taken if row[1] == mailing]
        answer = run(
            connection, SQL, "load", mailing=mailing, batches=[row[0] for row in rows], first=[row[2] for row in rows],
            last=[row[3] for row in rows], leased_at=[row[7] for row in rows],
            named=messages_are_logged(),
        )  # fmt: skip
        loaded |= {of_batch[0]: of_batch for of_batch in answer}
        for batch, *_, stopped in answer:
            if stopped:
                withdraw_loaded(connection, batch, mailing, stopped)
    return [_lease(row, hours, *loaded[row[0]][1:7]) for row, hours in taken]


def _lease(
    row: TupleRow,
    hours: Hours,
    ids: list[int] | None,
    phones: list[int] | None,
    doubtful: list[int] | None,
    answers: list[int] | None,
    in_doubt: list[bool] | None,
    clients: list[int] | None,
) -> Lease:
    batch, mailing, _first, _last, attempt, retries, token, _leased_at, recalls = row[:9]
    return Lease(
        batch=batch,
        mailing=mailing,
        attempt=attempt,
        retries=retries,
        token=token,
        ids=ids or [],
        phones=phones or [],
        doubtful=dict(zip(doubtful or (), zip(answers or (), in_doubt or (), strict=True), strict=True)),
        recalls=recalls,
        who=dict(zip(ids, zip(phones, clients, strict=True), strict=True)) if ids and phones and clients else {},
        until=hours.until,
        reopens=hours.reopens,
    )
