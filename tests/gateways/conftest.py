"""Who vouches for the servers of these tests, and the providers that they meet."""

from collections.abc import Iterator

import pytest

from harness.simulator import running_simulator
from harness.simulator_client import SimulatorClient
from tests.gateways.certificates import Authority
from tests.gateways.providers_cast import PROVIDERS, Provider


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """The authority that the transport trusts."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(params=PROVIDERS)
def provider(request: pytest.FixtureRequest) -> Provider:
    """Each provider of whose protocol the simulator has a side."""
    return PROVIDERS[request.param]


@pytest.fixture(scope="module")
def _billing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatorClient]:
    with running_simulator(tmp_path_factory.mktemp("simulator"), "--bills") as running:
        yield running


@pytest.fixture
def billing(_billing: SimulatorClient) -> SimulatorClient:
    """A simulator that keeps a bill of every message, by whatever protocol."""
    _billing.reset()
    return _billing
