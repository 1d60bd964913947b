"""What was said before: in this thread, from its state; in earlier ones, from memory, as far as it was said here.

Of earlier conversations only those of the same audience are told: a person's own to them alone, a channel's there.
"""

import re
from collections.abc import Sequence
from typing import Final

from core.errors import ServiceError
from core.fencing import harmless
from core.scope import Scope
from memory.conversations import source_of
from memory.recall.passage import Passage
from memory.store.entry import Kind
from nodes.chat.context import ChatContext
from nodes.chat.shape import AgentTask, Citation
from nodes.chat.tools.shape import Found
from nodes.thread.summary import SOPHIA
from nodes.thread.trimming import turns_in
from nodes.thread.turns import ThreadTurn

THREAD: Final = re.compile(
    r"\b(?:summar\w+|recap|sum up|upshot|tl;?dr|catch me up)\b|\b(?:this|the|our|in here) ?(?:thread|conversation|chat|"
    r"channel)?\b.{0,12}\babout\W*$|\bin (?:this (?:thread|conversation|chat|channel)|here)\b|\bfirst question\b|"
    r"\bthe thread\b",
    re.IGNORECASE,
)
BEFORE: Final = re.compile(
    r"\bdid (?:i|we|you)\b.{0,24}\b(?:ask|say|said|talk|discuss|tell|decide|answer|mention)\w*|\b(?:i|we) (?:asked|"
    r"talked|discussed|said|spoke)\b|\b(?:last time|earlier|previous(?:ly)?|before)\b.{0,30}\b(?:ask\w*|question|chat|"
    r"conversation)\b|\b(?:remember(?:ed)?|know) about me\b",
    re.IGNORECASE,
)
OWN: Final = re.compile(r"\bi (?:ask|say|said|tell|told|mention)", re.IGNORECASE)
"""Asks for what the person said: what Sophia answered is not it."""
AGAIN: Final = re.compile(
    r"\b(?:repeat|again|rephrase|reword|simpler|simply|explain|mean|shorter|longer|sentence|table|list|bullets?|format|"
    r"words|(?:where|how) .{0,24}\b(?:from|get|figure|number))\b",
    re.IGNORECASE,
)
SHORTER: Final = re.compile(r"\b(?:shorter|brief\w*|in (?:one|a) (?:sentence|line|word))\b", re.IGNORECASE)
REPEAT: Final = re.compile(r"\b(?:repeat|again|from|get|mean)\b", re.IGNORECASE)

KINDS: Final[tuple[Kind, ...]] = ("conversation",)
LINES: Final = 8
"""Turns of a thread that are told in its summary."""
RECALLED: Final = 5
MORE: Final = 3
"""How many times as many are recalled: some are of this thread, or questions like this one."""
NO_MODEL: Final = "putting it in other words needs a language model, and none is set up here"


def is_about_earlier(text: str) -> bool:
    """Whether it asks for what was said before, here or at another time."""
    return any(words.search(text) for words in (THREAD, BEFORE, AGAIN))


async def told_of_earlier(task: AgentTask, context: ChatContext) -> Found:
    """What of this thread or of earlier conversations the request asks for."""
    text = task.request.text
    if BEFORE.search(text) and not THREAD.search(text):
        return await _asked_before(task, context)
    if AGAIN.search(text) and not THREAD.search(text):
        return _last_answer(task, context)
    return this_thread(task)


def this_thread(task: AgentTask) -> Found:
    """What was said in this thread, in short: its summary, then its last turns."""
    lines = _lines_of_thread(task)
    if not lines:
        return Found(said="Nothing has been said in this conversation before.")
    source = Citation(number=1, kind="conversation", id="thread", title="This conversation")
    told = tuple(f"- {line} [1]" for line in lines)
    return Found(said="\n".join(["In this conversation so far:", *told]), lines=told, sources=(source,))


def _lines_of_thread(task: AgentTask) -> list[str]:
    turns = _turns(task)[-LINES:]
    lines = [harmless(line, 300) for line in task.thread.get("summary", "").splitlines()]
    return lines + [f"{harmless(turn.asked, 160)} → {harmless(turn.answered, 200)}" for turn in turns]


def _turns(task: AgentTask) -> list[ThreadTurn]:
    """The turns that are answered, but for those that only asked for earlier ones."""
    return [turn for turn in turns_in(task.thread) if turn.is_whole and not is_about_earlier(turn.asked)]


async def _asked_before(task: AgentTask, context: ChatContext) -> Found:
    """This thread, then what was said to the same audience in earlier ones."""
    here = this_thread(task)
    passages, missing = await _recalled(task.request.text, context)
    if not passages:
        return here.model_copy(update={"partial": missing})
    first = len(here.sources) + 1
    told = tuple(_line(number, passage) for number, passage in enumerate(passages, first))
    sources = tuple(_source(number, passage) for number, passage in enumerate(passages, first))
    said = [*([here.said] if here.sources else []), "From earlier conversations:", *told]
    return Found(said="\n".join(said), lines=(*here.lines, *told), sources=(*here.sources, *sources), partial=missing)


async def _recalled(question: str, context: ChatContext) -> tuple[Sequence[Passage], str | None]:
    """What was said in earlier conversations of this audience, the best first; and what could not be searched."""
    place = context.thread.place
    if context.recall is None or not context.scope.allows(place.audience):
        return (), None
    own = Scope(audiences=frozenset({place.audience}))
    try:
        found = await context.recall.recall(question, own, kinds=KINDS, count=RECALLED * MORE, neighbours=0)
    except ServiceError:
        return (), "earlier conversations could not be looked at just now"
    here = source_of(place.thread)
    told = [one for one in found.passages if one.source != here and not is_about_earlier(one.text)]
    asked = [one for one in told if one.speaker != SOPHIA] if OWN.search(question) else told
    return asked[:RECALLED], found.remark


def _line(number: int, passage: Passage) -> str:
    who = "I said" if passage.speaker == SOPHIA else f"{harmless(passage.speaker or 'Somebody', 60)} asked"
    when = f" on {passage.at.day} {passage.at:%b %Y}" if passage.at else ""
    return f"- {who}{when}: {harmless(passage.text, 200)} [{number}]"


def _source(number: int, passage: Passage) -> Citation:
    when = f" of {passage.at.day} {passage.at:%b %Y}" if passage.at else ""
    return Citation(number=number, kind="conversation", id=passage.source, title=f"Conversation{when}", at=passage.at)


def _last_answer(task: AgentTask, context: ChatContext) -> Found:
    """The last answer once more; its first line where it should be shorter, since that says it."""
    last = next((turn.answered for turn in reversed(_turns(task))), "")
    lines = [harmless(line, 400) for line in last.splitlines() if line.strip()]
    if not lines:
        return Found(said="I have not answered anything in this conversation yet.")
    text = task.request.text
    shown = lines[:1] if SHORTER.search(text) else lines
    plain = context.writer is None and not SHORTER.search(text) and not REPEAT.search(text)
    return Found(
        said="\n".join(shown),
        lines=tuple(f"[1] {line}" for line in lines),
        sources=(Citation(number=1, kind="conversation", id="thread", title="This conversation"),),
        partial=NO_MODEL if plain else None,
    )
