"""Celery entry points, each a few lines. A message of the broker is a nudge: it may be lost, doubled or late."""
