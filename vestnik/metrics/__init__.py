"""The counters of each process, for Prometheus. Gauges of the ledger are in ``vestnik.health.gauges``.

Every name is explained in ``docs/reference/metrics.md`` (a test holds the two together). In a cluster of one machine
the processes share a folder (``PROMETHEUS_MULTIPROC_DIR``) and the web serves them all; otherwise each process serves
its own.
"""
