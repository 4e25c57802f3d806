"""The external HTTP gateway: outcome table, libcurl transport, simulator. Knows nothing of Django."""
