"""The protocols of providers that the simulator speaks besides Probe, chosen by the first part of the path."""

from collections.abc import Mapping

from vestnik.simulator.protocols.exolve import ExolveProtocol
from vestnik.simulator.protocols.protocol import SmsProtocol
from vestnik.simulator.protocols.smsc import SmscProtocol
from vestnik.simulator.protocols.smsru import SmsRuProtocol
from vestnik.simulator.protocols.twilio import TwilioProtocol

PROTOCOLS: Mapping[str, SmsProtocol] = {
    protocol.name: protocol for protocol in (SmscProtocol(), SmsRuProtocol(), ExolveProtocol(), TwilioProtocol())
}
