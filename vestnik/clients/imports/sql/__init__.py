"""Statements of the import."""
