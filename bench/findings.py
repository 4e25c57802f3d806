"""What was measured, beside what, and against which goal."""

import operator
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any

_COMPARE = {">=": operator.ge, "<=": operator.le, "<": operator.lt}
_SIGNS = {">=": "≥", "<=": "≤", "<": "<"}


@dataclass(frozen=True, slots=True)
class Goal:
    """A bound of a ratio (or, without something to compare with, or ``of_figure``, of the figure itself).

    Not ``judged``: it was set for another row, and is shown beside this one to tell how far that is from it.
    """

    sign: str
    bound: float
    judged: bool = True
    of_figure: bool = False

    def is_met(self, value: float) -> bool:
        """Does the value keep to the bound?"""
        return bool(_COMPARE[self.sign](value, self.bound))

    def reached(self, value: float) -> float:
        """How much of the goal is reached: 1 is just enough, more is better."""
        if self.sign == ">=":
            return value / self.bound
        return self.bound / value if value > 0 else float("inf")

    def __str__(self) -> str:
        bound = f"{'ours ' if self.of_figure else ''}{_SIGNS[self.sign]} {self.bound:,g}"
        return bound if self.judged else f"({bound})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table.

    - ``ours``, ``beside``: one sample for each repetition, in ``unit``; the n-th of both were measured in turn.
    - ``against``: what is compared with. Without ``beside`` the figure stands for itself, and the goal bounds it.
    """

    piece: str
    what: str
    unit: str
    ours: Sequence[float]
    against: str = ""
    beside: Sequence[float] = ()
    goal: Goal | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """The median of ours / beside, pair by pair: what disturbs the machine for long disturbs both of a pair."""
        return median(self._ratios) if self.beside else None

    @property
    def samples(self) -> Sequence[float]:
        """What the goal bounds: the ratios, or the figures themselves where nothing stands beside them."""
        return self._ratios if self.beside and not (self.goal and self.goal.of_figure) else self.ours

    @property
    def value(self) -> float:
        """The median of what the goal bounds."""
        return median(self.samples)

    @property
    def _ratios(self) -> list[float]:
        return [ours / beside for ours, beside in zip(self.ours, self.beside, strict=True)]

    @property
    def verdict(self) -> str:
        """Met, or by how much it is missed; empty without a goal of its own."""
        if self.goal is None or not self.goal.judged:
            return ""
        if self.goal.is_met(self.value):
            return "met"
        return f"missed by {abs(self.value / self.goal.bound - 1):.0%}"

    def as_json(self) -> dict[str, Any]:
        """The row with what follows from it."""
        row = asdict(self)
        row["goal"] = None if self.goal is None else str(self.goal)
        row["median"] = median(self.ours)
        row["median_beside"] = median(self.beside) if self.beside else None
        row["ratio"] = self.ratio
        row["verdict"] = self.verdict
        return row


@dataclass(slots=True)
class Findings:
    """Everything that one run found: the rows, and tables that explain them (name → column → figure)."""

    rows: list[Row] = field(default_factory=list)
    details: dict[str, dict[str, float | str]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
