"""Vestnik sends one text to every client that matches a filter, and accounts for every single message."""

from vestnik.zone_data import use_newest

__version__ = "0.1.0"

# Before anything reads a time zone: Python keeps what it has read.
use_newest()
