"""One measured figure and how it is printed."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """A measurement in `unit`, what it is compared with, and what it should reach.

    `baseline` is in the same unit and was measured in the same run; `baseline_name` says what it is.
    """

    name: str
    value: float
    unit: str
    baseline: float
    baseline_name: str
    goal: str = ""

    def row(self) -> tuple[str, str, str, str]:
        """The figure as table cells: name, value, baseline, goal."""
        return (
            self.name,
            f"{_short(self.value)} {self.unit}",
            f"{_short(self.baseline)} {self.unit} ({self.baseline_name})",
            self.goal,
        )


def percentile(samples: list[float], share: float) -> float:
    """The smallest sample that at least `share` (0 to 1) of all samples do not exceed."""
    ordered = sorted(samples)
    return ordered[max(0, min(len(ordered) - 1, round(share * len(ordered) + 0.5) - 1))]


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
