"""The chart of precision against recall by kind, as confidence falls from the surest finding to the last one told.

Drawn as SVG text, since a chart of seven lines is no reason for a plotting library; the same figures give the same
bytes, so that a change of quality is a change of the file.
"""

from collections.abc import Mapping, Sequence

from core.analysis import Kind

WIDTH, HEIGHT, LEFT, TOP, SIDE = 760, 520, 60, 30, 420
COLOURS = ("#1b6ca8", "#c2571a", "#2e7d32", "#b3261e", "#6a3d9a", "#8a6d00", "#00796b")
LEAST_TOLD = 5
"""Findings from which a precision is worth a point: the first few jump between nought and one."""
Told = Sequence[tuple[float, bool]]
"""Confidence of every finding told, and whether it was right."""


def points(told: Told, labelled: int) -> list[tuple[float, float]]:
    """(recall, precision) after each finding, the surest first; empty when there is nothing to count."""
    found: list[tuple[float, float]] = []
    right = 0
    for place, (_, is_right) in enumerate(sorted(told, key=lambda one: -one[0]), start=1):
        right += is_right
        if place >= LEAST_TOLD:
            found.append((right / max(labelled, 1), right / place))
    return found


def chart(told: Mapping[Kind, Told], labelled: Mapping[Kind, int], sure: float) -> str:
    """The SVG of all kinds, with the precision that is asked of what is acted on drawn across it."""
    lines = [_frame(), _across(sure)]
    for place, kind in enumerate(Kind):
        curve = points(told.get(kind, ()), labelled.get(kind, 0))
        path = " ".join(f"{_x(recall):.1f},{_y(precision):.1f}" for recall, precision in curve)
        colour, y = COLOURS[place], TOP + 20 + 22 * place
        lines.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        lines.append(f'<line x1="510" y1="{y}" x2="534" y2="{y}" stroke="{colour}" stroke-width="3"/>')
        lines.append(f'<text x="542" y="{y + 4}">{kind.value.replace("_", " ")}</text>')
    body = "\n".join(lines)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
        f'font-size="13">\n<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>\n{body}\n</svg>\n'
    )


def _x(recall: float) -> float:
    return LEFT + SIDE * recall


def _y(precision: float) -> float:
    return TOP + SIDE * (1 - precision)


def _frame() -> str:
    parts = [f'<rect x="{LEFT}" y="{TOP}" width="{SIDE}" height="{SIDE}" fill="none" stroke="#999999"/>']
    for tenth in range(0, 11, 2):
        share = tenth / 10
        parts.append(f'<text x="{_x(share):.1f}" y="{TOP + SIDE + 20}" text-anchor="middle">{share:.1f}</text>')
        parts.append(f'<text x="{LEFT - 8}" y="{_y(share) + 4:.1f}" text-anchor="end">{share:.1f}</text>')
    parts.append(f'<text x="{LEFT + SIDE / 2}" y="{TOP + SIDE + 44}" text-anchor="middle">recall</text>')
    parts.append(f'<text x="16" y="{TOP + SIDE / 2}" transform="rotate(-90 16 {TOP + SIDE / 2})">precision</text>')
    return "\n".join(parts)


def _across(sure: float) -> str:
    y = f"{_y(sure):.1f}"
    return (
        f'<line x1="{LEFT}" y1="{y}" x2="{LEFT + SIDE}" y2="{y}" stroke="#999999" stroke-dasharray="5 4"/>\n'
        f'<text x="510" y="{TOP + 200}" fill="#666666">dashed: precision {sure:g}, asked of</text>\n'
        f'<text x="510" y="{TOP + 218}" fill="#666666">what is written without a person</text>'
    )
