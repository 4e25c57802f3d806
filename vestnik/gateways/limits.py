"""Limits of the transport, for modules that must not load it."""

#: Seconds for name, connection, proxy and TLS together, at most.
CONNECT_SECONDS = 5.0
#: Bytes: the head of an answer, interim answers included. A longer one is garbage.
MAX_HEAD = 65_536
#: Bytes: the body of an answer. A longer one is garbage.
MAX_BODY = 1_048_576
#: Seconds after which an idle connection is not used again: common servers close theirs after 5.
IDLE_CONNECTION = 4.0
