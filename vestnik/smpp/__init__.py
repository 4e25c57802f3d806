"""The bytes of SMPP 3.4 (Short Message Peer to Peer Protocol Specification v3.4, Issue 1.2). No sockets, no Django.

The gateway's client and the simulator's server share it. Codecs and servers of others check both: tests/smpp.
"""
