"""The cluster's health: the facts that ``/health/ready``, the doctor, the console and ``/metrics`` show.

``facts()`` says in words what is right and what is not; ``gateway_now()`` and ``load_now()`` are the same for programs.
"""

from vestnik.health.facts import UNKNOWN, Fact, facts
from vestnik.health.now import GatewayNow, LoadNow, gateway_now, load_now

__all__ = ["UNKNOWN", "Fact", "GatewayNow", "LoadNow", "facts", "gateway_now", "load_now"]
