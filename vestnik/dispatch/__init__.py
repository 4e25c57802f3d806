"""Leases batches, sends them through the gateway, and records the outcomes."""
