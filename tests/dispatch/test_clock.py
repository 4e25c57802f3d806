"""The database's clock between two readings: wrong by at most the time of the reading, and on the safe side."""

from vestnik.dispatch.clock import DatabaseClock


def test_the_end_is_seen_at_the_earliest_and_what_is_written_down_is_not_in_the_future() -> None:
    clock = DatabaseClock()
    clock.read(1_000.0, sent=50.0, received=52.0)
    # It said so at some moment between 50 and 52, so at 55 it shows 1,003 to 1,005.
    assert clock.latest(55.0) == 1_005.0
    assert clock.earliest(55.0) == 1_003.0
