"""The database's clock decides about starts, ends and leases; each flush brings its time."""


class DatabaseClock:
    """Estimates the database's clock between two readings, in unix seconds, with the error on the safe side."""

    __slots__ = ("_database", "_received", "_sent")

    def __init__(self) -> None:
        self._database = 0.0
        self._sent = self._received = 0.0

    def read(self, database: float, *, sent: float, received: float) -> None:
        """Note a reading of the database's clock (unix seconds), with the monotonic times of request and answer."""
        self._database, self._sent, self._received = database, sent, received

    def latest(self, now: float) -> float:
        """The latest possible time of the database at local monotonic time ``now``: for "not after the end"."""
        return self._database + (now - self._sent)

    def earliest(self, now: float) -> float:
        """The earliest possible time of the database: for "not before", and for stored times."""
        return self._database + (now - self._received)
