"""Limits for one client, and for all clients together."""

import resource
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

_KIB, _MIB, _GIB = 2**10, 2**20, 2**30


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits of a front. Durations are seconds, sizes are bytes, rates are bytes per second.

    Time:

    - ``silence``: from the connection to the first byte of a request. ``idle``: the same after an answer.
    - ``head``: from the first byte to the end of the head.
    - ``body_grace`` and ``body_rate``: a body may take the grace, plus the time that its bytes so far take at this
      rate.
    - ``stall`` and ``stall_rate``: in every ``stall`` seconds, a client must read at this rate, or read everything.
    - ``queue``: how long a request may wait for a worker. ``answer``: the time until a worker begins to answer.
      ``whole``: the time until the answer is complete.
    - ``check``: the time between two checks of these limits. A limit may be exceeded by this much.
    - ``linger``: how long the rest of a refused body is discarded, so that its sender can read the error.

    Size:

    - ``connections``: the maximum. One more closes the connection that has waited longest without a complete request.
    - ``workers``: requests that are with workers at the same time.
    - ``head_bytes``, ``headers``: of one request. ``pipelined``: requests that were sent before the previous answer.
    - ``body``: of a request. ``bodies``: of paths that accept more. A larger body is not read.
    - ``memory``, ``disk``: all waiting bodies and answers together. ``each_in_memory``, ``each_answer``: a single one.
      The bodies of one address never take more of the disk than they leave free.

    ``proxies``: the number of proxies in front of us. They put the client's address into ``X-Forwarded-For``.
    """

    connections: int = 8192
    workers: int = 64
    silence: float = 10.0
    idle: float = 30.0
    head: float = 10.0
    body_grace: float = 15.0
    body_rate: int = 8 * _KIB
    stall: float = 20.0
    stall_rate: int = _KIB
    queue: float = 30.0
    answer: float = 120.0
    whole: float = 900.0
    linger: float = 5.0
    check: float = 1.0
    head_bytes: int = 32 * _KIB
    headers: int = 100
    pipelined: int = 16
    body: int = 1_000_000
    bodies: Mapping[bytes, int] = field(default_factory=dict)
    memory: int = 32 * _MIB
    disk: int = 2 * _GIB
    each_in_memory: int = 64 * _KIB
    each_answer: int = 256 * _MIB
    folder: Path | None = None
    proxies: int = 0

    def largest_body(self, path: bytes) -> int:
        """Return the maximum size of a body for this path."""
        return self.bodies.get(path, self.body)


def connections_for_this_process(most: int) -> int:
    """Raise the limit of open files as far as possible, and return how many connections that allows.

    A connection may need a temporary file for its body or its answer besides its socket.

    A connection may need a temporary file for its body or its answer besides its socket.

    Args:
        most: The maximum to return.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    enough = 2 * most + 512
    soft = enough if hard == resource.RLIM_INFINITY else min(enough, hard)
    if resource.getrlimit(resource.RLIMIT_NOFILE)[0] < soft:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return max(64, min(most, (files - 512) // 2))
