"""Limits of the transport, for modules that must not load libcurl."""

#: Seconds for name, connection and TLS together, at most.
CONNECT_SECONDS = 5.0
