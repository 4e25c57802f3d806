"""Receipts and inbound texts: kept before they are acknowledged, then applied to the messages, many at once."""
