"""The embedded cluster: PostgreSQL, Valkey, web, workers and simulator on one machine, and their supervisor."""
