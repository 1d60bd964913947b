"""Nobody is shown, counted, added up or named what is not theirs to see: every kind of scope against plain Python."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest

from core.query import Aggregate, Filter, Query
from core.scope import EVERYTHING, NOTHING, UNOWNED, Scope, owned_by
from memory.ledger import Effect
from nodes.querying import crm_items
from nodes.querying.run import run_query
from nodes.querying.shape import QueryResult
from tests.nodes.querying.conftest import EVERY_RECORD, House, Json, records_of
from tools.hubspot.port import CrmSearch, NewRecord, SearchFilter
from tools.hubspot.properties import DEFINITIONS

pytestmark = pytest.mark.asyncio(loop_scope="module")

OWNER = "hubspot_owner_id"
OBJECTS = ("deals", "companies", "contacts", "tasks", "notes")
RECORDS = {type: records_of(type) for type in OBJECTS}
OWNERS = sorted({one["properties"].get(OWNER) or "" for one in RECORDS["deals"]} - {""})

SCOPES = {
    "a rep": Scope(audiences=frozenset({owned_by(OWNERS[0]), UNOWNED, "person:ana"})),
    "another rep": Scope(audiences=frozenset({owned_by(OWNERS[7]), UNOWNED})),
    "a manager": Scope(audiences=frozenset({*map(owned_by, OWNERS[3:12]), UNOWNED})),
    "a manager of so many that no search says it": Scope(
        audiences=frozenset(
            {*map(owned_by, OWNERS[3:12]), *(owned_by(str(id)) for id in range(10**9, 10**9 + 400)), UNOWNED}
        )
    ),
    "a rep without what nobody owns": Scope(audiences=frozenset({owned_by(OWNERS[2])})),
    "a viewer": Scope(audiences=frozenset({UNOWNED})),
    "a stranger": NOTHING,
    "a guest with conversations only": Scope(audiences=frozenset({"person:ana", "place:C1"})),
    "an admin": EVERY_RECORD,
    "the terminal": EVERYTHING,
}


def is_allowed(type: str, record: Json, scope: Scope) -> bool:
    """By its owner; tasks and notes of the bundled world all have one."""
    return scope.allows(owned_by(record["properties"].get(OWNER)))


def shown(result: QueryResult) -> str:
    """Everything that goes out, but for the question."""
    return json.dumps(result.model_dump(mode="json", exclude={"query"}), ensure_ascii=False)


def forbidden(scope: Scope, text: str) -> list[str]:
    """Ids and names, in a text, of records that the scope does not allow, but for names that allowed ones bear, too."""
    allowed_names = " ".join(
        str(value)
        for type, records in RECORDS.items()
        for record in records
        if is_allowed(type, record, scope)
        for value in record["properties"].values()
        if value
    )
    found = []
    for type, records in RECORDS.items():
        for record in (one for one in records if not is_allowed(type, one, scope)):
            names = (record["properties"].get(name) for name in ("dealname", "name", "email", "hs_task_subject"))
            found += [name for name in names if name and name in text and name not in allowed_names]
            found += [record["id"]] if f'"{record["id"]}"' in text or f':{record["id"]}"' in text else []
    return found


@pytest.mark.parametrize("scope", SCOPES.values(), ids=SCOPES.keys())
async def test_only_what_is_allowed_is_found_and_named(scope: Scope, house: House) -> None:
    for type in OBJECTS:
        result = await run_query(Query(object=type, limit=100), house.asking(scope))
        allowed = {record["id"] for record in RECORDS[type] if is_allowed(type, record, scope)}
        assert (set(result.ids), result.total) == (allowed, len(allowed)), type
        assert forbidden(scope, shown(result)) == [], type


@pytest.mark.parametrize("scope", SCOPES.values(), ids=SCOPES.keys())
async def test_only_what_is_allowed_is_counted_and_added_up(scope: Scope, house: House) -> None:
    allowed = [deal for deal in RECORDS["deals"] if is_allowed("deals", deal, scope)]
    for by in (None, "owner", "company", "stage"):
        asked = Query(object="deals", aggregate=Aggregate(fn="sum", field="amount", by=by))
        result = await run_query(asked, house.asking(scope))
        amounts = [float(deal["properties"].get("amount") or 0) for deal in allowed]
        assert sum(float(figure.value or 0) for figure in result.figures) == sum(amounts)
        assert sum(figure.records + figure.without for figure in result.figures) == len(allowed)
        assert forbidden(scope, shown(result)) == []


def companies_of(deal: Json) -> list[str]:
    linked: dict[str, Any] = deal.get("associations") or {}
    return [one["id"] for one in linked.get("companies", {}).get("results", [])]


async def test_a_company_that_may_not_be_seen_is_as_one_that_does_not_exist(house: House) -> None:
    """Of a deal of mine whose company is another's."""
    owner_of = {company["id"]: company["properties"].get(OWNER) for company in RECORDS["companies"]}
    deal, company = next(
        (deal, id)
        for deal in RECORDS["deals"]
        for id in companies_of(deal)
        if deal["properties"].get(OWNER) and owner_of.get(id) not in (None, deal["properties"][OWNER])
    )
    scope = Scope(audiences=frozenset({owned_by(deal["properties"][OWNER]), UNOWNED}))
    asked = [
        Query(object="deals", filters=(Filter(field="company", op=op, value=id, name="Whatever"),))
        for op in ("eq", "neq")
        for id in (company, "999999999")
    ]
    hidden, nowhere, all_but_hidden, all_but_nowhere = [await run_query(one, house.asking(scope)) for one in asked]
    assert shown(hidden) == shown(nowhere)
    assert hidden.sentence == "No deals of that company."
    assert shown(all_but_hidden) == shown(all_but_nowhere)
    assert deal["id"] in all_but_hidden.ids


async def test_my_task_on_anothers_record_is_shown_without_the_records_name(house: House) -> None:
    task = RECORDS["tasks"][0]
    mine = Scope(audiences=frozenset({owned_by("71240170")}))
    deal_id = task["associations"]["deals"]["results"][0]["id"]
    before = await house.context.crm.read("deals", [deal_id], [OWNER, "dealname"])
    others = {"deals": [deal_id], "companies": ["107044"], "contacts": ["107611"]}
    owners = {}
    for type, ids in others.items():
        found = await house.context.crm.read(type, ids, [OWNER])  # type: ignore[arg-type]
        owners[type] = {id: record.get(OWNER) or "" for id, record in found.items()}
        await house.context.crm.update(type, {id: {OWNER: OWNERS[0]} for id in ids})  # type: ignore[arg-type]
    try:
        result = await run_query(Query(object="tasks", limit=100), house.asking(mine))
        assert task["id"] in result.ids
        assert result.table is not None
        row = next(row for row in result.table.rows if row[0].value == task["id"])
        about = next(at for at, column in enumerate(result.table.columns) if column.field == "about")
        assert (row[about].text, row[0].link) == ("", None)
        assert (before[deal_id].get("dealname") or "?") not in shown(result)
    finally:
        for type, by_id in owners.items():
            await house.context.crm.update(type, {id: {OWNER: owner} for id, owner in by_id.items()})  # type: ignore[arg-type]


async def test_what_nobody_owns_is_for_who_may_see_all_it_belongs_to(house: House) -> None:
    note = RECORDS["notes"][0]
    await house.context.crm.update("notes", {note["id"]: {OWNER: ""}})
    anyone, owner = Scope(audiences=frozenset({UNOWNED})), note["properties"][OWNER]
    unowned = CrmSearch(groups=((SearchFilter(property=OWNER, operator="NOT_HAS_PROPERTY"),),))
    while not (await house.context.crm.search("notes", unowned)).total:  # noqa: ASYNC110 - until the index has it
        await asyncio.sleep(0.01)
    try:
        assert note["id"] not in (await run_query(Query(object="notes"), house.asking(anyone))).ids
        assert note["id"] in (await run_query(Query(object="notes"), house.asking())).ids
    finally:
        await house.context.crm.update("notes", {note["id"]: {OWNER: owner}})


async def test_a_note_that_sophia_made_of_a_call_is_for_whom_the_call_is_for(house: House) -> None:
    call = await house.keep_call("3351298813304244839", "owner:1")
    crm, ledger = house.context.crm, house.context.records.ledger
    await crm.ensure_properties("notes", DEFINITIONS["notes"])
    text = {"hs_note_body": "Garland talked of the price.", "hs_timestamp": "2026-11-20T09:00:00Z", OWNER: OWNERS[0]}
    about: Json = {"call_id": call.id, "agent": "crm_sync", "service": "hubspot", "action": "create"}
    await ledger.plan([Effect(key="note-1", object_type="notes", **about)])
    await ledger.mark_sent(["note-1"])
    id = (await crm.create("notes", [NewRecord(key="note-1", properties=text)]))["note-1"]
    await ledger.confirm("note-1", id)
    try:
        for owners, is_shown in (([OWNERS[0]], False), ([OWNERS[0], "1"], True), (["1"], False)):
            scope = Scope(audiences=frozenset({UNOWNED, *map(owned_by, owners)}))
            assert (id in (await run_query(Query(object="notes"), house.asking(scope))).ids) is is_shown, owners
    finally:
        await crm.archive("notes", [id])


async def test_a_note_that_somebody_asked_for_in_a_conversation_is_theirs(house: House) -> None:
    crm, ledger = house.context.crm, house.context.records.ledger
    await crm.ensure_properties("notes", DEFINITIONS["notes"])
    text = {"hs_note_body": "We spoke.", "hs_timestamp": "2026-11-20T09:00:00Z", OWNER: OWNERS[0]}
    about: Json = {"call_id": "chat:turn-1", "agent": "crm_sync", "service": "hubspot", "action": "create"}
    await ledger.plan([Effect(key="note-2", object_type="notes", **about)])
    await ledger.mark_sent(["note-2"])
    id = (await crm.create("notes", [NewRecord(key="note-2", properties=text)]))["note-2"]
    await ledger.confirm("note-2", id)
    try:
        for owner, is_shown in ((OWNERS[0], True), (OWNERS[1], False)):
            scope = Scope(audiences=frozenset({UNOWNED, owned_by(owner)}))
            assert (id in (await run_query(Query(object="notes"), house.asking(scope))).ids) is is_shown
    finally:
        await crm.archive("notes", [id])


async def test_how_many_there_are_beyond_what_was_looked_at_is_told_to_who_reads_all(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("MOST", "ON_A_PAGE"):
        monkeypatch.setattr(crm_items, name, 10)
    of_many = SCOPES["a manager of so many that no search says it"]
    told = {
        name: (await run_query(Query(object="deals"), house.asking(scope))).partial
        for name, scope in {"admin": EVERY_RECORD, "manager": of_many}.items()
    }
    assert told == {
        "admin": f"Only the first 10 of {len(RECORDS['deals'])} records that it may be among were looked at.",
        "manager": "Only the first 10 records that it may be among were looked at.",
    }


async def test_what_sophia_wrote_of_calls_on_a_contact_cannot_be_asked_for(house: House) -> None:
    query = Query(object="contacts", filters=(Filter(field="last_call_summary", op="contains", value="price"),))
    result = await run_query(query, house.asking())
    assert (result.total, result.partial) == (0, "There is no field last_call_summary of contacts.")


async def test_a_stale_answer_is_held_to_the_rights_of_now(house: House) -> None:
    """The cache is the same for everybody: what an admin was shown is not what a rep is shown while HubSpot is away."""
    await run_query(Query(object="deals", limit=100), house.asking(EVERYTHING))
    rep = SCOPES["a rep"]
    await run_query(Query(object="deals", limit=100), house.asking(rep))
    house.clock.pass_by(timedelta(hours=1))
    with house.while_hubspot_is_away():
        result = await run_query(Query(object="deals", limit=100), house.asking(rep))
    assert result.partial
    assert forbidden(rep, shown(result)) == []
