"""The directory of clients, and its sample."""
