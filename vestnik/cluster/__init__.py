"""The command line; embedded PostgreSQL and Valkey; the supervisor; the demo."""
