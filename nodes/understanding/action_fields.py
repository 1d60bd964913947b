"""What an action sets: stage, amount, close date, owner, priority and other fields, each by the parser of its slot.

Stages and owners are ids with their names, amounts plain numbers, days ISO. Where both pipelines have a stage of the
name, only the name is given: the record's own pipeline decides.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from core.query import OWNER
from nodes.understanding.lexicon import Lexicon, Mention
from nodes.understanding.naming import colleagues
from nodes.understanding.shape import ActionObject, FieldChange
from nodes.understanding.slots.amounts import Amount, amounts_in
from nodes.understanding.slots.days import is_day_first
from nodes.understanding.slots.moments import Moment, moment_in
from nodes.understanding.slots.part import Text
from nodes.understanding.slots.stages import STAGE, stage_parts
from tools.hubspot.port import FieldSpec, Stage

AMOUNT: Final = "amount"
CLOSE_DATE: Final = "closedate"
DUE: Final = "hs_timestamp"
PRIORITY: Final = "hs_task_priority"
NEXT_STEP: Final = "hs_next_step"
UNITS: Final = "numberofunits"

_GIVES: Final = re.compile(
    r"\b(?:assign|reassign|give|hand|transfer|delegate|owner|owned|owns?|takes? over|taking over|put me on|"
    r"move .{0,30}to)\b",
    re.IGNORECASE,
)
_TO_ME: Final = re.compile(
    r"\b(?:to|make|put) me\b|\bi(?:'m| am)? (?:tak(?:e|ing) over|own)\b|\bmyself\b|\bme (?:the |as )?owner\b|\bmine\b",
    re.IGNORECASE,
)
_NEXT_STEP: Final = re.compile(
    r"\bnext steps?\b(?: field)?(?: (?:on|of|for) .{1,60}?)?(?:\s*(?::|=)\s*|\s+(?:to|is|as|should be|"
    r"will be)\s+)(?P<said>.+)",
    re.IGNORECASE,
)
_PRIORITY: Final = re.compile(r"\b(?P<level>high|medium|low|urgent|top|normal)(?:[ -]priority)?\b", re.IGNORECASE)
_LEVELS: Final = {"high": "HIGH", "urgent": "HIGH", "top": "HIGH", "medium": "MEDIUM", "normal": "MEDIUM", "low": "LOW"}
_WON: Final = re.compile(r"\b(?:won|signed|as sold|closed[ -]won)\b", re.IGNORECASE)
_LOST: Final = re.compile(r"\b(?:lost|churned|closed[ -]lost)\b", re.IGNORECASE)
_BY_SOME: Final = re.compile(r"\b(?:by|another) $", re.IGNORECASE)
_BARE_NUMBER: Final = re.compile(
    r"(?:\b(?:amount|value|worth|price|units?|it|deal)\b.{0,40}?\b(?:to|at|is|be|now)|=|"
    r":)\s*(?P<digits>\d[\d,.]*)(?![\w%/:-]| ?(?:days?|weeks?|months?|units?|doors?))",
    re.IGNORECASE,
)
_ABOUT_UNITS: Final = re.compile(r"(?P<digits>\d[\d,.]*) ?(?:units|doors|apartments|homes|flats)\b", re.IGNORECASE)
_NOT_THE_NEW_ONE: Final = re.compile(r"\b(?:not|from|rather than|instead of|was) (?:the )?$", re.IGNORECASE)
_PLACE_OF_VALUE: Final = (
    r"(?: (?:of|on|for|at) .{1,60}?)?(?:\s*(?::|=|->)\s*|\s+(?:to|is now|is|as|should be|into)\s+)(?P<value>[^,;]+)"
)


def changes_in(
    asked: str, mentions: Sequence[Mention], object: ActionObject, lexicon: Lexicon
) -> tuple[FieldChange, ...]:
    """The fields that the words set, each once."""
    step = _NEXT_STEP.search(asked) if object == "deals" else None
    names = [(mention.start, mention.end) for mention in mentions]
    words = blanked(asked, [*names, step.span()] if step else names)
    found: list[FieldChange] = []
    if step:
        found.append(FieldChange(field=NEXT_STEP, value=step["said"].strip(" .!")))
    found += _owner(words, mentions, lexicon)
    if object == "deals":
        found += _of_deal(words, lexicon)
    if object == "tasks":
        found += _of_task(words, lexicon)
    if object == "companies" and (units := _ABOUT_UNITS.search(words)):
        found.append(FieldChange(field=UNITS, value=re.sub(r"\D", "", units["digits"])))
    if object in ("contacts", "companies", "deals"):
        found += _by_label(words, asked, object, lexicon, {change.field for change in found})
    return tuple({change.field: change for change in reversed(found)}.values())[::-1]


def day_in(words: str, lexicon: Lexicon) -> Moment | None:
    """The day or moment that the words name, in the team's zone."""
    return moment_in(words, lexicon.now, day_first=is_day_first(lexicon.zone))


def as_due(moment: Moment) -> FieldChange:
    """When a task is due: a day, or a moment where the words name one."""
    return FieldChange(field=DUE, value=moment.at.isoformat() if moment.at else moment.day.isoformat())


def owner_change(owner_id: str, name: str) -> FieldChange:
    """Whose something is to be."""
    return FieldChange(field=OWNER, value=owner_id, label=name)


def priority_in(words: str) -> FieldChange | None:
    """How urgent a task is said to be."""
    level = _PRIORITY.search(words)
    return FieldChange(field=PRIORITY, value=_LEVELS[level["level"].lower()]) if level else None


def amount_in(words: str) -> FieldChange | None:
    """The amount that something is to have; None where it is only told by how much it changes."""
    text = Text.of(words)
    amounts = [one for one in amounts_in(text) if one.is_money and not _NOT_THE_NEW_ONE.search(text.before(one.start))]
    amount = next((one for one in amounts if not _BY_SOME.search(text.before(one.start))), None)
    if amount is not None:
        return FieldChange(field=AMOUNT, value=_plain(_value(amount)))
    number = _BARE_NUMBER.search(words)
    if number is None or amounts:
        return None
    return FieldChange(field=AMOUNT, value=number["digits"].replace(",", "").rstrip("."))


def blanked(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """The text with blanks for these letters."""
    letters = list(text)
    for start, end in spans:
        letters[start:end] = " " * (min(end, len(letters)) - start)
    return "".join(letters)


def _of_deal(words: str, lexicon: Lexicon) -> Iterator[FieldChange]:
    stage = _stage(words, lexicon)
    if stage is not None:
        yield stage
    moment = day_in(words, lexicon)
    if moment is not None:
        yield FieldChange(field=CLOSE_DATE, value=moment.day.isoformat())
        words = blanked(words, [(moment.start, moment.end)])
    amount = amount_in(words)
    if amount is not None:
        yield amount


def _of_task(words: str, lexicon: Lexicon) -> Iterator[FieldChange]:
    moment = day_in(words, lexicon)
    if moment is not None:
        yield as_due(moment)
    priority = priority_in(words)
    if priority is not None:
        yield priority


def _stage(words: str, lexicon: Lexicon) -> FieldChange | None:
    """The stage that is named, the last one where one is told to be left; won and lost are stages too."""
    parts = [part for part in stage_parts(Text.of(words), lexicon) if part.filters and part.filters[0].field == STAGE]
    named = [part for part in parts if part.filters[0].name not in ("open", "won", "lost", "closed")]
    if named:
        filter = max(named, key=lambda part: part.start).filters[0]
        ids = filter.value if isinstance(filter.value, tuple) else (filter.value,)
        return _as_change([stage for stage in _stages(lexicon) if stage.id in ids])
    for said, probability in ((_WON, 1), (_LOST, 0)):
        if said.search(words):
            return _as_change([one for one in _stages(lexicon) if one.closed and one.probability == probability])
    return None


def _stages(lexicon: Lexicon) -> list[Stage]:
    return [stage for pipeline in lexicon.pipelines for stage in pipeline.stages]


def _as_change(stages: Sequence[Stage]) -> FieldChange | None:
    if not stages:
        return None
    value = stages[0].id if len(stages) == 1 else None
    return FieldChange(field=STAGE, value=value, label=stages[0].label)


def _owner(words: str, mentions: Sequence[Mention], lexicon: Lexicon) -> Iterator[FieldChange]:
    """Who is to own it: whoever is named last, or the asker."""
    if not _GIVES.search(words) and not _TO_ME.search(words):
        return
    named = [meant.named for meant in colleagues(mentions, lexicon) if meant.named]
    if named:
        yield owner_change(named[-1].id, named[-1].name)
    elif _TO_ME.search(words) and lexicon.me is not None:
        yield owner_change(lexicon.me, lexicon.me_name)


def _by_label(words: str, asked: str, object: ActionObject, lexicon: Lexicon, known: set[str]) -> Iterator[FieldChange]:
    """Other fields by their labels: "set the industry of Acme to multifamily"."""
    fields = lexicon.fields.get(object, {}) if object in ("deals", "contacts", "companies") else {}
    taken: list[tuple[int, int]] = []
    for spec in sorted(fields.values(), key=lambda one: -len(one.label)):
        found = _said_of(spec, asked) if spec.name not in known and not spec.read_only else None
        if found is not None and not any(found.start() < end and start < found.end() for start, end in taken):
            taken.append(found.span())
            yield _labelled(spec, found["value"].strip(" .!\"'“”"))


def _said_of(spec: FieldSpec, asked: str) -> re.Match[str] | None:
    if len(spec.label) < 4 or spec.name in (OWNER, AMOUNT, CLOSE_DATE, STAGE):
        return None
    return re.search(rf"\b{re.escape(spec.label)}\b{_PLACE_OF_VALUE}", asked, re.IGNORECASE)


def _labelled(spec: FieldSpec, said: str) -> FieldChange:
    option = next((option for option in spec.options if said.lower() in (option[0].lower(), option[1].lower())), None)
    return (
        FieldChange(field=spec.name, value=option[0], label=option[1])
        if option
        else FieldChange(field=spec.name, value=said)
    )


def _value(amount: Amount) -> float:
    return amount.bounds[-1][1]


def _plain(value: float) -> str:
    return str(int(value)) if value == int(value) else str(round(value, 2))
