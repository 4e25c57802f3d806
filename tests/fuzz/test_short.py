"""The short form of ``make fuzz``: whatever the schema allows or forbids, the answer is one that the schema names."""

from collections.abc import Iterator

import pytest

from harness.cluster import Cluster, running_cluster
from tools.fuzz.campaign import ANONYMOUS, fuzz

#: Seconds, on a machine that has other work; alone it takes a fifth of that.
pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def own_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster that nobody else uses: the fuzzer deletes and cancels whatever it finds."""
    with running_cluster(tmp_path_factory.mktemp("fuzz") / "home", "--workers", "1") as running:
        yield running


#: All phases as somebody who may do all; of those who may do less, what they may not do is refused as documented.
@pytest.mark.parametrize(
    ("role", "phases"),
    [("operator", "examples,coverage,fuzzing,stateful"), ("viewer", "fuzzing"), (ANONYMOUS, "fuzzing")],
)
def test_no_answer_breaks_the_schema(own_cluster: Cluster, role: str, phases: str):
    found = fuzz(own_cluster, role=role, examples=2, options=("--phases", phases, "--generation-deterministic"))
    assert found.status == 0, found.text
    assert found.operations >= 34
    assert found.cases > found.operations
