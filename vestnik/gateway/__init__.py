"""The external HTTP gateway: outcome table, libcurl transport. Knows nothing of Django."""
