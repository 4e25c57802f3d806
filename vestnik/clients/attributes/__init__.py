"""Attributes of clients: their names, types and values (docs/decisions/attributes.md)."""
