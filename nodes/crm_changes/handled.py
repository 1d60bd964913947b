"""How much a look at changed records found, in figures that can be added up."""

from dataclasses import dataclass, fields, replace
from typing import Self


@dataclass(frozen=True)
class Handled:
    """What became of changes.

    `events` were done with, and `left` wait for a service that is away or refuses. `records` were read; `gone` do not
    exist any more and `merged` have become another. `drifted` are properties newly found to differ from what Sophia
    wrote, `agreed` those that no longer do. Of the requests that waited for a person, `restated` show another value
    now, `moved` ask about the record that a merge left, and `withdrawn` have nothing to ask any more. `outdated`
    counts how often what is kept of the portal was dropped.
    """

    events: int = 0
    left: int = 0
    records: int = 0
    gone: int = 0
    merged: int = 0
    drifted: int = 0
    agreed: int = 0
    restated: int = 0
    moved: int = 0
    withdrawn: int = 0
    outdated: int = 0

    def __add__(self, other: "Handled") -> Self:
        return replace(self, **{name: count + getattr(other, name) for name, count in self.counts().items()})

    def counts(self) -> dict[str, int]:
        """The figures by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}
