"""Segments: filters over clients that are kept under a name (docs/decisions/segments.md)."""
