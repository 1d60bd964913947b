"""Questions about records, held to what the data files say."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from core.query import Filter, Query, Sort
from core.scope import Scope, owned_by
from memory.ledger import Effect
from nodes.chat.shape import Cell
from nodes.querying import crm_items
from nodes.querying.run import run_query
from nodes.querying.shape import QueryResult
from tests.nodes.querying.conftest import House, Json, records_of
from tests.nodes.querying.oracle import DEALS, OPEN_DEALS, QUERIES, ZONE, expected, held

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES.keys())
async def test_a_question_finds_what_the_data_say(query: Query, house: House) -> None:
    result = await run_query(query, house.asking())
    wanted = expected(DEALS, query) if query.filters[:1] != QUERIES["not a number"].filters else set()
    assert (set(result.ids), result.total) == (wanted, len(wanted))
    assert result.partial is None


@pytest.mark.parametrize(
    ("object", "filters"),
    [
        ("companies", (Filter(field="numberofunits", op="gte", value=1_000),)),
        ("companies", (Filter(field="city", op="eq", value="galveston"),)),
        ("contacts", (Filter(field="email", op="contains", value="larkspur"),)),
        ("contacts", (Filter(field="company", op="is_empty"),)),
        ("contacts", (Filter(field="lifecyclestage", op="eq", value="customer"),)),
        ("tasks", (Filter(field="hs_task_status", op="neq", value="COMPLETED"),)),
        ("tasks", (Filter(field="hs_timestamp", op="lt", value="2026-10-30"),)),
        ("notes", (Filter(field="hs_timestamp", op="gte", value="2026-07-01"),)),
    ],
)
async def test_every_kind_of_record_can_be_asked_for(object: Any, filters: tuple[Filter, ...], house: House) -> None:
    query = Query(object=object, filters=filters)
    result = await run_query(query, house.asking())
    assert set(result.ids) == expected(records_of(object), query)
    assert result.ids


async def test_what_was_shown_before_can_be_skipped(house: House) -> None:
    query = Query(object="deals", filters=(OPEN_DEALS,))
    first = await run_query(query, house.asking())
    following = await run_query(query.model_copy(update={"skip": 10}), house.asking())
    assert [one.id for one in (*first.results, *following.results)] == list(first.ids[:20])
    assert following.table is not None
    assert (following.total, following.table.more) == (33, 13)
    assert following.sentence == "11 to 20 of 33 open deals."
    over = await run_query(query.model_copy(update={"skip": 40}), house.asking())
    assert (over.results, over.table) == ((), None)
    assert over.sentence


async def test_a_moment_counts_to_the_portals_own_midnight(house: House) -> None:
    late = datetime(2026, 11, 30, 23, 30, tzinfo=ZONE)
    before = await house.context.crm.read("deals", ["30418"], ["closedate"])
    await house.context.crm.update("deals", {"30418": {"closedate": late.astimezone().isoformat()}})
    query = Query(object="deals", filters=(Filter(field="closedate", op="lte", value="2026-11-30"),))
    try:
        assert "30418" in (await run_query(query, house.asking())).ids
        earlier = query.model_copy(update={"filters": (Filter(field="closedate", op="lte", value="2026-11-29"),)})
        assert "30418" not in (await run_query(earlier, house.asking())).ids
    finally:
        await house.context.crm.update("deals", {"30418": {"closedate": before["30418"].get("closedate") or ""}})


async def test_what_sophia_changed_just_now_is_found_before_the_index_has_it(house: House) -> None:
    query = Query(object="deals", filters=(Filter(field="amount", op="eq", value=123_457),))
    assert (await run_query(query, house.asking())).total == 0
    about: Json = {"call_id": "9001", "agent": "crm_sync", "service": "hubspot", "action": "update"}
    await house.context.records.ledger.plan(
        [Effect(key="k1", object_type="deals", object_id="30418", field="amount", **about)]
    )
    await house.context.records.ledger.mark_sent(["k1"])
    await house.context.crm.update("deals", {"30418": {"amount": "123457"}})
    try:
        assert (await run_query(query, house.asking())).ids == ("30418",)
    finally:
        await house.context.crm.update("deals", {"30418": {"amount": "29700"}})


async def test_a_field_that_is_not_there_is_told(house: House) -> None:
    result = await run_query(
        Query(object="deals", filters=(Filter(field="colour", op="eq", value="red"),)), house.asking()
    )
    assert (result.total, result.partial) == (0, "There is no field colour of deals.")


async def test_while_hubspot_is_away_an_old_answer_is_marked(house: House) -> None:
    query = QUERIES["open"]
    first = await run_query(query, house.asking())
    house.clock.pass_by(timedelta(hours=1))
    with house.while_hubspot_is_away():
        old = await run_query(query, house.asking())
    assert old.ids == first.ids
    assert old.partial is not None
    assert "20 Nov 2026, 12:00" in old.partial
    assert "HubSpot" in old.partial


async def test_one_record_that_is_named_is_told_with_all_that_its_row_holds(house: House) -> None:
    query = Query(object="companies", filters=(Filter(field="hs_object_id", op="eq", value="75520", name="Tamarack"),))
    result = await run_query(query, house.asking())
    assert result.ids == ("75520",)
    assert result.sentence.startswith("Tamarack Student Housing: ")
    assert "owner Joaquim Reyes" in result.sentence
    (cited,) = result.citations
    assert (cited.kind, cited.id) == ("record", "company:75520")
    assert cited.link
    assert cited.link.startswith("https://app.hubspot.com/contacts/")


async def test_more_records_than_are_looked_at_are_told(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crm_items, "MOST", 40)
    monkeypatch.setattr(crm_items, "ON_A_PAGE", 20)
    query = Query(object="deals", sort=(Sort(field="amount", descending=True),), limit=3)
    result = await run_query(query, house.asking())
    assert result.partial == "Only the first 40 of 60 records that it may be among were looked at."
    largest = sorted((held(deal, "amount") or 0 for deal in DEALS), reverse=True)[:3]
    assert [held(next(deal for deal in DEALS if deal["id"] == one.id), "amount") for one in result.results] == largest


async def test_what_a_record_belongs_to_is_left_out_where_it_cannot_be_read(house: House) -> None:
    query = Query(object="deals", filters=(Filter(field="amount", op="eq", value=26_800),))
    with house.while_hubspot_is_away("/crm/v4/associations"):
        result = await run_query(query, house.asking())
    assert result.total == 1
    assert result.partial == "HubSpot is away: what they belong to is not shown."


async def test_the_oracle_can_tell() -> None:
    sizes = {name: len(expected(DEALS, query)) for name, query in QUERIES.items() if name != "not a number"}
    assert sizes["all"] == 60
    assert all(0 < size < 60 for name, size in sizes.items() if name not in ("all",)), sizes


async def test_records_are_found_by_what_is_said_of_their_company(house: House) -> None:
    segments = {one["id"]: one["properties"].get("segment") for one in records_of("companies")}
    student = {id for id, segment in segments.items() if segment == "Student housing"}
    said = Filter(field="company.segment", op="eq", value="Student housing")
    result = await run_query(Query(object="deals", filters=(said,), limit=100), house.asking())
    companies = {
        deal.id: {one.value for one in row} & student for deal, row in zip(result.results, _rows(result), strict=True)
    }
    assert result.total > 3
    assert all(companies.values())
    assert result.sentence.startswith(f"{result.total} deals with company segment Student housing")
    others = await run_query(
        Query(object="deals", filters=(said.model_copy(update={"op": "neq"}),), limit=100), house.asking()
    )
    assert result.total + others.total == len(records_of("deals"))
    assert not {*result.ids} & {*others.ids}


async def test_a_company_that_may_not_be_seen_meets_no_condition(house: House) -> None:
    said = Filter(field="company.segment", op="eq", value="Student housing")
    nobody = Scope(audiences=frozenset({"owner:404"}))
    assert (await run_query(Query(object="deals", filters=(said,)), house.asking(nobody))).total == 0
    none = Filter(field="company.segment", op="eq", value="Castles")
    result = await run_query(Query(object="contacts", filters=(none,)), house.asking())
    assert (result.total, result.sentence) == (0, "No contacts with company segment Castles.")


def _rows(result: QueryResult) -> list[tuple[Cell, ...]]:
    assert result.table is not None
    return list(result.table.rows)


async def test_a_company_is_told_with_who_else_has_its_open_deals(house: House) -> None:
    copperfield = Filter(field="hs_object_id", op="eq", value="30673")
    query = Query(object="companies", filters=(copperfield,), limit=1)
    others = {owner.id: owner.name for owner in (await house.crm.owners()).value}["75530930"]
    result = await run_query(query, house.asking())
    assert result.sentence.endswith(
        f"Its open deals are also with {others} (Copperfield - Phoenix phase 2, Copperfield - Collections add-on)."
    )
    theirs = Scope(audiences=frozenset({owned_by("75530931")}))
    assert "also with" not in (await run_query(query, house.asking(theirs))).sentence
