"""The REST API. Its views parse a request, call a service or a selector, and answer."""
