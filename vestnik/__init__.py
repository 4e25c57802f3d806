"""Vestnik sends one text to every client that matches a filter, and accounts for every single message."""

__version__ = "0.1.0"
