"""One record, call or message as it is told: with what the index has not heard of yet, and on the day it is there."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest

from core.query import OWNER, Filter, Query, Sort
from memory.ledger import Effect
from nodes.chat.tools.calls import call_told, of_id
from nodes.chat.tools.records import record_told
from nodes.chat.tools.told import told_about
from nodes.querying.run import run_query
from nodes.understanding.shape import Named
from tests.nodes.querying.conftest import House

pytestmark = pytest.mark.asyncio(loop_scope="module")

GARLAND = "3351298813304244839"
KIRITIMATI = ZoneInfo("Pacific/Kiritimati")
"""Fourteen hours ahead of UTC: what is said here in the afternoon is of the next day there."""


async def test_a_record_that_was_just_made_is_told_from_itself(house: House) -> None:
    """The index is behind."""
    url, token = f"{house.server.url}/hubspot/crm/v3/objects/companies", house.server.credentials.hubspot_token
    new = {"properties": {"name": "Juniper Row", "city": "Ames"}}
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {token}"}) as client:
        id = (await client.post(url, json=new)).json()["id"]
    named = Named(type="companies", id=id, name="Juniper Row")
    told = await record_told(named, house.asking())
    assert told.said.startswith("Juniper Row: ") and "Ames" in told.said
    assert told.results == (named,)
    await house.context.crm.archive("companies", [id])


async def test_a_record_is_told_with_what_was_old_in_its_row(house: House) -> None:
    named = Named(type="companies", id="31077", name="Marigold Property Partners")
    await record_told(named, house.asking())
    house.clock.pass_by(timedelta(hours=1))
    with house.while_hubspot_is_away("search"):
        told = await record_told(named, house.asking())
    assert told.said.startswith("Marigold Property Partners") and "No companies" not in told.said
    assert told.partial is not None and "This is as it was at" in told.partial


async def test_a_call_and_what_was_posted_of_it_are_of_the_day_where_the_portal_is(house: House) -> None:
    call = await house.keep_call(GARLAND, "owner:1")
    assert call.started is not None
    context = replace(house.asking(), zone=KIRITIMATI)
    told = await call_told(of_id(GARLAND), context)
    local = call.started.astimezone(KIRITIMATI)
    assert told is not None and f"{local:%a} {local.day} {local:%b %Y}" in told.said
    await _posted(house, "1763589600.000200")  # 19 Nov 2025, 22:00 in UTC
    about = await house.context.crm.read("companies", [await _company_of(house)], ["name"])
    (company,) = about.values()
    said = (await told_about(Named(type="companies", id=company.id, name="Garland"), context)).said
    assert "the channel was told on 20 Nov 2025, 12:00" in said


async def _company_of(house: House) -> str:
    query = Query(object="calls", sort=(Sort(field="started"),))
    table = (await run_query(query, house.asking())).table
    assert table is not None
    return str(
        next(cell.value for cell, column in zip(table.rows[0], table.columns, strict=True) if column.field == "company")
    )


async def _posted(house: House, ts: str) -> None:
    ledger = house.context.records.ledger
    effect = Effect(
        key="k1", call_id=GARLAND, agent="notification", service="slack", action="post", object_type="message",
        field="channel",
    )  # fmt: skip
    await ledger.plan([effect])
    await ledger.confirm("k1", ts)


async def test_what_has_nothing_is_told_by_its_name(house: House) -> None:
    about = Filter(field="company", op="eq", value="31077")
    others = Filter(field="dealname", op="eq", value="No such deal")
    told = await run_query(Query(object="deals", filters=(about, others)), house.asking())
    assert told.sentence.startswith("No deals of Marigold Property Partners")


async def test_a_team_of_many_is_told_as_the_askers_team(house: House) -> None:
    team = Filter(field=OWNER, op="in", value=("71240118", "71240170", "1", "2"), name="my team")
    assert " of your team" in (await run_query(Query(object="deals", filters=(team,)), house.asking())).sentence
