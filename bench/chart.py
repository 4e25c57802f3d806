"""The chart of a whole run: how much of each goal is reached, as an SVG that needs nothing else."""

from datetime import date
from html import escape

from bench.findings import Goal, Row
from bench.report import figure

_LABEL, _SCALE, _HEIGHT, _TOP = 430, 300, 24, 64
#: Bars end here: a goal that is reached many times over says no more.
_MAX = 2.0
_GOOD, _BAD, _INK, _LINE = "#2a7f62", "#b5483a", "#1f2933", "#8a94a0"


def chart(rows: list[Row], about: dict[str, str | int | float], today: date) -> str:
    """The SVG: one bar for each row with a goal; the line at 1 is the goal itself."""
    with_goal = [(row, row.goal) for row in rows if row.goal is not None]
    height = _TOP + _HEIGHT * len(with_goal) + 16
    width = _LABEL + int(_SCALE * _MAX) + 190
    shape = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img"'
    style = f'font-family="system-ui, sans-serif" font-size="12" fill="{_INK}"'
    about_it = f"{about['cpu']}, {about['cores']} cores; right of the line: met; grey: shown beside, not judged"
    title = f"Vestnik, {today}: how much of each goal is reached"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {shape} {style}>',
        f"<title>{title}</title>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        f'<text x="12" y="22" font-size="15" font-weight="600">{title}</text>',
        f'<text x="12" y="42" fill="#52606d">{escape(about_it)}</text>',
    ]
    parts += [_bar(row, goal, number) for number, (row, goal) in enumerate(with_goal)]
    x = _LABEL + _SCALE
    parts.append(
        f'<line x1="{x}" x2="{x}" y1="{_TOP - 8}" y2="{height - 10}" stroke="{_LINE}" stroke-dasharray="4 3"/>'
    )
    return "\n".join([*parts, "</svg>"]) + "\n"


def _bar(row: Row, goal: Goal, number: int) -> str:
    reached = min(_MAX, goal.reached(row.value))
    y = _TOP + number * _HEIGHT
    against = f", beside {row.against}" if row.against else ""
    label = f"{row.piece}: {row.what}{against}"
    length = max(1, round(_SCALE * reached))
    bound = f"(goal {goal})" if goal.judged else str(goal)
    value = f"{figure(row.value)}{'×' if row.samples is not row.ours else ' ' + row.unit} {bound}"
    return (
        f'<text x="{_LABEL - 8}" y="{y + 13}" text-anchor="end" font-size="11">{escape(_cut(label))}</text>'
        f'<rect x="{_LABEL}" y="{y}" width="{length}" height="17" fill="{_color(row, goal)}"/>'
        f'<text x="{_LABEL + length + 6}" y="{y + 13}">{escape(value)}</text>'
    )


def _color(row: Row, goal: Goal) -> str:
    if not goal.judged:
        return _LINE
    return _GOOD if goal.is_met(row.value) else _BAD


def _cut(label: str) -> str:
    return label if len(label) <= 74 else label[:73] + "…"
