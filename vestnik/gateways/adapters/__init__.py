"""Adapters: one module for each provider's protocol. They are pure; channels do the sending."""

from vestnik.gateways.adapters.kinds import KINDS, make_adapter, repeats_safely

__all__ = ["KINDS", "make_adapter", "repeats_safely"]
