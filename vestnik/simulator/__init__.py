"""A test gateway that follows the contract of the external one. It counts every id, and fails on demand.

Run it with ``python -m vestnik.simulator``. ``SIMULATOR_SECRET`` is the HS256 secret of the tokens that it accepts. It
sends no message to anybody. :mod:`vestnik.simulator.control` describes how tests control it.
"""

#: What ``/health/ready`` says of the gateway while no message reaches a person, while only those of some rules do, and
#: while only those of some rules do not. Strangers read it, so it names no gateway; :mod:`vestnik.routing.reach` does.
TEST_GATEWAY = "TEST GATEWAY: nothing is delivered"
PARTLY_TEST_GATEWAY = "TEST GATEWAY: only messages that a rule sends over another gateway are delivered"
TEST_RULES = "TEST GATEWAY: messages by some rules are not delivered"
