"""What a score means: from where a finding is told, from where it is sure, and how often such a finding is right.

All three are learnt from scores for calls of authors whom the scoring model had not seen (evals/judging.py). Scores are
log-odds above `limit`, so a finding is told from nought on.
"""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Bar:
    """The bar of one kind. `limit` is in log-odds; `sure`, `slope` and `intercept` are about the score above it.

    `sure` is infinite for a kind in which no score was right often enough to act on without a person.
    """

    limit: float
    sure: float
    slope: float = 1.0
    intercept: float = 0.0

    def confidence(self, score: float) -> float:
        """The share of findings with such a score that were right, from 0 to 1."""
        return round(1 / (1 + math.exp(-max(min(self.slope * score + self.intercept, 20.0), -20.0))), 2)

    def is_candidate(self, score: float) -> bool:
        """Whether a finding with this score may be acted on by a person only."""
        return score < self.sure
