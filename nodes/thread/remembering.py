"""The turns of threads in the house's own memory: kept as conversation, found by recall."""

import hashlib
from collections.abc import Sequence
from typing import Final

from core.clock import Clock
from memory.conversations import Conversations, Role, Turn, source_of
from memory.recall.recall import Recall
from memory.store.entries import Entries
from memory.store.entry import Kept, Kind
from nodes.thread.context import Place
from nodes.thread.prompting import RecalledTurn
from nodes.thread.summary import PERSON as UNNAMED
from nodes.thread.summary import SOPHIA
from nodes.thread.turns import ThreadTurn

KINDS: Final[tuple[Kind, ...]] = ("conversation",)

MORE: Final = 3
"""How many times the turns that are wanted are asked for: some are in the state still, or both sides of one turn."""


class ConversationMemory:
    """Keeps what was asked and what was answered each as an entry: `{turn}.user.{…}` and `{turn}.assistant.{…}`.

    They end with what only this turn has, since a thread whose state was forgotten begins to count anew.
    """

    def __init__(self, entries: Entries, conversations: Conversations, recall: Recall, clock: Clock) -> None:
        self._entries = entries
        self._conversations = conversations
        self._recall = recall
        self._clock = clock

    async def keep(self, place: Place, turn: ThreadTurn) -> None:
        """Keeps a turn, both sides or neither; the same turn again changes nothing."""
        sides: list[Turn] = []
        if turn.asked:
            speaker = turn.asked_by or place.speaker
            sides.append(self._side(place, turn, "user", turn.asked, speaker, place.person))
        if turn.answered:
            sides.append(self._side(place, turn, "assistant", turn.answered, SOPHIA, None))
        await self._conversations.keep_turns(place.thread, sides)

    async def older(self, place: Place, question: str, before: int, count: int) -> Sequence[RecalledTurn]:
        """The turns of this thread, shown there before, that help with a question; what helps most first."""
        found = await self._recall.recall(
            question,
            place.scope,
            kinds=KINDS,
            sources=(source_of(place.thread),),
            count=count * MORE,
            neighbours=0,
        )
        ids = [passage.item_id for passage in found.passages]
        turns = [_recalled(kept) for kept in await self._entries.of_ids(ids)]
        return [turn for turn in turns if turn.turn is not None and turn.turn < before][:count]

    def _side(
        self, place: Place, turn: ThreadTurn, role: Role, text: str, speaker: str | None, person: str | None
    ) -> Turn:
        return Turn(
            id=f"{turn.number}.{role}.{_mark(turn)}",
            role=role,
            text=text,
            audience=place.audience,
            at=self._clock.now(),
            speaker=speaker,
            person=person,
        )


def _mark(turn: ThreadTurn) -> str:
    """What no other turn has: it is made of the id of its first message, which a state gives to every message."""
    first = turn.messages[0]
    return hashlib.sha256((first.id or first.text).encode("utf-8", "replace")).hexdigest()[:16]


def _recalled(kept: Kept) -> RecalledTurn:
    """One side of a turn as it was kept."""
    number, value = str(kept.value.get("turn", "")).partition(".")[0], kept.value
    return RecalledTurn(
        turn=int(number) if number.isdigit() else None,
        who=str(value.get("speaker") or UNNAMED),
        text=str(value.get("text", "")),
        when=f"{kept.at:%d %b %Y}" if kept.at else None,
    )
