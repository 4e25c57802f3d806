"""Mailings: their fields, how they are found, created, edited, started, paused and finished, and when they may send."""
