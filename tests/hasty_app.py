"""The app of a worker that waits at most half a second before it tries its broker again; it is the product's else."""

from vestnik.workers import consumer
from vestnik.workers.app import app

consumer.MAX_PAUSE = 0.5

__all__ = ["app"]
