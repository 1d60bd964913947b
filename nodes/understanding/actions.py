"""An action of the words that order it: what is done, to which record, and what is to hold then.

Records, people, stages, days and amounts come from the lexicon and the parsers, never from anywhere else. What is open
is asked back: which of several, which record at all, which day. Rights and policy are looked at when it is carried out
(nodes/acting), not here.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from core.query import QueryObject
from nodes.understanding.action_fields import (
    AMOUNT,
    CLOSE_DATE,
    amount_in,
    as_due,
    blanked,
    changes_in,
    day_in,
    owner_change,
    priority_in,
)
from nodes.understanding.action_words import fact_in, message_in, note_in, subject_in
from nodes.understanding.leaning import points_back
from nodes.understanding.lexicon import Lexicon, Mention
from nodes.understanding.naming import PERSON, RECORDS, Meant, colleagues, meant_in
from nodes.understanding.own_words import OwnWords
from nodes.understanding.shape import Action, ActionObject, Doubt, FieldChange, Named, Verb

SUBJECT: Final = "hs_task_subject"
NUMBER: Final = "number"
DECISION: Final = "decision"
NEW_VALUE: Final = "value"
WITHDRAW: Final = "withdraw"
RECORD: Final = "record"
ABOUT: Final = "about"
SINGULAR: Final[Mapping[ActionObject, str]] = {
    "deals": "deal", "tasks": "task", "contacts": "contact", "companies": "company", "notes": "note",
}  # fmt: skip

_REJECTS: Final = re.compile(
    r"\b(?:reject|decline|deny|refuse|dismiss|don't|do not|no|nope|disapprove)\b", re.IGNORECASE
)
_NUMBER: Final = re.compile(
    r"(?:#|\bno\.? ?|\bnumber |\bapproval )?(?<![\w$€£.,])(\d{1,6})(?![\w.,]*\d|k\b)", re.IGNORECASE
)
_OTHER_VALUE: Final = re.compile(r"\b(?:but )?(?:with|at|as|for) (?P<rest>.+)", re.IGNORECASE)
_BECAUSE: Final = re.compile(r"\b(?:because|since|as it|reason:?)\s+(?P<why>.+)", re.IGNORECASE)
_REMINDS: Final = re.compile(r"\bremind|\breminder|\bnudge|\bdon't let me forget", re.IGNORECASE)
_WHOSE_TASK: Final = re.compile(
    r"\b(?:remind|nudge|poke|give|assign|make|get) (?P<before>)$|\b(?:task|to-?do|reminder)s? (?:for|to) $",
    re.IGNORECASE,
)
_FORGETS: Final = re.compile(r"^\W*(?:please )?forget\b", re.IGNORECASE)
_TO_MANY: Final = re.compile(r"#\w+|\b(?:team|everyone|everybody|channel|all)\b", re.IGNORECASE)
_TELLING: Final = re.compile(
    r"\b(?:tell|inform|notify|let|alert|send|write|dm|message|slack|ping|ask|email|e-mail|drop|give|to|with|"
    r"thank|congratulate|and|forward) $",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Ordered:
    """What is to be done, what it names, and what it leaves open."""

    action: Action
    named: tuple[Named, ...] = ()
    doubts: tuple[Doubt, ...] = ()


@dataclass(frozen=True)
class Order:
    """The words of one action with what they name."""

    words: OwnWords
    verb: Verb
    object: ActionObject
    lexicon: Lexicon
    mentions: Sequence[Mention]
    meant: Sequence[Meant] = field(default=())

    @property
    def asked(self) -> str:
        return self.words.asked

    def records(self, *types: str) -> list[Meant]:
        """What is named of these kinds, in order."""
        return [one for one in self.meant if one.type in (types or RECORDS)]

    @property
    def about(self) -> tuple[Named, ...]:
        """The records that are named and clear."""
        return tuple(dict.fromkeys(one.named for one in self.records() if one.named))

    def which(self, field: str = RECORD) -> tuple[Doubt, ...]:
        """The questions that names of records raise."""
        return tuple(doubt for one in self.records() if (doubt := one.doubt(field)))


def action_from(
    words: OwnWords, verb: Verb, object: ActionObject, lexicon: Lexicon, mentions: Sequence[Mention]
) -> Ordered:
    """The action that the words order."""
    meant = meant_in(words.asked, mentions, _looked_for(object), lexicon)
    order = Order(words, verb, object, lexicon, mentions, meant)
    return _WAYS.get((verb, object), _BY_VERB[verb])(order)


def _looked_for(object: ActionObject) -> QueryObject | None:
    """Which records are likely meant by a name."""
    return object if object in ("deals", "contacts", "companies") else None


def _change(order: Order) -> Ordered:
    """Sets fields of a record that is there."""
    changes = changes_in(order.asked, order.mentions, order.object, order.lexicon)
    named = order.records(order.object)
    record = named[0].named if named else None
    about = tuple(one for one in order.about if one != record)
    doubts = (*order.which(), *_whom(order, changes), *_what(order, changes), *_which_record(order, record or about))
    return _ordered(order, doubts, record=record, about=about, changes=changes)


def _bare_change(order: Order) -> Ordered:
    """Completes or deletes a record that is there."""
    named = order.records(order.object)
    record = named[0].named if named else None
    about = tuple(one for one in order.about if one != record)
    return _ordered(order, (*order.which(), *_which_record(order, record or about)), record=record, about=about)


def _make_task(order: Order) -> Ordered:
    words = blanked(order.asked, [(one.start, one.end) for one in order.mentions])
    moment = day_in(words, order.lexicon)
    written = order.words.written
    title = subject_in(blanked(written, [(moment.start, moment.end)]) if moment else written)
    whose, doubts = _whose(order)
    changes = [FieldChange(field=SUBJECT, value=title)] if title else []
    changes += [as_due(moment)] if moment else []
    changes += [whose] if whose else []
    changes += [priority] if (priority := priority_in(words)) and "priority" in words else []
    if not title and not order.about:
        doubts += (Doubt(question="What is it about?", field=SUBJECT),)
    if moment is None and _REMINDS.search(order.asked):
        doubts += (Doubt(question="For which day?", field="hs_timestamp"),)
    return _ordered(order, (*order.which(ABOUT), *doubts), about=order.about, changes=tuple(changes))


def _make_note(order: Order) -> Ordered:
    doubts = order.which(ABOUT)
    if not order.records() and not points_back(order.asked):
        doubts += (Doubt(question="Which deal, company or contact is it about?", field=ABOUT),)
    return _ordered(order, doubts, about=order.about, words=note_in(order.words.written))


def _make_record(order: Order) -> Ordered:
    words = blanked(order.asked, [(one.start, one.end) for one in order.mentions])
    changes: list[FieldChange] = []
    moment = day_in(words, order.lexicon)
    if order.object == "deals":
        changes += [FieldChange(field=CLOSE_DATE, value=moment.day.isoformat())] if moment else []
        amount = amount_in(blanked(words, [(moment.start, moment.end)]) if moment else words)
        changes += [amount] if amount and amount.field == AMOUNT else []
    return _ordered(order, order.which(ABOUT), about=order.about, changes=tuple(changes), words=order.words.written)


def _send(order: Order) -> Ordered:
    people = colleagues(order.mentions, order.lexicon)
    addressed = [one for one in people if _TELLING.search(order.asked[: one.mention.start])]
    whom = next(iter(addressed or people), None)
    about = tuple(one for one in order.about if whom is None or one.name != whom.mention.text)
    doubts = tuple(doubt for one in [whom] if one and (doubt := one.doubt(RECORD)))
    if whom is None and not _TO_MANY.search(order.asked):
        doubts = (Doubt(question="Whom should I tell?", field=RECORD),)
    words = message_in(order.words.written, whom.mention.text if whom else "")
    return _ordered(order, doubts, record=whom.named if whom else None, about=about, words=words)


def _answer(order: Order) -> Ordered:
    number = _NUMBER.search(order.asked)
    changes = [FieldChange(field=DECISION, value="reject" if _REJECTS.search(order.asked) else "approve")]
    if number:
        changes.append(FieldChange(field=NUMBER, value=number[1]))
        other = _OTHER_VALUE.search(order.asked, number.end())
        amount = amount_in(other["rest"]) if other else None
        changes += [FieldChange(field=NEW_VALUE, value=amount.value)] if amount else []
    because = _BECAUSE.search(order.words.written)
    record = next(iter(order.about), None)
    return _ordered(
        order, order.which(), record=record, changes=tuple(changes), words=because["why"] if because else None
    )


def _undo(order: Order) -> Ordered:
    return _ordered(order, order.which(), record=next(iter(order.about), None))


def _remember(order: Order) -> Ordered:
    changes = (FieldChange(field=WITHDRAW),) if _FORGETS.search(order.asked) else ()
    return _ordered(order, order.which(ABOUT), about=order.about, changes=changes, words=fact_in(order.words.written))


def _whose(order: Order) -> tuple[FieldChange | None, tuple[Doubt, ...]]:
    """Whose task it is: of a colleague who is told to do it, else of who asks."""
    for one in colleagues(order.mentions, order.lexicon):
        if _WHOSE_TASK.search(order.asked[: one.mention.start]):
            if one.named:
                return owner_change(one.named.id, one.named.name), ()
            doubt = one.doubt("hubspot_owner_id")
            return None, (doubt,) if doubt else ()
    me = order.lexicon.me
    return (owner_change(me, order.lexicon.me_name) if me else None), ()


def _whom(order: Order, changes: Sequence[FieldChange]) -> tuple[Doubt, ...]:
    """The question which colleague is to own it, where several have the name."""
    if any(change.field == "hubspot_owner_id" for change in changes):
        return ()
    people = [one for one in order.meant if one.type == PERSON]
    return tuple(doubt for one in people if (doubt := one.doubt("hubspot_owner_id")))


def _what(order: Order, changes: Sequence[FieldChange]) -> tuple[Doubt, ...]:
    if changes:
        return ()
    return (
        Doubt(
            question=f"What should I change of the {SINGULAR.get(order.object, 'record')}, and to what?",
            field="changes",
        ),
    )


def _which_record(order: Order, found: object) -> tuple[Doubt, ...]:
    """The question for the record, where none is named and nothing before it can be meant."""
    if found or order.which() or points_back(order.asked):
        return ()
    return (Doubt(question=f"Which {SINGULAR.get(order.object, 'record')}?", field=RECORD),)


def _ordered(
    order: Order,
    doubts: Sequence[Doubt],
    *,
    record: Named | None = None,
    about: tuple[Named, ...] = (),
    changes: tuple[FieldChange, ...] = (),
    words: str | None = None,
) -> Ordered:
    action = Action(verb=order.verb, object=order.object, record=record, about=about, changes=changes, words=words)
    named = tuple(dict.fromkeys(one.named for one in order.meant if one.named))
    return Ordered(action, named, tuple(doubts))


_WAYS: Final[Mapping[tuple[Verb, ActionObject], Callable[[Order], Ordered]]] = {
    ("create", "tasks"): _make_task,
    ("create", "notes"): _make_note,
}
_BY_VERB: Final[Mapping[Verb, Callable[[Order], Ordered]]] = {
    "update": _change,
    "create": _make_record,
    "complete": _bare_change,
    "delete": _bare_change,
    "send": _send,
    "undo": _undo,
    "answer": _answer,
    "remember": _remember,
}
