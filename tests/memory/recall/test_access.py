"""Who may be shown a row, said to SQL, to the index and of a row itself."""

from itertools import product

import pytest
from sqlalchemy import select, update
from sqlmodel import col

from core.scope import EVERYTHING, NOTHING, UNOWNED, Scope, held_by_nobody, owned_by, said_at, said_by
from memory.database import Database
from memory.recall.access import access
from memory.store.entries import Entries
from memory.store.entry import Kept
from memory.tables import MemoryItemRow
from tests.memory.recall.conftest import entry

RECORDS = (UNOWNED, owned_by("1"), owned_by("2"), held_by_nobody("9001"))
OWN = said_by("ana@ours.example")
CONVERSATIONS = (
    said_at("C1"),
    said_by("bob@ours.example"),
    said_by("U1"),
    "Owner:1",
    "unowned-2",
    "owner",
    "PLACE:call-1",
)
"""The last ones are no audiences of ours: what is not known to be a record's counts as a conversation."""
AUDIENCES = (*RECORDS, OWN, *CONVERSATIONS)
ADMIN = Scope(every_record=True, audiences=frozenset({OWN}))
SCOPES = (
    NOTHING,
    EVERYTHING,
    ADMIN,
    Scope(every_record=True),
    Scope(audiences=frozenset({UNOWNED})),
    Scope(audiences=frozenset(AUDIENCES[1:])),
)


@pytest.mark.parametrize("scope", SCOPES)
async def test_sql_and_the_check_of_a_row_agree(scope: Scope, database: Database, entries: Entries) -> None:
    for tenant, audience in product(("main", "other"), AUDIENCES):
        await entries.put([entry("words", tenant=tenant, audience=audience)])
    everything = await entries.matching()

    for tenant in ("main", "other", "third"):
        asked = access(scope, tenant)
        assert await _ids(database, asked.sql()) == {kept.id for kept in everything if asked.allows(kept)}


async def test_an_admin_is_shown_every_record_and_only_their_own_conversations(
    database: Database, entries: Entries
) -> None:
    for audience in AUDIENCES:
        await entries.put([entry("words", audience=audience)])
    shown = await _ids(database, access(ADMIN, "main").sql())

    assert {kept.audience for kept in await entries.matching() if kept.id in shown} == {*RECORDS, OWN}


async def test_what_has_no_audience_is_for_an_admin_of_its_tenant_only(database: Database, entries: Entries) -> None:
    await entries.put([entry("words")])
    await database.write(lambda session: session.execute(update(MemoryItemRow).values(audience=None)))
    [kept] = await entries.matching()

    assert await _shown(database, kept, EVERYTHING, "main")
    assert await _shown(database, kept, ADMIN, "main")
    assert not await _shown(database, kept, ADMIN, "other")
    assert not await _shown(database, kept, EVERYTHING, "other")
    assert not await _shown(database, kept, Scope(audiences=frozenset(AUDIENCES)), "main")


async def test_what_has_no_tenant_is_nobodys(database: Database, entries: Entries) -> None:
    await entries.put([entry("words").model_copy(update={"audience": None, "namespace": ("notes", "ana")})])

    assert await _ids(database, access(EVERYTHING, "notes").sql()) == set()
    assert await _ids(database, access(EVERYTHING, "main").sql()) == set()


@pytest.mark.parametrize("scope", [NOTHING, Scope(audiences=frozenset(AUDIENCES))])
def test_the_index_is_always_given_audiences_of_which_none_is_the_empty_one(scope: Scope) -> None:
    where = access(scope, "main").chroma()

    assert where is not None
    assert where["audience"]["$in"]
    assert "" not in where["audience"]["$in"]


@pytest.mark.parametrize("scope", [EVERYTHING, ADMIN])
def test_the_index_is_not_narrowed_where_it_could_lose_a_record(scope: Scope) -> None:
    assert access(scope, "main").chroma() is None
    assert not access(scope, "main").is_nothing


async def _shown(database: Database, kept: Kept, scope: Scope, tenant: str) -> bool:
    asked = access(scope, tenant)
    in_sql = kept.id in await _ids(database, asked.sql())
    assert in_sql == asked.allows(kept)
    return in_sql


async def _ids(database: Database, condition: object) -> set[int | None]:
    statement = select(col(MemoryItemRow.id)).where(condition)  # type: ignore[arg-type]
    return set(await database.read(lambda session: session.scalars(statement).all()))
