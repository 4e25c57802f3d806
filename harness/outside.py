"""Servers from outside, which the tests use instead of embedded ones where the environment names them.

``VESTNIK_TEST_POSTGRES`` is a PostgreSQL (``postgresql://vestnik:password@host:port``, no database, a role that may
make some); ``VESTNIK_TEST_BROKER`` a broker (``redis://…`` or ``amqp://…``, no path), whose databases or virtual hosts
``0`` to ``63`` are the tests' own. ``make test-external`` starts such servers and names them.
"""

import hashlib
import itertools
import os
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import sql

#: Databases of the broker, or virtual hosts, that a run may use.
BROKER_PLACES = 64


@dataclass(frozen=True, slots=True)
class Outside:
    """A PostgreSQL and a broker. The session has a database of its own there, and so has each home of a cluster."""

    postgres: str
    broker: str
    _databases: dict[str, str] = field(default_factory=dict)
    _brokers: dict[str, str] = field(default_factory=dict)
    _places: "itertools.count[int]" = field(default_factory=itertools.count)

    def settings(self, owner: object) -> dict[str, str]:
        """``DATABASE_URL`` and ``BROKER_URL`` for an owner, always the same ones, and nobody else's."""
        name = str(owner)
        if name not in self._databases:
            place = next(self._places)
            assert place < BROKER_PLACES, "the tests start more clusters than the broker has places: say more"
            self._databases[name] = self._make_database(name)
            self._brokers[name] = f"{self.broker}/{place}"
        return {"DATABASE_URL": self._databases[name], "BROKER_URL": self._brokers[name]}

    def clear(self) -> None:
        """Drop all databases that were made."""
        with self._connection() as connection:
            for url in self._databases.values():
                name = sql.Identifier(url.rpartition("/")[2])
                connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))

    def _make_database(self, owner: str) -> str:
        name = f"vestnik_{os.getpid()}_{hashlib.sha256(owner.encode()).hexdigest()[:8]}"
        with self._connection() as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return f"{self.postgres}/{name}"

    def _connection(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(f"{self.postgres}/postgres", autocommit=True)


def _named() -> Outside | None:
    postgres, broker = (os.environ.get(f"VESTNIK_TEST_{name}") for name in ("POSTGRES", "BROKER"))
    return Outside(postgres, broker) if postgres and broker else None


#: None: the tests start their servers themselves, from the wheels.
OUTSIDE = _named()


def settings_for(home: Path) -> dict[str, str]:
    """What a cluster on this home is told about servers from outside: nothing where there are none."""
    return OUTSIDE.settings(home) if OUTSIDE is not None else {}
