"""What a message costs: the runs of dispatch give it, too, so both are measured at once."""

from bench.context import Context
from bench.pieces import dispatch


def measure(context: Context) -> None:
    """Fill in the rows of dispatch and of cost."""
    dispatch.measure(context)
