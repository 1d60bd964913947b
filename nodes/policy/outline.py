"""What a whole policy amounts to, object by object, and which of its rules can never decide anything."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import get_args

from nodes.policy.deciding import OWN_BY_OBJECT, Policy
from nodes.policy.intent import Intent
from nodes.policy.rules import ANY, OWN, Conditions, ObjectName, Rule
from nodes.policy.wording import limits

OTHERS = "\0"
"""Stands for every field, or agent, that no rule names."""
OBJECTS: tuple[str, ...] = get_args(ObjectName)
PLACES = ("owner", "channel", "colleague")
"""The fields of a message: whom it goes to."""


@dataclass(frozen=True)
class Possibility:
    """A decision that may come out, by which rule (None where none matches), and what has to be so for it."""

    decision: str
    rule: int | None
    limits: tuple[str, ...]


@dataclass(frozen=True)
class Line:
    """What may come out for these fields of these objects, in the order in which the rules are tried."""

    objects: tuple[str, ...]
    action: str
    fields: tuple[str, ...]
    possibilities: tuple[Possibility, ...]


def outline(policy: Policy) -> list[Line]:
    """What the rules amount to for everything there is; what comes out alike is one line."""
    fields: dict[tuple[str, str, tuple[Possibility, ...]], list[str]] = {}
    for intent in _intents(policy):
        possible = tuple(_possibilities(policy, intent))
        shown = fields.setdefault((intent.object_type, intent.action, possible), [])
        shown += [name for name in (_field_words(policy, intent),) if name and name not in shown]
    objects: dict[tuple[str, tuple[str, ...], tuple[Possibility, ...]], list[str]] = {}
    for (object_type, action, possible), names in fields.items():
        objects.setdefault((action, tuple(names), possible), []).append(object_type)
    return [Line(tuple(types), *about) for about, types in objects.items()]


def idle_rules(policy: Policy) -> Mapping[int, str]:
    """The rules that can never decide anything, by number, and why that is so."""
    intents = [intent for cell in _intents(policy) for intent in _by_agent(policy, cell)]
    reached = {number for intent in intents for number, _ in _candidates(policy, intent)}
    found = {}
    for number, rule in enumerate(policy.file.rule, start=1):
        if number not in reached:
            found[number] = _why_idle(policy, number, intents)
        elif rule.when.to_stages and not {"dealstage", ANY} & set(rule.fields):
            found[number] = "to_stages holds only for dealstage, which is not among its fields"
    return found


def _why_idle(policy: Policy, number: int, intents: list[Intent]) -> str:
    mine = [intent for intent in intents if number in {about for about, _ in policy.about(intent)}]
    if not mine:
        return "nothing is as it says: only what is updated has fields, and messages are only created"
    before = sorted({list(_candidates(policy, intent))[-1][0] for intent in mine})
    takers = f"rule {before[0]} takes" if len(before) == 1 else f"rules {', '.join(map(str, before))} take"
    return f"{takers} all that it is about"


def _possibilities(policy: Policy, cell: Intent) -> Iterator[Possibility]:
    """What may come out, whichever agent is at work."""
    candidates: dict[int, Rule] = {}
    certain = True
    for intent in _by_agent(policy, cell):
        tried = dict(_candidates(policy, intent))
        candidates |= tried
        certain = certain and any(_always(rule) for rule in tried.values())
    for number, rule in sorted(candidates.items()):
        yield Possibility(rule.decision, number, tuple(limits(rule)))
    if not certain:
        yield Possibility("DENY", None, ())


def _candidates(policy: Policy, intent: Intent) -> Iterator[tuple[int, Rule]]:
    """The rules that may decide about this, down to the first that has no conditions."""
    for number, rule in policy.about(intent):
        yield number, rule
        if _always(rule):
            return


def _always(rule: Rule) -> bool:
    return rule.when == Conditions()


def _intents(policy: Policy) -> Iterator[Intent]:
    """Everything that can be done at all, as far as the rules tell it apart."""
    for object_type in OBJECTS:
        if object_type == "messages":
            yield from (Intent("create", object_type, place) for place in PLACES)
            continue
        yield Intent("create", object_type)
        yield from (Intent("update", object_type, field) for field in _fields(policy, object_type))
        yield Intent("delete", object_type)


def _fields(policy: Policy, object_type: str) -> list[str]:
    named = _named(policy, object_type)
    return list(dict.fromkeys([*named, *sorted(OWN_BY_OBJECT.get(object_type, ())), OTHERS]))


def _named(policy: Policy, object_type: str) -> list[str]:
    """The fields that rules about this object name, in their order."""
    rules = (rule for rule in policy.file.rule if {object_type, ANY} & set(rule.objects))
    return [field for rule in rules for field in rule.fields if field not in (ANY, OWN)]


def _by_agent(policy: Policy, cell: Intent) -> Iterator[Intent]:
    named = dict.fromkeys(agent for rule in policy.file.rule for agent in rule.agents or () if agent != ANY)
    for agent in (*named, OTHERS):
        yield Intent(cell.action, cell.object_type, cell.field, agent)


def _field_words(policy: Policy, intent: Intent) -> str | None:
    if intent.field == OTHERS:
        return "everything else"
    if intent.action == "update" and intent.field not in _named(policy, intent.object_type):
        return "Sophia's own"
    return intent.field
