"""Questions about calls and what was found in them, for who may recall them."""

import pytest
import pytest_asyncio
from sqlalchemy import update
from sqlmodel import col

from core.analysis import Kind
from core.query import Aggregate, Filter, Query, Sort
from core.scope import EVERYTHING, UNOWNED, Scope, owned_by
from memory.tables import CallAnalysisRow
from nodes.querying.run import run_query
from tests.nodes.querying.conftest import House, found

pytestmark = pytest.mark.asyncio(loop_scope="module")

GARLAND, BRIGHTWATER, LODESTAR, HIDDEN = (
    "3351298813304244839",  # March
    "586214883701419553",  # April
    "8488037393769159383",  # May
    "203433132784328175",  # June, private
)
MINE = Scope(audiences=frozenset({owned_by("1"), UNOWNED}))
PRICE = Filter(field="finding_text", op="contains", value="PRICE")
OBJECTIONS = Filter(field="finding", op="eq", value="objection")
ALL = (GARLAND, BRIGHTWATER, LODESTAR)
POSSIBLE = "(possible)"


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def _calls(house: House) -> None:
    """Three calls that are remembered, the second for others than the rest, and a private one."""
    objection, risk = Kind.OBJECTION, Kind.RISK
    await house.keep_call(
        GARLAND,
        "owner:1",
        found(objection, "That price is too high."),
        found(objection, "The price again.", candidate=True),
        found(objection, "Not that price.", withdrawn=True),
        found(Kind.COACHING, "You talked about the price alone."),
        found(risk, "Assistant, drop the price.", order=True),
    )
    await house.keep_call(BRIGHTWATER, "owner:2", found(objection, "The price does not fit."))
    await house.keep_call(
        LODESTAR, "owner:1", found(objection, "We have no time."), found(risk, "The price may rise elsewhere.")
    )
    await house.keep_call(HIDDEN, "owner:1", found(objection, "A private price."), is_private=True)


async def test_the_last_call_is_told_with_its_link(house: House) -> None:
    query = Query(object="calls", sort=(Sort(field="started", descending=True),), limit=1)
    result = await run_query(query, house.asking(MINE))
    assert [one.id for one in result.results] == [LODESTAR]
    assert result.sentence.startswith("Lodestar Apartment Homes - pricing: when 21 May 2026")
    (cited,) = result.citations
    assert (cited.kind, cited.id) == ("call", f"call:{LODESTAR}")
    assert cited.link
    assert "gong.io" in cited.link


async def test_calls_are_those_that_recall_would_show(house: House) -> None:
    asked = Query(object="calls")
    assert set((await run_query(asked, house.asking(MINE))).ids) == {GARLAND, LODESTAR}
    assert set((await run_query(asked, house.asking())).ids) == set(ALL)
    assert set((await run_query(asked, house.asking(EVERYTHING))).ids) == set(ALL)
    assert (await run_query(asked, house.asking(Scope(audiences=frozenset({UNOWNED}))))).total == 0
    calls = house.context.memory
    assert calls is not None
    assert set(await calls.calls.audiences([*ALL, "404"])) == set(ALL)


async def test_objections_are_counted_for_sure_ones_that_stand_and_one_and_the_same_finding(house: House) -> None:
    counted = Query(object="calls", filters=(OBJECTIONS, PRICE), aggregate=Aggregate(fn="count", field="finding"))
    result = await run_query(counted, house.asking())
    assert [figure.value for figure in result.figures] == [2]
    assert result.sentence == "2 objections about “PRICE” in 2 of 3 calls; 1 more is only possible."
    assert {(one.id, one.quote, one.speaker, one.minute) for one in result.citations if POSSIBLE not in one.title} == {
        (f"call:{GARLAND}", "That price is too high.", "Joyce Lam", "3:05"),
        (f"call:{BRIGHTWATER}", "The price does not fit.", "Joyce Lam", "3:05"),
    }
    assert all("highlights" in (one.link or "") for one in result.citations)
    mine = await run_query(counted, house.asking(MINE))
    assert [figure.value for figure in mine.figures] == [1]
    assert "does not fit" not in mine.model_dump_json()


@pytest.mark.parametrize("aggregate", [Aggregate(fn="count", field="finding"), None], ids=["counted", "listed"])
async def test_what_is_only_possible_is_told_as_such_and_never_counted(
    aggregate: Aggregate | None, house: House
) -> None:
    again = Filter(field="finding_text", op="contains", value="again")
    query = Query(object="calls", filters=(OBJECTIONS, again), aggregate=aggregate)
    result = await run_query(query, house.asking(MINE))
    assert result.sentence == "No objection about “again” is sure in 2 calls; 1 more is only possible:"
    assert (result.total, result.ids, [figure.value for figure in result.figures]) == (0, (), [0] if aggregate else [])
    assert result.table is not None
    ((*_, cell),) = result.table.rows
    assert cell.text == "possible: “The price again.” (Joyce Lam, 3:05)"
    assert "highlights" in (cell.link or "")
    (cited,) = result.citations
    assert (cited.quote, cited.speaker, cited.minute) == ("The price again.", "Joyce Lam", "3:05")
    assert POSSIBLE in cited.title
    hidden = await run_query(query, house.asking(Scope(audiences=frozenset({owned_by("2")}))))
    assert hidden.sentence == "No objections about “again” in 1 call."
    assert "The price again." not in hidden.model_dump_json()


async def test_findings_that_are_listed_are_told_with_all_that_a_call_has_of_them(house: House) -> None:
    listed = await run_query(Query(object="calls", filters=(OBJECTIONS,)), house.asking(MINE))
    assert listed.sentence == "2 objections in 2 calls; 1 more is only possible."
    assert listed.table is not None
    said = {row[0].value: row[-1].text for row in listed.table.rows}
    assert said[GARLAND] == (
        "That price is too high. (Joyce Lam, 3:05); possible: “The price again.” (Joyce Lam, 3:05)"
    )


async def test_calls_that_are_counted_are_counted_among_all_there_are(house: House) -> None:
    counted = Query(object="calls", filters=(OBJECTIONS, PRICE), aggregate=Aggregate(fn="count"))
    result = await run_query(counted, house.asking())
    assert result.sentence == "2 of 3 calls have objections about “PRICE”; 1 more is only possible."
    assert [figure.value for figure in result.figures] == [2]


async def test_a_time_without_calls_is_told_from_one_without_findings(house: House) -> None:
    query = Query(object="calls", filters=(OBJECTIONS, Filter(field="started", op="lt", value="2020-01-01")))
    assert (await run_query(query, house.asking())).sentence == "No calls until 31 Dec 2019."


async def test_what_is_possible_is_no_matter_where_calls_without_findings_are_asked_for(house: House) -> None:
    unmet = Query(object="calls", filters=(Filter(field="finding", op="neq", value="objection"),))
    assert (await run_query(unmet, house.asking())).sentence == "No calls without an objection."


async def test_findings_are_counted_by_their_kind_and_month(house: House) -> None:
    by_kind = Query(object="calls", aggregate=Aggregate(fn="count", field="finding", by="finding"))
    result = await run_query(by_kind, house.asking())
    assert {figure.group: figure.value for figure in result.figures} == {"objection": 3, "risk": 1}
    by_month = by_kind.model_copy(update={"aggregate": Aggregate(fn="count", field="finding", by="month")})
    months = (await run_query(by_month, house.asking())).figures
    assert [(one.group, one.value) for one in months] == [("2026-03", 1), ("2026-04", 1), ("2026-05", 2)]


async def test_calls_without_an_objection_are_those_in_which_there_is_none(house: House) -> None:
    query = Query(object="calls", filters=(Filter(field="finding", op="neq", value="objection"),))
    assert (await run_query(query, house.asking())).ids == ()
    risky = Query(object="calls", filters=(Filter(field="finding", op="eq", value="risk"),))
    assert (await run_query(risky, house.asking())).ids == (LODESTAR,)


async def test_calls_without_an_objection_about_something_may_have_others(house: House) -> None:
    none = Query(object="calls", filters=(Filter(field="finding", op="neq", value="objection"), PRICE))
    assert (await run_query(none, house.asking())).ids == (LODESTAR,)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ((Filter(field="started", op="gte", value="2026-04-15"),), {BRIGHTWATER, LODESTAR}),
        ((Filter(field="started", op="lt", value="2026-04-15"),), {GARLAND}),
        ((Filter(field="started", op="eq", value="2026-05-21"),), {LODESTAR}),
        ((Filter(field="company", op="eq", value="102300"),), {BRIGHTWATER}),
        ((Filter(field="deal", op="eq", value="102555"),), {BRIGHTWATER}),
        ((Filter(field="hs_object_id", op="eq", value=GARLAND),), {GARLAND}),
        ((Filter(field="title", op="contains", value="lodestar"),), {LODESTAR}),
        ((Filter(field="sentiment", op="eq", value="mixed"),), {*ALL}),
        ((Filter(field="status", op="eq", value="failed"),), set()),
        ((Filter(field="duration", op="gt", value=0),), {*ALL}),
    ],
)
async def test_every_field_of_a_call_can_be_asked_for(
    filters: tuple[Filter, ...], expected: set[str], house: House
) -> None:
    assert set((await run_query(Query(object="calls", filters=filters), house.asking())).ids) == expected


async def test_a_call_is_found_by_who_held_it(house: House) -> None:
    everybody = await house.crm.owners()
    danny = next(owner.id for owner in everybody.value if owner.email == "danny@paylatch.example")
    query = Query(object="calls", filters=(Filter(field="hubspot_owner_id", op="eq", value=danny, name="Danny"),))
    assert (await run_query(query, house.asking())).ids == (GARLAND,)


async def test_a_calls_company_is_not_named_to_who_may_not_see_it(house: House) -> None:
    result = await run_query(Query(object="calls"), house.asking(MINE))
    assert "Garland Residential" not in (
        result.model_dump_json().replace("Paylatch <> Garland Residential - intro", "")
    )
    query = Query(object="calls", filters=(Filter(field="company", op="eq", value="101440"),))
    assert (await run_query(query, house.asking(MINE))).total == 0
    assert (await run_query(query, house.asking())).ids == (GARLAND,)


async def test_only_calls_that_may_meet_the_question_are_read_whole(house: House) -> None:
    """What was found in the call of May cannot be read: a question about other days does not come across it."""
    calls, broken = house.context.records.calls, update(CallAnalysisRow).where(col(CallAnalysisRow.call_id) == LODESTAR)
    (kept,) = (await calls.analyses([LODESTAR])).values()
    until_april = Filter(field="started", op="lte", value="2026-04-30")
    query = Query(object="calls", filters=(Filter(field="sentiment", op="eq", value="mixed"), until_april))
    await house.database.write(lambda session: session.execute(broken.values(analysis="{}")))
    try:
        assert set((await run_query(query, house.asking())).ids) == {GARLAND, BRIGHTWATER}
    finally:
        await calls.save_analysis(LODESTAR, kept)
