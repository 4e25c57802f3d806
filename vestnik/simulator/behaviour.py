"""The behaviour of the simulator: its latency, and the share of requests for each fault."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from vestnik.errors import InvalidInput

#: Faults that do not tell the client whether the message was accepted. ``Behaviour.taken`` says how often it was.
AMBIGUOUS = frozenset(
    ("500", "503", "hang", "reset", "reset_mid", "garbage", "empty", "202", "308", "html", "wrong_json", "banner")
)
#: Answers that refuse the message.
DEFINITE = frozenset(("400", "401", "403", "404", "429", "code", "funds"))
#: Unusual answers that still accept the message.
ODD = frozenset(("drip", "content_type", "gzip", "bom"))
#: The connection is closed before the request is read, so nothing was received.
DROP = "drop"
FAULTS = AMBIGUOUS | DEFINITE | ODD | {DROP}

CONNECTIONS = ("keep", "close_after_answer", "close_on_reuse")
LATENCIES = {"fixed": ("ms",), "uniform": ("low_ms", "high_ms"), "exponential": ("mean_ms",)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """What ``POST /control/faults`` sets. By default, no request meets a fault.

    - ``shares``: the share of requests (0 to 1) for each fault. The other requests succeed.
    - ``first``: faults apply only to this many requests from now on. None means no limit.
    - ``taken``: the share of ambiguous faults in which the message is delivered anyway.
    - ``retry_after``: seconds in the ``Retry-After`` of a 429 or 503. None means no header.
    - ``retry_after_as``: whether the header has seconds or a date.
    - ``latency``: the delay before an answer, for example ``{"kind": "uniform", "low_ms": 10, "high_ms": 50}``. None
      means no delay.
    - ``drip_ms``: milliseconds between the bytes of a slow answer.
    - ``code``: the code of an answer that refuses the message with a 200.
    - ``connections``: ``keep``; ``close_after_answer`` closes without notice; ``close_on_reuse`` reads the next request
      on a used connection, counts it, and closes without an answer.
    - ``binds``: sessions of SMPP that one account may have at once; one more is refused. None means no limit.
    - ``idempotent``: a repeated id is delivered once.
    - ``seed``: the same seed and the same order of requests give the same faults.
    """

    shares: Mapping[str, float] = field(default_factory=dict)
    first: int | None = None
    taken: float = 1.0
    retry_after: float | None = 1
    retry_after_as: str = "seconds"
    latency: Mapping[str, Any] | None = None
    drip_ms: float = 200
    code: int = 7
    connections: str = "keep"
    binds: int | None = None
    idempotent: bool = True
    seed: int = 0


def parse_behaviour(body: object) -> Behaviour:
    """Return the behaviour that a JSON object describes.

    Raises:
        InvalidInput: A field is unknown or not valid. The error names the first one.
    """
    if not isinstance(body, dict):
        raise InvalidInput({"body": ["Give a JSON object."]})
    unknown = body.keys() - {each.name for each in fields(Behaviour)}
    if unknown:
        raise InvalidInput({min(unknown): ["No such field."]})
    for name, value in body.items():
        if not _CHECKS[name](value):
            raise InvalidInput({name: [f"{value!r} is wrong."]})
    return replace(Behaviour(), **body)


def _number(value: object, most: float = 1e9) -> bool:
    return type(value) in {int, float} and 0 <= value <= most  # type: ignore[operator]  # the types are just checked


def _whole(value: object) -> bool:
    return type(value) is int and value >= 0


def _shares(value: object) -> bool:
    if not isinstance(value, dict) or not value.keys() <= FAULTS:
        return False
    return all(_number(share, 1) for share in value.values()) and sum(value.values()) <= 1.000001


def _latency(value: object) -> bool:
    if value is None:
        return True
    if not isinstance(value, dict) or value.get("kind") not in LATENCIES:
        return False
    names = LATENCIES[value["kind"]]
    return value.keys() == {"kind", *names} and all(_number(value[name]) for name in names)


_CHECKS = {
    "shares": _shares,
    "first": lambda value: value is None or _whole(value),
    "taken": lambda value: _number(value, 1),
    "retry_after": lambda value: value is None or _number(value),
    "retry_after_as": lambda value: value in {"seconds", "date"},
    "latency": _latency,
    "drip_ms": _number,
    "code": lambda value: type(value) is int,
    "connections": lambda value: value in CONNECTIONS,
    "binds": lambda value: value is None or _whole(value),
    "idempotent": lambda value: isinstance(value, bool),
    "seed": _whole,
}


class Dice:
    """Chooses faults and delays for one behaviour, reproducibly."""

    def __init__(self, behaviour: Behaviour) -> None:
        self._behaviour = behaviour
        self._random = random.Random(behaviour.seed)  # noqa: S311 - reproducible on purpose
        self._left = float("inf") if behaviour.first is None else behaviour.first
        self._shares = tuple(behaviour.shares.items())

    def fault(self) -> str | None:
        """Return the fault for the next request, or None."""
        if not self._shares or self._left <= 0:
            return None
        self._left -= 1
        point = self._random.random()
        for fault, share in self._shares:
            point -= share
            if point < 0:
                return fault
        return None

    def taken(self) -> bool:
        """Return whether the message of an ambiguous fault is delivered."""
        return self._random.random() < self._behaviour.taken

    def delay(self) -> float:
        """Return the seconds to wait before the answer."""
        latency = self._behaviour.latency
        if latency is None:
            return 0.0
        if latency["kind"] == "fixed":
            return float(latency["ms"]) / 1_000
        if latency["kind"] == "uniform":
            return self._random.uniform(latency["low_ms"], latency["high_ms"]) / 1_000
        return self._random.expovariate(1_000 / latency["mean_ms"]) if latency["mean_ms"] else 0.0
