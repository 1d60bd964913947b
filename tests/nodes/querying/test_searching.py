"""What HubSpot is asked for: as near to the query as one search can be, never narrower, and within its limits."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from core.query import Filter, Operator, Query
from core.scope import EVERYTHING, UNOWNED, Scope, owned_by
from nodes.querying.fields import crm_fields
from nodes.querying.searching import search_groups
from sandbox.hubspot.matching import Comparison
from tests.nodes.querying.oracle import DEALS, expected
from tools.hubspot.port import FieldSpec, SearchFilter
from tools.hubspot.searching import MOST_GROUPS, is_expressible

ZONE = ZoneInfo("US/Central")
OWNER = "hubspot_owner_id"
TYPES = {
    "dealname": "string",
    "amount": "number",
    "closedate": "datetime",
    "dealstage": "enumeration",
    "dealtype": "enumeration",
    OWNER: "enumeration",
}
FIELDS = crm_fields(
    "deals", {name: FieldSpec(name=name, label=name, type=type) for name, type in TYPES.items()}, {}, ()
)
REP = Scope(audiences=frozenset({owned_by("78862253"), UNOWNED}))

COMPARED: tuple[Operator, ...] = ("eq", "neq", "gt", "gte", "lt", "lte")
EMPTY: tuple[Operator, ...] = ("is_empty", "is_not_empty")
filters = st.one_of(
    st.builds(Filter, field=st.just("amount"), op=st.sampled_from(COMPARED), value=st.sampled_from([29_700, 0, 5e4])),
    st.builds(
        Filter,
        field=st.just("closedate"),
        op=st.sampled_from(tuple(op for op in COMPARED if op != "neq")),
        value=st.sampled_from(["2026-10-15", "2026-11-20", "2025-05-30"]),
    ),
    st.builds(
        Filter, field=st.just("dealname"), op=st.just("contains"), value=st.sampled_from(["k - 9", "STRATA", "9"])
    ),
    st.builds(
        Filter, field=st.just("dealtype"), op=st.sampled_from(["eq", "neq"]), value=st.sampled_from(["newbusiness"])
    ),
    st.builds(Filter, field=st.sampled_from(["amount", OWNER]), op=st.sampled_from(EMPTY)),
    st.builds(Filter, field=st.just(OWNER), op=st.just("in"), value=st.just(("78862253", "80117340"))),
)
queries = st.builds(
    Query,
    object=st.just("deals"),
    filters=st.lists(filters, max_size=4).map(tuple),
    any_of=st.lists(st.lists(filters, min_size=1, max_size=3).map(tuple), max_size=4).map(tuple),
)


def finds(groups: Sequence[Sequence[SearchFilter]], deal: dict[str, object]) -> bool:
    """As the sandbox's search compares."""
    properties: dict[str, str | None] = deal["properties"]  # type: ignore[assignment]

    def holds(one: SearchFilter) -> bool:
        return Comparison(one.operator, one.value, one.values, one.high).holds(properties.get(one.property))

    return not groups or any(all(holds(one) for one in group) for group in groups)


@settings(max_examples=150, deadline=None)
@given(queries)
def test_a_search_is_never_narrower_than_the_query_and_always_within_the_limits(query: Query) -> None:
    wanted = expected(DEALS, query)
    for scope in (EVERYTHING, REP):
        groups = search_groups(query, FIELDS, scope, ZONE)
        assert is_expressible(groups)
        allowed = {deal["id"] for deal in DEALS if scope.allows(owned_by(deal["properties"].get(OWNER)))}
        assert wanted & allowed <= {deal["id"] for deal in DEALS if finds(groups, deal)}


def test_a_search_is_held_to_the_rights() -> None:
    groups = search_groups(Query(object="deals"), FIELDS, REP, ZONE)
    owners = [deal["properties"].get(OWNER) for deal in DEALS if finds(groups, deal)]
    assert set(owners) == {"78862253", None}
    assert search_groups(Query(object="deals"), FIELDS, EVERYTHING, ZONE) == ()


def test_what_is_too_much_for_a_search_is_left_to_code() -> None:
    many = Scope(audiences=frozenset({*(owned_by(str(id)) for id in range(10**9, 10**9 + 400)), UNOWNED}))
    large = Filter(field="amount", op="gt", value=50_000)
    groups = search_groups(Query(object="deals", filters=(large,)), FIELDS, many, ZONE)
    assert groups == ((SearchFilter(property="amount", operator="GT", value="50000"),),)
    exceptions = tuple(Filter(field="dealtype", op="neq", value=str(number)) for number in range(5))
    assert len(search_groups(Query(object="deals", filters=exceptions), FIELDS, EVERYTHING, ZONE)) <= MOST_GROUPS


def test_a_day_is_the_portals_own_in_winter_and_in_summer() -> None:
    for day, first in (("2026-11-30", "1796018400000"), ("2026-07-01", "1782882000000")):
        ((since, before),) = search_groups(
            Query(object="deals", filters=(Filter(field="closedate", op="eq", value=day),)), FIELDS, EVERYTHING, ZONE
        )
        assert (since.operator, since.value, before.operator) == ("GTE", first, "LT")
        assert int(before.value or 0) - int(since.value or 0) == 86_400_000
