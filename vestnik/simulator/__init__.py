"""A stand-in for the external gateway: speaks its contract, counts every id, and fails on demand.

Run it with ``python -m vestnik.simulator``; ``SIMULATOR_SECRET`` is the HS256 secret of the tokens it accepts.
Nothing that it takes reaches a person. :mod:`vestnik.simulator.control` describes how tests steer it.
"""

#: What the ready line, the console, the report and the facts say while messages go to it.
TEST_GATEWAY = "TEST GATEWAY: nothing is delivered"
