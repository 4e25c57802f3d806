"""What others must know of the transport without loading libcurl."""

#: Seconds for name, connection and TLS together, at most.
CONNECT_SECONDS = 5.0
