"""Who vouches for the servers of these tests."""

import pytest

from tests.gateway.certificates import Authority


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """The authority that the transport trusts."""
    return Authority(tmp_path_factory.mktemp("authority"))
