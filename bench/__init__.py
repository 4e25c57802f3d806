"""Measures speed: each figure beside what it should be compared with, in the same run, on the same machine.

``make bench`` runs it; ``docs/reference/performance.md`` says how to read it. Not a part of what is installed.
"""
