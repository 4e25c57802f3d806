"""The external HTTP gateway: outcome table and transport. Knows nothing of Django."""
