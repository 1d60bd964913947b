"""What is said of the company that other records belong to: "contacts in Texas", "student housing deals".

Such a condition bears the name of the company's field behind "company.": nodes/querying looks for the companies first.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from core.query import OF_COMPANY, Filter, QueryObject
from nodes.understanding.lexicon import Lexicon
from nodes.understanding.slots.options import PLACES, option_parts
from nodes.understanding.slots.part import Part, Text, pattern
from tools.hubspot.port import FieldSpec

TOLD: Final = PLACES | {"segment", "industry", "brand"}
"""Fields whose values tell of a company, whatever is asked for."""
_WITH_CUSTOMERS: Final = pattern(r"(?:with|of|from|for|at) (?:our |existing |current )*(?:customers|clients)")
COUNTED: Final = frozenset({"numberofunits", "numberofemployees"})


def company_parts(text: Text, object: QueryObject, lexicon: Lexicon) -> Iterator[Part]:
    """Conditions on the company by the values of its fields, where the records themselves have no such values."""
    if object == "companies":
        return
    customers = _customers(text, lexicon)
    if customers is not None:
        text = text.without([customers])
        yield customers
    own = {name for name, spec in _fields(object, lexicon).items() if spec.options}
    for part in option_parts(text, "companies", lexicon):
        if all(one.field in TOLD - own for one in part.filters):
            yield replace(part, filters=tuple(_of_company(one) for one in part.filters))


def _customers(text: Text, lexicon: Lexicon) -> Part | None:
    """Whether what belongs to customers is asked for: "deals with customers"."""
    stage = _fields("companies", lexicon).get("lifecyclestage")
    match = next(text.free(_WITH_CUSTOMERS), None)
    if match is None or stage is None or "customer" not in dict(stage.options):
        return None
    filter = Filter(field=f"{OF_COMPANY}lifecyclestage", op="eq", value="customer", name="customer")
    return Part(*match.span(), (filter,))


def counted_of_company(parts: Iterable[Part], object: QueryObject, lexicon: Lexicon) -> Iterator[Part]:
    """The same parts; numbers that only companies have are of the company."""
    theirs = COUNTED - set(_fields(object, lexicon)) if object != "companies" else frozenset()
    for part in parts:
        filters = tuple(_of_company(one) if one.field in theirs else one for one in part.filters)
        yield replace(part, filters=filters)


def _fields(object: QueryObject, lexicon: Lexicon) -> Mapping[str, FieldSpec]:
    return lexicon.fields.get(object, {}) if object != "calls" else {}


def _of_company(filter: Filter) -> Filter:
    return filter.model_copy(update={"field": f"{OF_COMPANY}{filter.field}"})
