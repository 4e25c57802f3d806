"""A test gateway that follows the contract of the external one. It counts every id, and fails on demand.

Run it with ``python -m vestnik.simulator``. ``SIMULATOR_SECRET`` is the HS256 secret of the tokens that it accepts. It
sends no message to anybody. :mod:`vestnik.simulator.control` describes how tests control it.
"""

#: The notice that the ready line, the console, the report and the facts show while messages go to the simulator.
TEST_GATEWAY = "TEST GATEWAY: nothing is delivered"
