"""Batches are leased, sent through the gateway, and recorded."""
