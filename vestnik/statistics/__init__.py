"""Totals of mailings and pages of messages, from counters."""
