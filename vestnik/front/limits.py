"""Limits for one client, and for all of them together."""

import resource
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

_KIB, _MIB, _GIB = 2**10, 2**20, 2**30


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits of a front. Durations are seconds, sizes bytes, rates bytes per second.

    Time:

    - ``silence``: from the connection to the first byte of a request. ``idle``: the same after an answer.
    - ``head``: from the first byte to the end of the head.
    - ``body_grace`` and ``body_rate``: a body may take the grace, and the time that its bytes so far take at that rate.
    - ``stall`` and ``stall_rate``: within each ``stall`` seconds a reader takes that many bytes a second, or all.
    - ``queue``: a request may wait for a worker. ``answer``: until a worker begins to answer. ``whole``: until it ends.
    - ``check``: between two looks at whose time is over, which may thus be so much longer.
    - ``linger``: how long the rest of a refused body is thrown away, so that its sender can read why.

    Size:

    - ``connections``: at most. One more closes the one that has waited longest without a whole request.
    - ``workers``: requests that are with workers at once.
    - ``head_bytes``, ``headers``: of one request. ``pipelined``: requests that were sent before their turn.
    - ``body``, ``bodies``: of a request, and those of paths that take more. A larger one is not read.
    - ``memory``, ``disk``: what all bodies and answers may hold that wait. ``each_in_memory``, ``each_answer``: one.
      The bodies of one address hold no more of the disk than they leave free.

    ``proxies``: how many stand before us, and say in ``X-Forwarded-For`` whom a request comes from.
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
        """Bytes of a body that this path takes."""
        return self.bodies.get(path, self.body)


def connections_for_this_process(most: int) -> int:
    """Let this process open as many files as the system allows it; how many connections that is enough for.

    A connection may need a temporary file for its body or its answer besides its socket.

    Args:
        most: never more than that.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    enough = 2 * most + 512
    soft = enough if hard == resource.RLIM_INFINITY else min(enough, hard)
    if resource.getrlimit(resource.RLIMIT_NOFILE)[0] < soft:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return max(64, min(most, (files - 512) // 2))
