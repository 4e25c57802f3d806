"""The REST API, fuzzed by its schema."""
