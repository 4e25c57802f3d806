"""The control endpoints of the simulator, for tests and demos.

They take and return JSON, need no token, and are not affected by faults.

- ``POST /control/faults``: sets the whole behaviour (:class:`~vestnik.simulator.behaviour.Behaviour`). Missing fields
  get their defaults, so ``{}`` means no faults. An unknown field is a 400.
- ``GET /control/faults``: returns the current behaviour.
- ``POST /control/refuse`` ``{"seconds": 3}``: closes the listening socket, so that new connections are refused. Open
  connections close after their next answer. The socket opens again on the same port after this many seconds.
- ``GET /control/totals``: ``requests`` that began to arrive, ``whole`` ones that arrived completely, ``distinct`` ids
  with a good token and body, ``repeated`` ids that were received more than once, ``accepted`` ids that were answered
  with 200 and code 0, ``delivered`` ids, all ``deliveries`` (the same unless ``idempotent`` is false), ``first_at`` and
  ``last_at`` in unix seconds, requests ``by_answer``, ``connections`` opened, requests ``in_flight``, and their
  maximum. Answers are named ``ok``, by their fault, ``close_on_reuse``, ``wrong_body``, ``no_token``, ``not_found``,
  ``not_allowed``, or ``gone`` (the client left first).
- ``GET /control/ids?after=0&limit=10000``: ``{"ids": [{"id", "receipts", "accepted", "delivered", "first_at",
  "last_at", "faults": {fault: times}}], "next": last id or null}``, by ascending id. The times are those at which the
  first and the last request for the id began to arrive. An id whose requests were all dropped has no receipts.
- ``POST /control/reset``: resets all counts and the behaviour, closes hanging requests, and opens the socket.
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
    if not isinstance(seconds, int | float) or not 0 < seconds <= 3_600:
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
    ("POST", "/control/reset"): _reset,
}
