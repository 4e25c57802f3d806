"""The database's clock decides about starts, ends and leases; each flush brings its time."""


class DatabaseClock:
    """Estimates the database's clock between two readings, in unix seconds, with the error on the safe side."""

    __slots__ = ("_database", "_received", "_sent")

    def __init__(self) -> None:
        self._database = 0.0
        self._sent = self._received = 0.0

    def read(self, database: float, *, sent: float, received: float) -> None:
        """Note that the database said ``database`` (unix seconds); asked and answered at these monotonic times."""
        self._database, self._sent, self._received = database, sent, received

    def latest(self, now: float) -> float:
        """The latest time it can be there at local monotonic time ``now``: for "not after the end"."""
        return self._database + (now - self._sent)

    def earliest(self, now: float) -> float:
        """The earliest time it can be there: for "not before", and for what is written down."""
        return self._database + (now - self._received)
