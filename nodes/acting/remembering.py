"""Keeps what somebody states about a record, corrects it and withdraws it; nothing of it leaves the house.

A change named CORRECT or WITHDRAW says that it is no new fact: its value is the fact's id, or nothing for the last one
that the asker stated about the record, or in this conversation where no record is named.
"""

from collections.abc import Sequence
from typing import Final

from core.errors import NotAllowed, NotUsable
from memory.facts import Fact, Facts, Said, fact_id
from nodes.acting.order import Order
from nodes.acting.seeing import may_be_told, name_of, seen
from nodes.acting.telling import SAY, told
from nodes.attached import BELONGS_TO, audiences_of_id
from nodes.audiences import SUBJECTS, record_audience, record_subject
from nodes.chat.shape import Done
from nodes.showing import shorten
from tools.hubspot.port import Record

CORRECT: Final = "correct"
WITHDRAW: Final = "withdraw"
SHOWN: Final = 200
POINTING: Final = 2
"""Words that say no more than "that" or "the last": whoever says more means a fact by its words."""


async def remember(order: Order) -> Done:
    """States the fact in the action's words, or changes one that was stated."""
    facts = _facts(order)
    record = await _record(order)
    wanted = {change.field: change.value for change in order.action.changes if change.field in (CORRECT, WITHDRAW)}
    if not wanted:
        return await _state(order, facts, record)
    if CORRECT in wanted:
        return await _correct(order, facts, await _stated(order, facts, record, wanted[CORRECT], ""))
    return await withdraw(order, await _stated(order, facts, record, wanted[WITHDRAW], order.action.words or ""))


async def withdraw(order: Order, fact: Fact) -> Done:
    """Takes a fact back."""
    is_told = await _is_told(order, fact)
    if not order.trial:
        await _facts(order).withdraw(fact.id, order.person)
    said = "would forget" if order.trial else "forgot"
    if not is_told:
        return told(order, "done", f"I {said} that", label="Fact")
    return told(order, "done", f"I {said} “{shorten(fact.text, SHOWN)}”", label="Fact", before=fact.text)


async def withdraw_by_id(order: Order, id: str) -> Done:
    """Takes the fact with this id back, unless it was taken back before."""
    standing = [fact for fact in await _facts(order).said_in(order.thread) if fact.id == id]
    return await withdraw(order, standing[0]) if standing else told(order, "done", "I forgot that", label="Fact")


async def _state(order: Order, facts: Facts, record: Record | None) -> Done:
    text = " ".join((order.action.words or "").split())
    if record is None:
        raise NotUsable("it was not said what the fact is about", next_step="Name a deal, a company or a person.")
    subject = record_subject(record.type, record.id)
    said = Said(turn=order.context.turn_id, thread=order.thread)
    own = fact_id(subject, text, order.person, said.moment)
    if any(_is_same(order, fact, text) and fact.id != own for fact, _ in await facts.about(subject)):
        return told(order, "nothing", f"I know that of {name_of(record)} already", label="Fact", after=text)
    if order.trial:
        return told(order, "done", f"I would remember of {name_of(record)}: “{shorten(text, SHOWN)}”", after=text)
    now = order.house.clock.now()
    await facts.state(subject, text, order.person, now, record_audience(record), said)
    words = f"I remember of {name_of(record)}: “{shorten(text, SHOWN)}” To take it back, {SAY}."
    return told(order, "done", words, label="Fact", after=text)


def _is_same(order: Order, fact: Fact, text: str) -> bool:
    """Whether they stated just that."""
    return fact.text == text and (fact.email, fact.by) == (order.person.email, order.person.name)


async def _correct(order: Order, facts: Facts, fact: Fact) -> Done:
    text = " ".join((order.action.words or "").split())
    if not text:
        raise NotUsable("it was not said what is true instead", next_step="Say it in a sentence.")
    if text == fact.text:
        return told(order, "nothing", "I know it that way already", label="Fact", after=text)
    if not order.trial:
        await facts.correct(fact.id, text, order.person)
    said = "would correct" if order.trial else "corrected"
    if not await _is_told(order, fact):
        return told(order, "done", f"I {said} that", label="Fact", after=text)
    words = f"I {said} “{shorten(fact.text, SHOWN)}” to “{shorten(text, SHOWN)}”"
    return told(order, "done", words, label="Fact", before=fact.text, after=text)


async def _is_told(order: Order, fact: Fact) -> bool:
    """Whether its text is for all who are there: it is for who may see the record it is about."""
    type = next((type for type, name in SUBJECTS.items() if fact.subject.startswith(f"{name}:")), None)
    if type is None:
        return False
    id = fact.subject.partition(":")[2]
    return await may_be_told(order, audiences_of_id(order.house, order.house.crm, type, id))


async def _stated(order: Order, facts: Facts, record: Record | None, id: str | None, words: str) -> Fact:
    """The fact that is meant, by its id or words; raises NotAllowed where there is none of theirs."""
    if record is not None:
        known = [fact for fact, _ in await facts.about(record_subject(record.type, record.id))]
    else:
        known = await facts.said_in(order.thread)
    own = [fact for fact in known if (fact.email, fact.by) == (order.person.email, order.person.name)]
    meant = [fact for fact in known if fact.id == id] if id is not None else _meant(own, words)
    if not meant:
        raise NotAllowed("I remember nothing of the kind that you stated", next_step="Name the record it was about.")
    return meant[0]


def _meant(own: Sequence[Fact], words: str) -> Sequence[Fact]:
    """Of the asker's facts, the latest first, those in these very words; all where the words only point at one."""
    if len(words.split()) <= POINTING:
        return own
    return [fact for fact in own if _plain(fact.text) == _plain(words)]


def _plain(text: str) -> str:
    return " ".join(text.casefold().strip(" .!").split())


async def _record(order: Order) -> Record | None:
    named = [*([order.action.record] if order.action.record else []), *order.action.about]
    about = next((one for one in named if one.type in BELONGS_TO), None)
    return await seen(order, about) if about is not None else None


def _facts(order: Order) -> Facts:
    memory = order.house.memory
    if memory is None:
        raise NotUsable("nothing is remembered here", next_step="An admin can set up Sophia's memory.")
    return memory.facts
