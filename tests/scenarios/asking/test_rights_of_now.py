"""What somebody could see when it was told, and may not see by now: it reads as what does not exist."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from api.asking import Asking, Question
from api.people_file import PeopleKept
from core.rights.venue import Venue
from nodes.chat.telling import as_text
from tests.scenarios.asking.conftest import DANNY, JAKE, KENYA, Town
from tools.hubspot.port import NewRecord

pytestmark = pytest.mark.asyncio(loop_scope="session")

ORCHARD, BRIGHTWATER = "30966", "102300"
"""A company that nobody owns, and one of Kenya's."""
DANNYS, KENYAS = "71240118", "71240119"
NO_CALL = "I know of no such call that you may see."
CHANNEL = Venue(kind="channel", id="C1", members=frozenset({KENYA, JAKE}))


@pytest.fixture
def as_viewer(town: Town, tmp_path: Path) -> Asking:
    """The world in which Kenya has become a viewer."""
    file = tmp_path / "people.toml"
    file.write_text(f'version = 1\n[[person]]\nemail = "{KENYA}"\nrole = "viewer"\n', encoding="utf-8")
    return replace(town.asking, people=PeopleKept(town.services.settings.model_copy(update={"people_file": file})))


async def at_the_channel(town: Town, text: str, thread: str) -> str:
    """What everybody there is told."""
    question = Question(text=text, thread=thread, venue=CHANNEL, dry_run=True)
    return as_text(await town.asking.ask(question, KENYA))


async def test_a_call_of_before_is_told_by_the_rights_of_now(town: Town, as_viewer: Asking) -> None:
    before = town.talk(KENYA)
    assert "Brightwater" in await before.hears("my last call")
    assert "Kenya Marsh" in await before.hears("summarize that call")
    now = town.talk(KENYA, as_viewer)
    now.thread = before.thread
    assert await now.hears("summarize that call") == NO_CALL
    assert "Brightwater" not in str(now.told)


async def test_a_call_of_before_is_not_told_where_others_may_not_see_it(town: Town) -> None:
    talk = town.talk(KENYA)
    await talk.says("my last call")
    assert "Brightwater" not in await at_the_channel(town, "summarize that call", talk.thread)


async def kenyas_approval(town: Town) -> str:
    waiting = await town.services.context.records.approvals.waiting()
    return next(str(one.number) for one in waiting if one.approvers == (KENYA,))


async def test_who_may_see_the_record_no_more_neither_lists_nor_answers_what_waits(
    town: Town, as_viewer: Asking
) -> None:
    number = await kenyas_approval(town)
    assert f"- {number}: " in await town.talk(KENYA).hears("what is waiting for my approval?")
    now = town.talk(KENYA, as_viewer)
    assert await now.hears("what is waiting for my approval?") == "Nothing waits for your word."
    told = await now.hears(f"reject {number} because it is wrong")
    assert told == (await now.hears("reject 9999 because it is wrong")).replace("9999", number)
    assert f"There is no approval {number} for you to answer" in told


async def test_an_answer_at_a_place_tells_nothing_of_what_the_others_there_may_not_see(town: Town) -> None:
    number = await kenyas_approval(town)
    assert "Brightwater" in await town.talk(KENYA).hears("what is waiting for my approval?")
    told = [await at_the_channel(town, f"approve {one}", uuid.uuid4().hex) for one in (number, "9999")]
    assert told[0] == told[1] == "What waits for your word I tell only you: ask me in a direct message."


@asynccontextmanager
async def work_of_others(town: Town) -> AsyncIterator[None]:
    """Kenya's own task and note on a company of nobody's, and a task of nobody's on that one and on hers."""
    crm, store = town.services.context.crm, town.server.frame.store
    task = {"hs_timestamp": "2026-11-27T23:00:00Z", "hs_task_status": "NOT_STARTED", "hs_task_type": "TODO"}
    note = {"hs_note_body": "KENYAS NOTE", "hs_timestamp": "2026-11-19T23:00:00Z", "hubspot_owner_id": KENYAS}
    nobodys = (("companies", ORCHARD),)
    made = {
        "tasks": [
            NewRecord(
                key="work-1",
                properties={**task, "hs_task_subject": "KENYAS TASK", "hubspot_owner_id": KENYAS},
                associations=nobodys,
            ),
            NewRecord(
                key="work-2",
                properties={**task, "hs_task_subject": "HIDDEN TASK"},
                associations=(*nobodys, ("companies", BRIGHTWATER)),
            ),
        ],
        "notes": [NewRecord(key="work-3", properties=note, associations=nobodys)],
    }
    ids = {type: list((await crm.create(type, new)).values()) for type, new in made.items()}  # type: ignore[arg-type]
    for type, those in ids.items():
        for id in those:  # as if people had made them by hand
            store.table(f"hubspot.{type}")[id]["properties"].pop("sophia_key", None)
    try:
        yield
    finally:
        for type, those in ids.items():
            await crm.archive(type, those)  # type: ignore[arg-type]


async def test_anothers_work_on_a_record_that_is_for_all_is_not_told_kept_or_done(town: Town) -> None:
    async with work_of_others(town):
        for asked in (
            "open tasks of Orchard Row Student Housing",
            "notes about Orchard Row Student Housing",
            "tell me about Orchard Row Student Housing",
            "brief me on Orchard Row Student Housing",
        ):
            talk = town.talk(DANNY)
            await talk.says(asked)
            assert not any(words in str(talk.told) for words in ("KENYAS", "HIDDEN")), asked
        memory = town.services.context.memory
        assert memory is not None
        kept = await memory.entries.of_source(f"view:company:{ORCHARD}")
        assert kept and not any(words in (one.text or "") for one in kept for words in ("KENYAS", "HIDDEN"))
        told = await town.talk(DANNY).hears("complete the task of Orchard Row Student Housing")
        assert "There is no open task of Orchard Row" in told
        assert "KENYAS TASK" in await town.talk(KENYA).hears("open tasks of Orchard Row Student Housing")


async def test_a_choice_is_offered_by_the_owner_of_now_whatever_the_names_still_say(town: Town) -> None:
    companies = town.server.frame.store.table("hubspot.companies")
    all_of_them: dict[str, Any] = {id: one["properties"] for id, one in companies.items()}
    pair = {id: one for id, one in all_of_them.items() if one["name"].startswith("Tidewater")}
    owners = {id: properties.get("hubspot_owner_id") for id, properties in pair.items()}
    tags = [f"company:{id}" for id in pair]
    stays, goes = sorted(pair)

    async def hand(to: dict[str, str | None]) -> None:
        for id, owner in to.items():
            pair[id]["hubspot_owner_id"] = owner

    try:
        await hand(dict.fromkeys(pair, DANNYS))
        await town.services.context.changed(tags)
        await town.asking.names.refresh()
        await hand({goes: KENYAS})  # of which nobody has told Sophia
        told = await town.talk(DANNY).hears("who owns Tidewater")
        assert pair[stays]["name"] in told and pair[goes]["name"] not in told
    finally:
        await hand(owners)
        await town.services.context.changed(tags)
