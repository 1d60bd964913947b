"""And, or, not between the parts of a question: which conditions hold together, which instead of each other.

"And" binds closer than "or"; what merely stands beside an "or" holds for all of the question.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise, product
from typing import Final, Literal

from core.query import OWNER, Filter, Operator, Scalar
from nodes.understanding.slots.part import Part, Text

Joint = Literal["or", "and", ""]
Groups = tuple[tuple[Filter, ...], ...]
MOST_GROUPS: Final = 24
"""Choices at once: more than anybody asks for in a sentence, and each takes its place in a search."""


_OPPOSITE: Final[dict[Operator, Operator]] = {
    "eq": "neq", "neq": "eq", "gt": "lte", "gte": "lt", "lt": "gte", "lte": "gt", "is_empty": "is_not_empty",
    "is_not_empty": "is_empty",
}  # fmt: skip
_BESIDE: Final = (
    r"the|any|those|deals?|ones?|in|of|at|with|for|by|from|owned by|assigned to|including|be|being|already|yet|"
    r"are|is|stage|"
    r"belonging to|to|calls?|tasks?|companies|contacts|anything|everything|that|which|it's|they're|under|have|"
    r"been|because|"
    r"if|marked|as|set|closing|close|closed|due|expected|created|worth|sitting|stuck"
)
_NOT: Final = re.compile(
    r"(?:\b(?:not|isn't|aren't|wasn't|weren't|except|excluding|exclude|other than|apart from|besides|minus|"
    r"without|doesn't|"
    rf"don't|ain't|never|nor|neither|haven't|hasn't|outside|no)|\bnon|\b(?:any|every|all|everything|everyone|"
    rf"anything)\b[\w ]{{0,25}} but)(?:[ -](?:{_BESIDE}))*[ -]*$"
)
_NOT_BEHIND: Final = re.compile(
    r"(?:'s)? (?:doesn't|does not|don't|do not|didn't|isn't|is not|aren't) (?:own|hold|handle|manage|run|on|working|"
    r"assigned|look after|responsible)\b"
)
"""Behind a name: whose records are not meant."""
_OR: Final = re.compile(r"\b(?:or|either|vs|versus|compared (?:to|with)|against)\b|(?<!\bw)/")
_AND: Final = re.compile(r"\band\b|&|\+|,|\bnor\b|\bas well as\b|\bplus\b")
_GAP: Final = 45
"""How many letters may stand between parts that are joined."""


@dataclass(frozen=True)
class Joined:
    """All conditions: `filters` hold together, and one group of `either` where there are any.

    `is_cut` is whether the words give more choices than are taken.
    """

    filters: tuple[Filter, ...] = ()
    either: Groups = ()
    is_cut: bool = False


def join(text: Text, parts: Iterable[Part]) -> Joined:
    """The conditions of all parts, each denied where the question denies it."""
    said = [part for part in sorted(parts, key=lambda part: part.start) if part.filters or part.implied]
    joints = [_joint(text, one, other) for one, other in pairwise(said)]
    terms = _merged(*_denied(text, said, joints))
    fixed: list[Filter] = []
    choices: list[Groups] = []
    for run in _runs(*terms):
        groups = _alternatives(run)
        if len(groups) == 1:
            fixed += groups[0]
        else:
            common = [filter for filter in groups[0] if all(filter in group for group in groups)]
            fixed += common
            choices.append(tuple(tuple(one for one in group if one not in common) for group in groups))
    either = _crossed(choices)
    return Joined(_once(fixed), either[:MOST_GROUPS], len(either) > MOST_GROUPS)


@dataclass(frozen=True)
class _Term:
    """The conditions of a part: groups instead of each other, each of filters together."""

    groups: Groups
    denied: bool = False


def _joint(text: Text, one: Part, other: Part) -> Joint:
    between = text.plain[one.end : other.start]
    if not (one.joined and other.joined) or len(between) > _GAP:
        return ""
    if _OR.search(between) or (_AND.search(between) and _are_apart(one, other)):
        return "or"
    return "and" if _AND.search(between) else ""


def _are_apart(one: Part, other: Part) -> bool:
    """Whether both are days from and to of the same field: tomorrow and Friday are never at once."""
    bounds = [{(filter.field, filter.op) for filter in part.filters} for part in (one, other)]
    return bounds[0] == bounds[1] and {op for _, op in bounds[0]} == {"gte", "lte"} and _is_time(one)


def _is_time(part: Part) -> bool:
    return all(isinstance(filter.value, str) for filter in part.filters)


def _denied(text: Text, said: Sequence[Part], joints: Sequence[Joint]) -> tuple[list[_Term], list[Joint]]:
    """Each part as a term; a denial holds on over "or" to others of the same field: "not won or lost"."""
    terms: list[_Term] = []
    joined = list(joints)
    for at, part in enumerate(said):
        is_denied = part.joined and _is_denied(text, part)
        if not is_denied and at and joints[at - 1] and terms[-1].denied and _fields(part) == _fields(said[at - 1]):
            is_denied = True
            joined[at - 1] = "and"
        groups = _opposite(part.filters) if is_denied and part.filters else (part.filters,)
        terms.append(_Term(tuple((*group, *part.implied) for group in groups), is_denied))
    return terms, joined


def _is_denied(text: Text, part: Part) -> bool:
    """Whether a part is denied by the words before it, or an owner by those behind."""
    if _NOT.search(text.before(part.start)):
        return True
    return OWNER in _fields(part) and _NOT_BEHIND.match(text.after(part.end)) is not None


def _fields(part: Part) -> frozenset[str]:
    return frozenset(filter.field for filter in part.filters)


def _opposite(filters: Sequence[Filter]) -> Groups:
    """What holds where these do not all hold together."""
    groups = [group for filter in filters for group in _not(filter)]
    return tuple(groups)


def _not(filter: Filter) -> Groups:
    if filter.op == "in" and isinstance(filter.value, tuple):
        names = (filter.name or "").split(", ")
        named = names if len(names) == len(filter.value) else [filter.name] * len(filter.value)
        pairs = zip(filter.value, named, strict=True)
        return (tuple(Filter(field=filter.field, op="neq", value=value, name=name) for value, name in pairs),)
    if filter.op in _OPPOSITE:
        return ((filter.model_copy(update={"op": _OPPOSITE[filter.op]}),),)
    return ((filter,),)


def _merged(terms: Sequence[_Term], joints: Sequence[Joint]) -> tuple[list[_Term], list[Joint]]:
    """Terms in a row that give values of one field, as one term with all of them: Dana's and Erik's, won or lost."""
    kept: list[_Term] = []
    between: list[Joint] = []
    for term, joint in zip(terms, ("", *joints), strict=False):
        merged = _as_one(kept[-1], term) if kept and joint else None
        if merged is not None:
            kept[-1] = merged
            continue
        if kept:
            between.append(joint)
        kept.append(term)
    return kept, between


def _as_one(one: _Term, other: _Term) -> _Term | None:
    if one.denied or other.denied or len(one.groups) != 1 or len(other.groups) != 1:
        return None
    (first,), (second,) = (one.groups[0][:1] or (None,)), (other.groups[0][:1] or (None,))
    alike = first and second and first.field == second.field and {first.op, second.op} <= {"eq", "in"}
    if not alike or first is None or second is None or one.groups[0][1:] != other.groups[0][1:]:
        return None
    values = tuple(dict.fromkeys((*_values(first), *_values(second))))
    name = ", ".join(dict.fromkeys(name for name in (first.name, second.name) if name)) or None
    merged = Filter(field=first.field, op="in", value=values, name=name)
    return _Term(((merged, *one.groups[0][1:]),))


def _values(filter: Filter) -> tuple[Scalar, ...]:
    value = filter.value
    return value if isinstance(value, tuple) else () if value is None else (value,)


def _runs(terms: Sequence[_Term], joints: Sequence[Joint]) -> list[list[list[_Term]]]:
    """Runs of terms that are joined by "or": each a list of those joined closer, by "and"."""
    runs: list[list[list[_Term]]] = []
    chains: list[list[_Term]] = []
    for at, term in enumerate(terms):
        joint = joints[at - 1] if at else ""
        if joint == "and" and chains:
            chains[-1].append(term)
        elif joint == "or" and chains:
            chains.append([term])
        else:
            runs += [chains] if chains else []
            chains = [[term]]
    return [*runs, chains] if chains else runs


def _alternatives(chains: Sequence[Sequence[_Term]]) -> Groups:
    found: list[tuple[Filter, ...]] = []
    for chain in chains:
        found += [
            _once(filter for group in groups for filter in group)
            for groups in product(*(term.groups for term in chain))
        ]
    return tuple(found)


def _crossed(choices: Sequence[Groups]) -> Groups:
    """Several choices at once, as one choice of their combinations."""
    if not choices:
        return ()
    crossed = (_once(filter for group in groups for filter in group) for groups in product(*choices))
    return tuple(islice(crossed, MOST_GROUPS + 1))


def _once(filters: Iterable[Filter]) -> tuple[Filter, ...]:
    return tuple(dict.fromkeys(filters))


def with_implied(parts: Sequence[Part]) -> list[Part]:
    """The parts with what they imply, where nothing else is said of the same fields.

    What is implied of one holds for others of the same fields: "closing in May or June".
    """
    said = {filter.field for part in parts for filter in part.filters}
    by_fields = {_fields(part): part.implied for part in reversed(parts) if part.implied}
    found = []
    for part in parts:
        implied = by_fields.get(_fields(part), ())
        found.append(replace(part, implied=tuple(filter for filter in implied if filter.field not in said)))
    return found
