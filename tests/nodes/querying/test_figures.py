"""What is counted, added up, put in order and said of records, held to what the data files say."""

import pytest

from core.query import Aggregate, Filter, Query, Sort
from nodes.querying.run import run_query
from tests.nodes.querying.conftest import House, records_of
from tests.nodes.querying.oracle import DEALS, OPEN_DEALS, QUERIES, expected, held, is_met

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_sum_is_of_all_and_the_table_of_the_first(house: House) -> None:
    query = Query(object="deals", filters=(OPEN_DEALS,), aggregate=Aggregate(fn="sum", field="amount"))
    result = await run_query(query, house.asking())
    amounts = [held(deal, "amount") for deal in DEALS if is_met(deal, OPEN_DEALS)]
    (figure,) = result.figures
    assert figure.value == sum(amount for amount in amounts if amount is not None)
    assert (figure.currency, figure.records, figure.without) == (
        "USD",
        sum(amount is not None for amount in amounts),
        amounts.count(None),
    )
    assert result.table is not None
    assert (len(result.table.rows), result.table.more) == (10, len(amounts) - 10)
    assert result.sentence.startswith(f"${figure.value:,} in {len(amounts)} open deals.")


@pytest.mark.parametrize("by", ["owner", "stage", "month", "quarter", "week", "company", "dealtype"])
async def test_groups_add_up_to_the_whole(by: str, house: House) -> None:
    query = Query(object="deals", aggregate=Aggregate(fn="sum", field="amount", by=by))
    result = await run_query(query, house.asking())
    assert sum(figure.records + figure.without for figure in result.figures) == len(DEALS)
    assert sum(float(figure.value or 0) for figure in result.figures) == sum(
        held(deal, "amount") or 0 for deal in DEALS
    )


async def test_groups_are_counted_by_their_names(house: House) -> None:
    query = Query(object="deals", aggregate=Aggregate(fn="count", by="month"))
    result = await run_query(query, house.asking())
    months = [held(deal, "closedate") for deal in DEALS]
    counts: dict[str | None, int] = {}
    for day in months:
        month = f"{day:%Y-%m}" if day else None
        counts[month] = counts.get(month, 0) + 1
    assert {figure.group: figure.value for figure in result.figures} == counts
    groups = [figure.group for figure in result.figures if figure.group]
    assert groups == sorted(groups)


async def test_tasks_are_counted_by_how_far_they_are(house: House) -> None:
    query = Query(object="tasks", aggregate=Aggregate(fn="count", by="stage"))
    result = await run_query(query, house.asking())
    states = [task["properties"]["hs_task_status"] for task in records_of("tasks")]
    assert {one.group: one.value for one in result.figures} == {state: states.count(state) for state in states}


async def test_numbers_that_a_portal_keeps_as_text_are_numbers(house: House) -> None:
    units = sorted((held(one, "numberofunits") or 0 for one in records_of("companies")), reverse=True)
    query = Query(object="companies", aggregate=Aggregate(fn="sum", field="numberofunits"))
    assert [one.value for one in (await run_query(query, house.asking())).figures] == [sum(units)]
    largest = Query(object="companies", sort=(Sort(field="numberofunits", descending=True),), limit=1)
    (first,) = (await run_query(largest, house.asking())).results
    assert [held(one, "numberofunits") for one in records_of("companies") if one["id"] == first.id] == units[:1]


async def test_the_largest_come_first_and_those_without_an_amount_last(house: House) -> None:
    query = Query(object="deals", sort=(Sort(field="amount", descending=True),), limit=100)
    result = await run_query(query, house.asking())
    amounts = {deal["id"]: held(deal, "amount") for deal in DEALS}
    found = [amounts[id] for id in result.ids]
    known = [amount for amount in found if amount is not None]
    assert known == sorted(known, reverse=True)
    assert found[: len(known)] == known
    top = await run_query(query.model_copy(update={"limit": 3}), house.asking())
    assert [one.id for one in top.results] == list(result.ids[:3])
    assert top.table is not None
    assert top.table.more == 0
    assert top.sentence.startswith("3 of 60 deals")


WON = Filter(field="dealstage", op="in", value=("1096237750", "f5b20d79-6c83-4ea9-97d1-8e04c6a2b3d5"), name="won")


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        (QUERIES["without an amount"], "7 deals without an amount."),
        (QUERIES["closing in a month"], "4 deals closing in November 2026, $416,100 in all."),
        (QUERIES["large"], "14 open deals over $50,000, $1,357,500 in all."),
        (QUERIES["of a company"], "1 deal of Tamarack Student Housing, $29,700 in all."),
        (QUERIES["not a number"], "No deals over a lot."),
        (
            Query(
                object="deals",
                filters=(
                    WON,
                    Filter(field="closedate", op="gte", value="2026-07-01"),
                    Filter(field="closedate", op="lte", value="2026-09-30"),
                ),
                aggregate=Aggregate(fn="sum", field="amount"),
            ),
            "$74,800 in 1 won deal closed in Q3 2026.",
        ),
        (
            Query(object="deals", aggregate=Aggregate(fn="count", by="owner")),
            "60 deals by owner, $3,068,400 in all. 7 of them have no amount.",
        ),
        (
            Query(object="companies", filters=(Filter(field="name", op="contains", value="zzz"),)),
            "No companies with name “zzz”.",
        ),
    ],
)
async def test_an_answer_says_in_words_what_came_of_it(query: Query, sentence: str, house: House) -> None:
    assert (await run_query(query, house.asking())).sentence == sentence


async def test_overdue_tasks_are_said_to_be_overdue(house: House) -> None:
    query = Query(
        object="tasks",
        filters=(
            Filter(field="hs_task_status", op="neq", value="COMPLETED"),
            Filter(field="hs_timestamp", op="lt", value="2026-11-20"),
        ),
    )
    result = await run_query(query, house.asking())
    assert result.sentence == f"{len(expected(records_of('tasks'), query))} overdue tasks."


async def test_currencies_are_never_added_up(house: House) -> None:
    await house.context.crm.update("deals", {"30418": {"deal_currency_code": "EUR"}})
    query = Query(
        object="deals",
        filters=(Filter(field="amount", op="is_not_empty"),),
        aggregate=Aggregate(fn="sum", field="amount"),
    )
    try:
        result = await run_query(query, house.asking())
        sums = {figure.currency: figure.value for figure in result.figures}
        rest = sum(held(deal, "amount") or 0 for deal in DEALS if deal["id"] != "30418")
        assert sums == {"EUR": 29_700, "USD": rest}
        assert "€29,700" in result.sentence
        assert result.table is not None
        assert result.table.totals is None
    finally:
        await house.context.crm.update("deals", {"30418": {"deal_currency_code": ""}})


async def test_a_sum_of_the_largest_is_of_those_alone(house: House) -> None:
    largest = Sort(field="amount", descending=True)
    query = Query(
        object="deals",
        filters=(OPEN_DEALS,),
        sort=(largest,),
        limit=3,
        aggregate=Aggregate(fn="sum", field="amount"),
    )
    result = await run_query(query, house.asking())
    deals = [deal for deal in DEALS if is_met(deal, OPEN_DEALS)]
    three = int(sum(sorted((held(deal, "amount") or 0 for deal in deals), reverse=True)[:3]))
    (figure,) = result.figures
    assert (figure.value, figure.records) == (three, 3)
    assert result.sentence == f"${three:,} in the first 3 of {len(deals)} open deals, by amount."
    assert result.table is not None and result.table.totals is not None
    assert (len(result.table.rows), result.table.more) == (3, 0)
    assert f"${three:,}" in [cell.text for cell in result.table.totals]


async def test_what_was_asked_for_has_a_currency_only_where_all_that_was_found_has_it(house: House) -> None:
    large = Query(object="deals", filters=(Filter(field="amount", op="gt", value=50_000),))
    first = await run_query(large, house.asking())
    assert "over $50,000" in first.sentence
    crm, deal = house.context.crm, first.ids[0]
    await crm.update("deals", {deal: {"deal_currency_code": "EUR"}})
    try:
        assert "over 50,000" in (await run_query(large, house.asking())).sentence
    finally:
        await crm.update("deals", {deal: {"deal_currency_code": ""}})
