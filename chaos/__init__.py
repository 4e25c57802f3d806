"""Proves the promises by breaking things: real processes are killed, stopped and cut off under a real mailing.

``make chaos`` runs it; :mod:`chaos.verify` says what must hold after each fault. Not a part of what is installed.
"""
