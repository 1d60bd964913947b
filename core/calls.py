"""A call as Sophia knows it, parsed at the door from Gong's JSON, which holds nulls and new fields freely."""

from datetime import datetime
from typing import Literal

from core.analysis import Frozen

Affiliation = Literal["Internal", "External", "Unknown"]
CrmObjectKind = Literal["contact", "company", "deal", "lead"]


class CrmReference(Frozen):
    """A CRM object that Gong says the call is about; only a hint until HubSpot confirms it."""

    kind: CrmObjectKind
    id: str


class Party(Frozen):
    """Somebody invited to or heard on the call. `speaker_id` joins them to the transcript's turns."""

    id: str | None = None
    name: str | None = None
    email: str | None = None
    title: str | None = None
    user_id: str | None = None
    speaker_id: str | None = None
    affiliation: Affiliation = "Unknown"
    attended: bool = True
    crm: tuple[CrmReference, ...] = ()


class Call(Frozen):
    """A call's metadata and parties. `duration_s` is in seconds; `started` carries its own time zone."""

    id: str
    title: str | None = None
    url: str | None = None
    started: datetime | None = None
    duration_s: int = 0
    language: str | None = None
    primary_user_id: str | None = None
    scope: str | None = None
    is_private: bool = False
    parties: tuple[Party, ...] = ()
    crm: tuple[CrmReference, ...] = ()

    def speaker(self, speaker_id: str | None) -> Party | None:
        """The party who speaks under this id, None when Gong did not resolve it."""
        return next((p for p in self.parties if speaker_id is not None and p.speaker_id == speaker_id), None)

    def primary(self) -> Party | None:
        """The party of our own team whom Gong names as the call's owner."""
        return next((p for p in self.parties if p.user_id and p.user_id == self.primary_user_id), None)


class Sentence(Frozen):
    """One sentence; `start_ms` and `end_ms` count from the beginning of the call, in milliseconds."""

    start_ms: int
    end_ms: int
    text: str


class Turn(Frozen):
    """What one speaker said without a break."""

    speaker_id: str | None = None
    topic: str | None = None
    sentences: tuple[Sentence, ...] = ()


class Transcript(Frozen):
    """The turns of a call in order; evidence points into them as (turn, sentence)."""

    call_id: str
    turns: tuple[Turn, ...] = ()
