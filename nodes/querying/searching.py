"""A query as HubSpot's search has it: never narrower than the query, and as near to it as one search can be.

What cannot be said there is left to code, which looks at every record again anyway.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Final

from core.query import OWNER, Filter, Query
from core.scope import UNOWNED, Scope
from nodes.querying.fields import Field, Fields
from nodes.querying.filtering import wanted_values
from nodes.querying.values import Value, plain_number
from tools.hubspot.port import SearchFilter, SearchOperator
from tools.hubspot.searching import is_expressible

Group = tuple[SearchFilter, ...]
Alternatives = Sequence[Group]
"""What is one condition of ours: any of these groups of HubSpot's."""

WORD: Final = re.compile(r"[^\W_]+")
COMPARED: Final[dict[str, SearchOperator]] = {"lt": "LT", "lte": "LTE", "gt": "GT", "gte": "GTE"}
SINGULAR: Final = frozenset({"company", "deal", "contact"})


def search_groups(query: Query, fields: Fields, scope: Scope, zone: tzinfo) -> tuple[Group, ...]:
    """The groups of the widest search that holds all which the asker may see of what the query asks for.

    What is said in one group counts before what takes several: the more groups, the fewer conditions have room.
    """
    conditions = [_alternatives(one, fields, zone) for one in query.filters]
    conditions += [_any_of(query, fields, zone), _rights(scope) if OWNER in fields else [()]]
    groups: list[Group] = [()]
    for alternatives in sorted(conditions, key=len):
        tried = [(*group, *more) for group in groups for more in alternatives]
        if is_expressible(tried):
            groups = tried
    return tuple(group for group in groups if group)


def _rights(scope: Scope) -> Alternatives:
    """Records whose owner is among those of the scope, or that nobody owns."""
    if scope.allows_every_record:
        return [()]
    owners = sorted(name.removeprefix("owner:") for name in scope.audiences if name.startswith("owner:"))
    owned = [(SearchFilter(property=OWNER, operator="IN", values=tuple(owners)),)] if owners else []
    unowned = [(SearchFilter(property=OWNER, operator="NOT_HAS_PROPERTY"),)] if UNOWNED in scope.audiences else []
    return [*owned, *unowned] or [()]


def _any_of(query: Query, fields: Fields, zone: tzinfo) -> Alternatives:
    """One group for each of the query's, of what can be said in it without further alternatives."""
    groups = []
    for filters in query.any_of:
        said = [_alternatives(one, fields, zone) for one in filters]
        groups.append(tuple(each for one in said if len(one) == 1 for each in one[0]))
    return groups if groups and all(groups) else [()]


def _alternatives(filter: Filter, fields: Fields, zone: tzinfo) -> Alternatives:
    """One empty group where HubSpot cannot be asked for it."""
    field = fields.get(filter.field)
    if field is None or not field.searched or field.kept_as_text:
        return [()]
    if field.kind == "link":
        return [_linked(filter)]
    if filter.op == "is_empty":
        return [(_bare(filter.field, "NOT_HAS_PROPERTY"),)]
    if filter.op == "is_not_empty":
        return [(_bare(filter.field, "HAS_PROPERTY"),)]
    return _compared(filter, field, wanted_values(filter, field.kind), zone)


def _compared(filter: Filter, field: Field, wanted: Sequence[Value], zone: tzinfo) -> Alternatives:
    if not wanted:
        return [()]
    if field.kind in ("day", "moment"):
        return [_in_time(filter, field, wanted, zone)]
    if filter.op == "contains":
        return [_containing(filter.field, str(wanted[0]))]
    texts = _texts(field, wanted)
    if filter.op == "neq":  # what is empty meets it, which HubSpot does not promise
        return [(_valued(filter.field, "NEQ", texts[0]),), (_bare(filter.field, "NOT_HAS_PROPERTY"),)]
    if filter.op in COMPARED:
        return [(_valued(filter.field, COMPARED[filter.op], texts[0]),)] if field.kind == "number" else [()]
    if len(texts) == 1:
        return [(_valued(filter.field, "EQ", texts[0]),)]
    return [(SearchFilter(property=filter.field, operator="IN", values=tuple(texts)),)]


def _in_time(filter: Filter, field: Field, wanted: Sequence[Value], zone: tzinfo) -> Group:
    """From the beginning of a day on, or before that of the next; days themselves are kept at midnight in UTC."""
    if filter.op not in (*COMPARED, "eq"):
        return ()
    zone = UTC if field.kind == "day" else zone
    first, after = _span(wanted[0], zone, exact=field.kind == "moment")
    since = _valued(filter.field, "GTE", first if filter.op in ("gte", "eq", "lt") else after)
    before = _valued(filter.field, "LT", after if filter.op in ("lte", "eq", "gt") else first)
    return {"gte": (since,), "gt": (since,), "lt": (before,), "lte": (before,)}.get(filter.op, (since, before))


def _span(value: Value, zone: tzinfo, *, exact: bool) -> tuple[str, str]:
    """The first millisecond of a day or moment, and the first one after it."""
    if isinstance(value, datetime) and exact:
        return _milliseconds(value), str(int(_milliseconds(value)) + 1)
    day = value.date() if isinstance(value, datetime) else value
    assert isinstance(day, date)
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
    following = day + timedelta(days=1) if day < date.max else day
    return _milliseconds(midnight), _milliseconds(datetime(following.year, following.month, following.day, tzinfo=zone))


def _containing(name: str, text: str) -> Group:
    """The longest word of a text, anywhere in a word: how HubSpot parts texts into words is its own affair."""
    words = sorted(WORD.findall(text), key=len)
    return (_valued(name, "CONTAINS_TOKEN", f"*{words[-1]}*"),) if words else ()


def _linked(filter: Filter) -> Group:
    """Associations by id; HubSpot cannot be asked for what has none."""
    if filter.op not in ("eq", "in") or filter.field not in SINGULAR:
        return ()
    ids = [str(value) for value in wanted_values(filter, "link")]
    name = f"associations.{filter.field}"
    if len(ids) == 1:
        return (_valued(name, "EQ", ids[0]),)
    return (SearchFilter(property=name, operator="IN", values=tuple(ids)),) if ids else ()


def _texts(field: Field, wanted: Iterable[Value]) -> list[str]:
    """HubSpot compares texts among several in small letters only; options keep theirs."""
    plain = (str(plain_number(one)) if isinstance(one, Decimal) else _flag(one) for one in wanted)
    return [text.lower() if field.kind == "text" else text for text in plain]


def _flag(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _bare(name: str, operator: SearchOperator) -> SearchFilter:
    return SearchFilter(property=name, operator=operator)


def _valued(name: str, operator: SearchOperator, value: str) -> SearchFilter:
    return SearchFilter(property=name, operator=operator, value=value)


def _milliseconds(moment: datetime) -> str:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return str((moment.astimezone(UTC) - epoch) // timedelta(milliseconds=1))
