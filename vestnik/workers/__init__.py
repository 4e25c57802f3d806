"""Celery workers and the threads that live in them."""
