"""Gateways beside ``default`` and rules over them, written straight into the ledger."""

from collections.abc import Sequence
from typing import Any

from psycopg import sql
from psycopg.types.json import Jsonb

from harness.rows import insert, ledger_now
from harness.simulator_client import SimulatorClient
from vestnik.encryption import encrypt

_OF_IT = sql.SQL(" WHERE id = %s")


def add_gateway(ledger: Any, name: str, simulator: SimulatorClient | None = None, **columns: Any) -> int:
    """Add a gateway that is on, and its state, and give its id.

    Args:
        ledger: a connection of psycopg's.
        name: of the gateway.
        simulator: it is of kind ``probe`` there; None: at an address where nobody listens.
        columns: more of the row; what is not given is as usual.
    """
    url = "http://127.0.0.1:9" if simulator is None else simulator.base_url
    row = {
        "name": name, "kind": "probe", "settings": Jsonb({"url": url}),
        "secrets": encrypt({"token": "none" if simulator is None else simulator.token}), "concurrency": 64,
        "timeout": 30, "idempotent": False, "enabled": True, "version": 1, "created_at": ledger_now(ledger), **columns,
    }  # fmt: skip
    gateway = insert(ledger, "vestnik_gateway", row)
    insert(
        ledger, "vestnik_gatewaystate", {"id": gateway, "breaker": "closed", "breaker_reason": "", "probes_failed": 0}
    )
    ledger.execute("SELECT pg_notify('vestnik', 'gateway')")
    return gateway


def change_gateway(ledger: Any, gateway: int, **columns: Any) -> None:
    """Change columns of a gateway's row as an administrator does: its version grows, and everybody hears of it."""
    for name, value in columns.items():
        change = sql.SQL("UPDATE vestnik_gateway SET {} = %s").format(sql.Identifier(name))
        ledger.execute(change + _OF_IT, [value, gateway])
    ledger.execute(sql.SQL("UPDATE vestnik_gateway SET version = version + 1") + _OF_IT, [gateway])
    ledger.execute("SELECT pg_notify('vestnik', 'gateway')")


def add_route(
    ledger: Any,
    gateways: Sequence[int],
    weights: Sequence[int] | None = None,
    fallbacks: Sequence[int] = (),
    **columns: Any,
) -> int:
    """Add a rule over gateways, evenly without ``weights``, behind those that are there. Its id.

    ``columns``: more of the row; what is not given is as usual.
    """
    ((last,),) = ledger.execute("SELECT coalesce(max(position), 0) FROM vestnik_route").fetchall()
    row = {
        "position": last + 1, "name": "", "gateways": list(gateways),
        "weights": list(weights or [1] * len(gateways)), "fallbacks": list(fallbacks), "version": 1,
        "created_at": ledger_now(ledger), **columns,
    }  # fmt: skip
    return insert(ledger, "vestnik_route", row)
