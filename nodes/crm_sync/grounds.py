"""What a proposal rests on: the call, what was found in it, its records as they were read, and what was done before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.analysis import CallAnalysis
from core.calls import Call
from nodes.crm_sync.past import NO_PAST, Past
from nodes.state import Resolution
from tools.hubspot.port import Pipeline


@dataclass(frozen=True)
class Grounds:
    """What a proposal rests on; `now` is for a call that nobody dated."""

    call: Call
    analysis: CallAnalysis
    resolution: Resolution
    pipelines: Sequence[Pipeline]
    now: datetime
    past: Past = NO_PAST
