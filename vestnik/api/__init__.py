"""The REST API: parses, calls a service or a selector, answers."""
