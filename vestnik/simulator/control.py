"""The control endpoints of the simulator, for tests and demos.

They take and return JSON, need no token, and are not affected by faults.

- ``POST /control/faults``: sets the whole behaviour (:class:`~vestnik.simulator.behaviour.Behaviour`). Missing fields
  get their defaults, so ``{}`` means no faults. An unknown field is a 400.
- ``GET /control/faults``: returns the current behaviour.
- ``POST /control/refuse`` ``{"seconds": 3}``: closes the listening sockets, so that new connections are refused from
  this answer on. Open connections close after their next answer, but not those that control. The sockets open again on
  the same ports after this many seconds, or when a kept connection asks for 0 seconds.
- ``GET /control/totals``: ``requests`` that began to arrive, ``whole`` ones that arrived completely, ``distinct`` ids
  with a good token and body, ``repeated`` ids that were received more than once, ``accepted`` ids that were answered
  with 200 and code 0, ``delivered`` ids, all ``deliveries`` (the same unless ``idempotent`` is false), ``first_at`` and
  ``last_at`` in unix seconds, requests ``by_answer``, ``connections`` opened, requests ``in_flight``, and their
  maximum. Answers are named ``ok``, by their fault, ``close_on_reuse``, ``wrong_body``, ``no_token``, ``no_session``,
  ``not_found``, ``not_allowed``, or ``gone`` (the client left first).
- ``GET /control/ids?after=0&limit=10000``: ``{"ids": [{"id", "receipts", "accepted", "delivered", "first_at",
  "last_at", "faults": {fault: times}}], "next": last id or null}``, by ascending id. The times are those at which the
  first and the last request for the id began to arrive. An id whose requests were all dropped has no receipts.
- ``GET /control/bills?after=0&limit=10000``: ``{"bills": [:class:`~vestnik.simulator.bills.Bill`], "next": number to
  go on after, or null}``: every message that was delivered by a provider's protocol, in order. With the option
  ``--bills`` those by Probe, too.
- ``POST /control/receipts``: sets which receipts follow
  (:class:`~vestnik.simulator.receipts.ReceiptPlan`). ``GET``: returns the plan, and counts of receipts.
- ``POST /control/reset``: resets all counts, bills, receipts and the behaviour, closes hanging requests, and opens the
  socket.

A message by a provider's protocol is counted by our id where the request has it, else by its phone. Its other requests
are named ``asked``, or by the fault that they met.
"""

from collections.abc import Callable
from dataclasses import asdict
from itertools import islice
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson

from vestnik.errors import InvalidInput
from vestnik.simulator.answers import json_answer
from vestnik.simulator.behaviour import Behaviour, parse_behaviour
from vestnik.simulator.receipts import parse_receipt_plan
from vestnik.simulator.state import Gateway

#: The maximum and default number of ids on a page.
MAX_IDS = 50_000
USUAL_IDS = 10_000


def control(gateway: Gateway, method: str, target: bytes, body: bytes) -> bytes:
    """Serve one control request, and return the bytes of the answer."""
    url = urlsplit(target.decode("latin-1"))
    action = _ACTIONS.get((method, url.path.rstrip("/")))
    if action is None:
        return json_answer(404, {"detail": "no such control"})
    query = {name: values[-1] for name, values in parse_qs(url.query).items()}
    try:
        return json_answer(200, action(gateway, query, orjson.loads(body) if body else {}))
    except orjson.JSONDecodeError as error:
        return json_answer(400, {"detail": str(error)})
    except InvalidInput as error:
        return json_answer(400, error.fields)


def _set_faults(gateway: Gateway, _query: dict[str, str], body: object) -> Any:
    gateway.behave(parse_behaviour(body))
    return asdict(gateway.behaviour)


def _faults(gateway: Gateway, _query: dict[str, str], _body: object) -> Any:
    return asdict(gateway.behaviour)


def _refuse(gateway: Gateway, _query: dict[str, str], body: object) -> Any:
    seconds = body.get("seconds") if isinstance(body, dict) else None
    if not isinstance(seconds, int | float) or not 0 <= seconds <= 3_600:
        raise InvalidInput({"seconds": ["Give a number of seconds, at most 3600."]})
    gateway.refuse(float(seconds))
    return {"seconds": seconds}


def _totals(gateway: Gateway, _query: dict[str, str], _body: object) -> Any:
    return gateway.counts.totals()


def _ids(gateway: Gateway, query: dict[str, str], _body: object) -> Any:
    after = _whole(query, "after", 0) if "after" in query else -1
    limit = min(_whole(query, "limit", USUAL_IDS), MAX_IDS)
    rows = list(islice(gateway.counts.ids(after=after), limit))
    return {"ids": rows, "next": rows[-1]["id"] if rows and len(rows) == limit else None}


def _bills(gateway: Gateway, query: dict[str, str], _body: object) -> Any:
    after, limit = _whole(query, "after", 0), min(_whole(query, "limit", USUAL_IDS), MAX_IDS)
    rows = gateway.bills.page(after=after, limit=limit)
    return {"bills": rows, "next": after + limit if rows and len(rows) == limit else None}


def _set_receipts(gateway: Gateway, _query: dict[str, str], body: object) -> Any:
    gateway.postman.follow(parse_receipt_plan(body))
    return gateway.postman.state()


def _receipts(gateway: Gateway, _query: dict[str, str], _body: object) -> Any:
    return gateway.postman.state()


def _whole(query: dict[str, str], name: str, default: int) -> int:
    text = query.get(name, str(default))
    if not text.isdecimal():
        raise InvalidInput({name: ["Give a whole number."]})
    return int(text)


def _reset(gateway: Gateway, _query: dict[str, str], _body: object) -> Any:
    gateway.reset()
    return asdict(Behaviour())


_ACTIONS: dict[tuple[str, str], Callable[[Gateway, dict[str, str], object], Any]] = {
    ("POST", "/control/faults"): _set_faults,
    ("GET", "/control/faults"): _faults,
    ("POST", "/control/refuse"): _refuse,
    ("GET", "/control/totals"): _totals,
    ("GET", "/control/ids"): _ids,
    ("GET", "/control/bills"): _bills,
    ("POST", "/control/receipts"): _set_receipts,
    ("GET", "/control/receipts"): _receipts,
    ("POST", "/control/reset"): _reset,
}
