"""What a step may use: protocols and stores, handed over by the composition root as LangGraph's runtime context."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from core.analysis import CallAnalysis
from core.calls import Call, Transcript
from core.clock import Clock
from memory.cache.port import Cache
from memory.records import Records
from memory.remembering import Memory
from nodes.policy.deciding import Policy
from nodes.policy.loading import default_policy
from nodes.turns import RecordTurns, Turns
from tools.gong.port import CallGateway
from tools.hubspot.port import CrmGateway
from tools.slack.port import Messenger


class Analyst(Protocol):
    """Finds things in a call. CPU-bound and synchronous: steps run it in a thread."""

    name: str
    version: str
    """Of what it learnt; another version may find other things in the same call."""

    def analyse(self, call: Call, transcript: Transcript) -> CallAnalysis: ...


class ModelAnalyst(Protocol):
    """Judges a call with a language model, starting from what the extractive analyst found.

    `model` and `prompt_version` go into the provenance of what it makes. Raises Unavailable when no model answered,
    Rejected or Unauthorized when it refuses, ConfigurationError when it can do with no such call as it is set up.
    """

    model: str
    prompt_version: str

    async def analyse(self, call: Call, transcript: Transcript, extracted: CallAnalysis) -> CallAnalysis: ...


@dataclass(frozen=True)
class WorkflowOptions:
    """What the owner set about the call workflow."""

    channel: str | None = None
    """Slack channel id that is told of every call; None tells nobody but the owner."""
    transcript_patience: timedelta = timedelta(hours=48)
    """How long after its start a call waits for its transcript."""
    model_patience: timedelta = timedelta(minutes=8)
    """How long a model may take over one call; then what was found without it stands."""


@dataclass(frozen=True)
class Context:
    """Everything a step may touch. `calls` is Gong, `crm` HubSpot, `messenger` Slack, `records` the database."""

    calls: CallGateway
    crm: CrmGateway
    messenger: Messenger
    records: Records
    analyst: Analyst
    clock: Clock
    options: WorkflowOptions = WorkflowOptions()
    turns: Turns = field(default_factory=RecordTurns)
    """Who is at which CRM record. Runs that share records must share these, or the database that they are kept in."""
    policy: Policy = field(default_factory=default_policy)
    """The owner's rules about what may be written."""
    model_analyst: ModelAnalyst | None = None
    """None when no model is set up: what the extractive analyst found is all there is."""
    memory: Memory | None = None
    """What is remembered to be recalled; None where nothing is."""
    cache: Cache | None = None
    """What was read for answers, told here of what has changed; None where nothing is kept."""

    async def changed(self, tags: Iterable[str]) -> None:
        """Tells the cache that what these tags (memory/cache/tags.py) stand for has changed."""
        if self.cache is not None:
            await self.cache.invalidate(tags)
