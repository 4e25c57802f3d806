"""The ledger as SQL sees it: what the API says is compared with the rows themselves."""

from collections.abc import Iterator, Sequence
from typing import Any

import psycopg

from chaos.verify import Message
from harness.rows import add_clients, is_over

#: Columns of counters, in the order of the rows' states (``sending`` is no state of a row).
_COUNTERS = ("queued", "sent", "delivered", "undelivered", "failed", "expired", "cancelled", "unknown")


class Ledger:
    """Short connections, so that a database that comes and goes does no harm to us."""

    def __init__(self, url: str) -> None:
        self._url = url

    def query(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rows of one statement.

        Raises:
            psycopg.OperationalError: the database is away.
        """
        with psycopg.connect(self._url, autocommit=True, connect_timeout=5) as connection:
            cursor = connection.execute(statement.encode(), values or None)
            return cursor.fetchall() if cursor.description else []

    def add_clients(self, tag: str, count: int) -> None:
        """Clients with a tag of their own, so that each mailing has an audience of the wanted size."""
        with psycopg.connect(self._url, autocommit=True, connect_timeout=5) as connection:
            add_clients(connection, count, tag=tag)
        self.query("ANALYZE vestnik_client")

    def progress(self, mailing: int) -> int:
        """Messages of a mailing that are final."""
        final = "coalesce(sum(sent + delivered + undelivered + failed + unknown + expired), 0)"
        ((done,),) = self.query(f"SELECT {final} FROM vestnik_batch WHERE mailing_id = %s", mailing)  # noqa: S608 - ours
        return int(done)

    def is_over(self, mailing: int) -> bool:
        """Are its totals frozen? False while the database is away."""
        try:
            with psycopg.connect(self._url, autocommit=True, connect_timeout=5) as connection:
                return is_over(connection, mailing)
        except psycopg.OperationalError:
            return False

    def state(self, mailing: int) -> str:
        """The mailing's state."""
        ((state,),) = self.query("SELECT state FROM vestnik_mailing WHERE id = %s", mailing)
        return str(state)

    def ends_at(self, mailing: int) -> float:
        """Its end, in unix seconds."""
        ((end,),) = self.query("SELECT extract(epoch FROM end_time) FROM vestnik_mailing WHERE id = %s", mailing)
        return float(end)

    def messages(self, mailing: int) -> Iterator[Message]:
        """All its rows."""
        rows = self.query("SELECT id, state, answers FROM vestnik_message_now WHERE mailing_id = %s", mailing)
        for message, state, answers in rows:
            yield Message(id=message, state=state, answers=answers)

    def ids_by_phone(self, mailing: int) -> dict[int, int]:
        """Ids of all its messages by their phones: an SMSC counts by those."""
        return dict(self.query("SELECT phone, id FROM vestnik_message_now WHERE mailing_id = %s", mailing))

    def single_messages(self, ids: Sequence[int]) -> Iterator[Message]:
        """The rows of single messages."""
        rows = self.query("SELECT id, state, answers FROM vestnik_message_now WHERE id = ANY (%s)", list(ids))
        for message, state, answers in rows:
            yield Message(id=message, state=state, answers=answers)

    def differences(self, mailing: int, *, frozen: bool = True) -> list[str]:
        """Where counters, rows and, if they are frozen, totals differ."""
        sums = ", ".join(f"coalesce(sum({name}), 0)::bigint" for name in (*_COUNTERS, "sending"))
        (counters,) = self.query(f"SELECT {sums} FROM vestnik_batch WHERE mailing_id = %s", mailing)  # noqa: S608 - ours
        rows = dict(
            self.query("SELECT state, count(*) FROM vestnik_message_now WHERE mailing_id = %s GROUP BY state", mailing)
        )
        ((totals,),) = self.query("SELECT totals FROM vestnik_mailing WHERE id = %s", mailing)
        found = []
        for state, name in enumerate(_COUNTERS):
            total = int((totals or {}).get(name, -1)) if frozen else counters[state]
            if not counters[state] == rows.get(state, 0) == total:
                found.append(f"{name}: counters {counters[state]}, rows {rows.get(state, 0)}, totals {totals}")
        if counters[-1]:
            found.append(f"sending: {counters[-1]} at the end")
        return found
