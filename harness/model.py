"""Model checks: how many rounds, in ``make test`` and in the long form."""

import os

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

#: So many examples instead of the few of ``make test``: ``make model`` sets it.
EXAMPLES = "VESTNIK_MODEL_EXAMPLES"


def check(machine: type[RuleBasedStateMachine], *, examples: int) -> None:
    """Run a state machine with steps that are drawn anew each time.

    Steps bound the work, not seconds: on a machine that is busy it takes as long as it takes.

    Args:
        machine: what is run, up to 30 steps an example.
        examples: how many in ``make test``.

    Raises:
        AssertionError: A promise was broken; the shortest way there was printed.
    """
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=int(os.environ.get(EXAMPLES, examples)),
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.explicit, Phase.generate, Phase.shrink],
            database=None,
        ),
    )
