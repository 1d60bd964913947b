"""Whether a record meets a query, over typed values: HubSpot's index is behind, and its words are not ours."""

from collections.abc import Mapping
from datetime import tzinfo

from core.query import Filter, Query, Scalar
from nodes.querying.fields import FINDING_TEXT, Fields
from nodes.querying.subjects import speaks_of
from nodes.querying.values import Kind, Value, Values, is_before, is_equal, read_value


def meets(query: Query, values: Mapping[str, Values], fields: Fields, zone: tzinfo) -> bool:
    """Whether all filters hold and, where there are any, one group of the others."""

    def hold(filters: tuple[Filter, ...]) -> bool:
        return all(_holds(one, values, fields, zone) for one in filters)

    return hold(query.filters) and (not query.any_of or any(hold(group) for group in query.any_of))


def wanted_values(filter: Filter, kind: Kind) -> list[Value]:
    """What a filter compares with, without what cannot be a value of this kind."""
    given = filter.value if isinstance(filter.value, tuple) else (filter.value,)
    read = (read_value(kind, _scalar(one)) for one in given)
    return [value for value in read if value is not None]


def _holds(filter: Filter, values: Mapping[str, Values], fields: Fields, zone: tzinfo) -> bool:
    """A field that there is not is empty, whatever else it may be compared with."""
    field, held = fields.get(filter.field), values.get(filter.field, ())
    match filter.op:
        case "is_empty":
            return not held
        case "is_not_empty":
            return bool(held)
    wanted = wanted_values(filter, field.kind) if field else []
    if filter.op == "neq":
        return not any(is_equal(one, other, zone) for one in held for other in wanted)
    return any(_compares(filter, one, other, zone) for one in held for other in wanted)


def _compares(filter: Filter, held: Value, wanted: Value, zone: tzinfo) -> bool:
    match filter.op:
        case "eq" | "in":
            return is_equal(held, wanted, zone)
        case "contains" if filter.field == FINDING_TEXT:
            return speaks_of(str(held), str(wanted))
        case "contains":
            return str(wanted).casefold() in str(held).casefold()
        case "lt":
            return is_before(held, wanted, zone)
        case "lte":
            return is_before(held, wanted, zone) or is_equal(held, wanted, zone)
        case "gt":
            return is_before(wanted, held, zone)
        case _:
            return is_before(wanted, held, zone) or is_equal(held, wanted, zone)


def _scalar(given: Scalar | tuple[Scalar, ...] | None) -> Scalar | None:
    return None if isinstance(given, tuple) else given
