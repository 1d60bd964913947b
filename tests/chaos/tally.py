"""What the chaos tests counted, printed when they have ended."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock

from tests.chaos.standing import Standing


@dataclass
class Tally:
    """Figures by what they count; a figure is added to what is there."""

    counts: dict[str, Counter[str]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock, init=False)

    def add(self, about: str, name: str, count: int = 1) -> None:
        """Thread-safe."""
        with self._lock:
            self.counts.setdefault(about, Counter())[name] += count

    def compare(self, about: str, expected: Standing, found: Standing) -> None:
        """Counts the effects of an undisturbed run and of another one, and where they differ."""
        self.add(about, "effects expected", sum(counted.total() for counted in expected.values()))
        self.add(about, "found", sum(counted.total() for counted in found.values()))
        self.add(about, "double", sum((found[kind] - expected[kind]).total() for kind in expected))
        self.add(about, "lost", sum((expected[kind] - found[kind]).total() for kind in expected))

    def as_data(self) -> dict[str, dict[str, int]]:
        """The figures, to be sent to another process."""
        return {about: dict(counted) for about, counted in self.counts.items()}

    def take_in(self, data: Mapping[str, Mapping[str, int]]) -> None:
        """Adds the figures of another process."""
        for about, counted in data.items():
            for name, count in counted.items():
                self.add(about, name, count)

    def lines(self) -> list[str]:
        """One line for each subject, in the order in which they came up."""
        width = max((len(about) for about in self.counts), default=0)
        return [
            f"{about:<{width}}  " + ", ".join(f"{name} {count}" for name, count in counted.items())
            for about, counted in self.counts.items()
        ]
