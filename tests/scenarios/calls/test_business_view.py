"""One view of a record: from HubSpot, the calls and people, for who may be shown it, whatever is away."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from core.errors import Unavailable
from core.people import Person
from core.scope import EVERYTHING, UNOWNED, Scope, owned_by
from memory.crm_events import StoredEvent
from memory.remembering import Memory
from memory.store.entries import Entries
from nodes.business_view.viewing import view_of
from nodes.crm_changes.handing_over import hand_over
from nodes.crm_changes.handling import handle_changes, handle_records
from tests.embedders import HashedWords
from tools.hubspot.port import Record

ERIK = owned_by("2")
ERIKS = Scope(audiences=frozenset({ERIK, UNOWNED}))
DANAS = Scope(audiences=frozenset({owned_by("1"), UNOWNED}))
ANA = Person(email="ana@ours.example", name="Ana of ours")


@pytest.fixture
async def house(world: Any, open_house: Any) -> Any:
    """The house after Acme's call, with a memory; Acme has a note and a task of people's."""
    world.crm["notes"] = [
        {
            "id": "900",
            "properties": {
                "hs_note_body": "<p>They like <b>us</b> &amp; our price.</p>",
                "hs_timestamp": "2026-03-09T10:00:00Z",
            },
            "associations": {"deals": {"results": [{"id": "301"}]}},
        }
    ]
    world.crm["tasks"] = [
        {
            "id": id,
            "properties": {
                "hs_task_subject": subject,
                "hs_timestamp": "2026-03-20T10:00:00Z",
                "hs_task_status": status,
                "hubspot_owner_id": "1",
            },
            "associations": {"deals": {"results": [{"id": "301"}]}},
        }
        for id, subject, status in (("910", "Call Ana", "NOT_STARTED"), ("911", "Done long ago", "COMPLETED"))
    ]
    world.add_call("9001", deals=["301"], companies=["101"])
    house = await open_house()
    entries = Entries(house.database, HashedWords(), house.clock)
    house.context = replace(house.context, memory=Memory.over(house.database, entries, "main", house.clock))
    await house.run("9001")
    return house


async def test_a_deals_view_has_what_hubspot_the_calls_and_people_say(house: Any) -> None:
    await house.context.memory.facts.state("deal:301", "They decide in May.", ANA, house.clock.now(), ERIK)
    house.clock.advance(timedelta(days=1))
    await house.context.crm.update("deals", {"301": {"dealstage": "s3"}})
    view = await view_of(house.context, "deals", "301", ERIKS)
    assert view is not None
    assert (view.name, view.current, view.missing) == ("Acme rollout", True, ())
    values = {value.name: (value.label, value.value) for value in view.values}
    assert values["dealstage"][1] == "Contract"
    assert values["hubspot_owner_id"][1] == "Erik Holm"
    assert values["sophia_risk"][1] == "Honestly we are worried about the price."
    assert [(move.stage, move.source.system) for move in view.stages] == [("Demo", "HubSpot"), ("Contract", "HubSpot")]
    (call,) = view.calls
    assert (call.call_id, call.source.system, call.source.link) == (
        "9001",
        "Gong",
        "https://us-1.app.gong.io/call?id=9001",
    )
    assert {said.kind for said in call.findings} == {"next_step", "risk", "buying_signal"}
    assert view.tasks == ()  # they are Dana's
    assert [note.text for note in view.notes] == ["They like us & our price."]
    assert [(one.role, one.name) for one in view.people] == [("owner", "Erik Holm"), ("contact", "Ana Silva")]
    assert [(one.type, one.name) for one in view.related] == [("companies", "Acme")]
    assert [(fact.text, fact.by) for fact in view.facts] == [("They decide in May.", "Ana of ours")]
    assert "They decide in May." in view.as_text(8000)


async def test_a_task_is_for_whose_own_it_is_and_not_for_whose_the_record_is(house: Any) -> None:
    both = Scope(audiences=ERIKS.audiences | DANAS.audiences)
    danas = {"Call Ana", "I'll send you the price list by Friday.", "I'll ask Erik to set up the sandbox."}
    for scope, shown in ((ERIKS, set()), (both, danas)):
        view = await view_of(house.context, "deals", "301", scope)
        assert view is not None
        assert {task.subject for task in view.tasks} == shown
    (kept,) = await house.context.memory.entries.of_source("view:deal:301")
    assert "Call Ana" not in kept.text


async def test_what_may_not_be_shown_is_as_what_does_not_exist(house: Any) -> None:
    assert await view_of(house.context, "deals", "301", DANAS) is None
    assert await view_of(house.context, "deals", "999", DANAS) is None
    assert await view_of(house.context, "deals", "999", EVERYTHING) is None
    assert await view_of(house.context, "contacts", "not an id", EVERYTHING) is None


async def test_a_company_shows_nothing_of_a_deal_and_call_that_are_anothers(house: Any) -> None:
    mine = await view_of(house.context, "companies", "101", DANAS)
    assert mine is not None
    assert (mine.calls, mine.notes) == ((), ())
    assert {task.owner for task in mine.tasks} == {"Dana Reyes"}
    assert [one.type for one in mine.related] == []
    assert "worried about the price" not in mine.as_text(8000)
    his = await view_of(house.context, "companies", "101", ERIKS)
    assert his is not None
    assert [call.call_id for call in his.calls] == ["9001"]
    assert [(one.name, one.detail) for one in his.related] == [("Acme rollout", "Demo")]
    assert his.tasks == ()


async def test_a_contact_shows_nothing_that_sophia_wrote_there_of_anothers_call(house: Any) -> None:
    assert house.properties("contacts", "201")["last_call_summary"]
    view = await view_of(house.context, "contacts", "201", DANAS)
    assert view is not None
    assert {value.name for value in view.values} == {"email", "firstname", "lastname"}


async def test_a_part_that_cannot_be_read_is_named_and_fails_no_other(house: Any) -> None:
    house.fault("hubspot", "server_error", "/crm/v3/objects/notes/batch/read", None)
    view = await view_of(house.context, "deals", "301", ERIKS)
    assert view is not None
    assert view.missing == ("notes",)
    assert (len(view.people), len(view.calls), len(view.stages)) == (2, 1, 1)


async def test_while_hubspot_is_away_a_known_record_is_shown_and_no_other(house: Any) -> None:
    await handle_records(house.context, "deals", ["301"])
    house.fault("hubspot", "server_error", None, None)
    view = await view_of(house.context, "deals", "301", ERIKS)
    assert view is not None
    assert (view.name, view.current) == ("Acme rollout", False)
    assert view.missing == ("notes", "open tasks", "people", "related records", "stage history")
    assert [call.call_id for call in view.calls] == ["9001"]
    refused = []
    for id in ("301", "302"):
        with pytest.raises(Unavailable) as away:
            await view_of(house.context, "deals", id, DANAS)
        refused.append(str(away.value))
    assert refused[0] == refused[1]


async def test_a_view_is_kept_for_whoever_may_be_shown_the_record_without_facts(house: Any) -> None:
    await house.context.memory.facts.state("deal:301", "They decide in May.", ANA, house.clock.now(), ERIK)
    await view_of(house.context, "deals", "301", EVERYTHING)
    entries = house.context.memory.entries
    (kept,) = await entries.of_source("view:deal:301")
    assert (kept.kind, kept.audience, kept.value["name"]) == ("business_context", ERIK, "Acme rollout")
    assert "Honestly we are worried about the price." in kept.text
    assert "They decide in May." not in kept.text
    assert {"deal:301", "call:9001"} <= kept.subjects
    house.clock.advance(timedelta(minutes=5))
    await view_of(house.context, "deals", "301", ERIKS)
    (again,) = await entries.of_source("view:deal:301")
    assert (again.id, again.content_hash) == (kept.id, kept.content_hash)


async def test_a_kept_view_tells_nothing_of_others_records(house: Any) -> None:
    await view_of(house.context, "companies", "101", EVERYTHING)
    (kept,) = await house.context.memory.entries.of_source("view:company:101")
    assert kept.audience == UNOWNED
    assert "price" not in kept.text and "Acme rollout" not in kept.text


async def test_the_view_of_a_record_that_changed_hands_or_is_gone_is_not_kept(house: Any) -> None:
    entries = house.context.memory.entries
    await handle_records(house.context, "deals", ["301"])
    await view_of(house.context, "deals", "301", EVERYTHING)
    house.edit("deals", "301", hubspot_owner_id="1")
    await handle_records(house.context, "deals", ["301"])
    assert await entries.of_source("view:deal:301") == []
    await view_of(house.context, "deals", "301", EVERYTHING)
    house.delete("deals", "301")
    await handle_records(house.context, "deals", ["301"])
    assert await entries.of_source("view:deal:301") == []


async def test_what_is_remembered_of_a_merged_deal_is_for_the_owner_of_the_one_that_is_left(house: Any) -> None:
    left = Record(type="deals", id="305", properties={"hubspot_owner_id": "1"})
    assert await hand_over(house.context, "deals", {"301": left}, {}) > 0
    kept = await house.context.memory.entries.of_subject("call:9001")
    assert {each.audience for each in kept} == {owned_by("1")}


async def test_what_is_remembered_of_a_merged_deal_goes_on_with_the_one_that_is_left(house: Any) -> None:
    memory, owner = house.context.memory, {"hubspot_owner_id": "1", "hs_merged_object_ids": "300;301"}
    await memory.facts.state("deal:301", "They decide in May.", ANA, house.clock.now(), ERIK)
    await hand_over(house.context, "deals", {"305": Record(type="deals", id="305", properties=owner)}, {})
    assert {each.audience for each in await memory.entries.of_subject("call:9001")} == {owned_by("1")}
    assert [audience for _, audience in await memory.facts.about("deal:301")] == [owned_by("1")]


async def test_a_deals_view_takes_few_requests(house: Any) -> None:
    await view_of(house.context, "deals", "301", ERIKS)
    before = house.requests("hubspot")
    await view_of(house.context, "deals", "301", ERIKS)
    assert house.requests("hubspot") - before == 10  # four of them tell for whom the note is, which nobody owns


async def test_a_record_shows_what_is_remembered_of_those_that_went_into_it(house: Any) -> None:
    await house.context.memory.facts.state("company:101", "They moved.", ANA, house.clock.now(), UNOWNED)
    async with httpx.AsyncClient(trust_env=False) as client:
        order = {"type": "companies", "primary": "102", "merged": "101"}
        answer = await client.post(f"{house.server.url}/_sandbox/hubspot/merge", json=order)
    assert answer.status_code == 200
    for id in ("101", "102"):
        view = await view_of(house.context, "companies", id, ERIKS)
        assert view is not None
        assert (view.id, view.name) == ("102", "Birch")
        assert [call.call_id for call in view.calls] == ["9001"]
        assert [fact.text for fact in view.facts] == ["They moved."]


async def test_no_view_of_another_record_tells_of_a_deal_that_changed_hands(house: Any) -> None:
    entries = house.context.memory.entries
    house.edit("companies", "101", hubspot_owner_id="2")
    await handle_records(house.context, "deals", ["301", "302"])
    await view_of(house.context, "companies", "101", EVERYTHING)
    await view_of(house.context, "deals", "302", EVERYTHING)
    (kept,) = await entries.of_source("view:company:101")
    assert "price" in kept.text and "Acme rollout" in kept.text
    house.edit("deals", "301", hubspot_owner_id="1")
    await handle_records(house.context, "deals", ["301"])
    assert await entries.of_source("view:company:101") == []
    assert len(await entries.of_source("view:deal:302")) == 1
    await view_of(house.context, "companies", "101", EVERYTHING)
    (kept,) = await entries.of_source("view:company:101")
    assert "price" not in kept.text and "Acme rollout" not in kept.text


async def test_no_view_tells_of_a_call_whose_deal_changed_hands(house: Any) -> None:
    entries = house.context.memory.entries
    house.edit("contacts", "201", hubspot_owner_id="2")
    await handle_records(house.context, "deals", ["301"])
    house.edit("deals", "301", hubspot_owner_id="1")
    view = await view_of(house.context, "contacts", "201", EVERYTHING)
    assert view is not None and [call.call_id for call in view.calls] == ["9001"]
    (kept,) = await entries.of_source("view:contact:201")
    assert "call:9001" in kept.subjects and "deal:301" not in kept.subjects
    await handle_records(house.context, "deals", ["301"])
    assert await entries.of_source("view:contact:201") == []


async def test_of_a_contact_whom_hubspot_was_told_to_forget_no_view_and_no_fact_is_left(house: Any) -> None:
    memory = house.context.memory
    at = house.clock.now()
    fact = await memory.facts.state("contact:201", "Ana decides alone.", ANA, at, UNOWNED)
    await memory.facts.correct(fact, "Ana decides with Bea.", ANA)
    await memory.facts.state("deal:301", "They decide in May.", ANA, at, ERIK)
    house.edit("contacts", "201", hubspot_owner_id="2")
    await handle_records(house.context, "contacts", ["201"])
    await view_of(house.context, "deals", "301", EVERYTHING)
    (kept,) = await memory.entries.of_source("view:deal:301")
    assert "contact:201" in kept.subjects
    event = {"key": "p1", "kind": "privacy_deletion", "object_type": "contacts", "object_id": "201", "occurred_at": at}
    await house.context.records.crm_events.accept([StoredEvent.model_validate(event)])
    assert (await handle_changes(house.context, 100)).events == 1
    assert await memory.entries.of_source("view:deal:301") == []
    assert await memory.facts.history(fact, EVERYTHING) == ()
    assert len(await memory.facts.about("deal:301")) == 1


async def test_five_later_calls_that_are_anothers_hide_none_of_a_readers_own(house: Any) -> None:
    records, memory = house.context.records, house.context.memory
    stored = await records.calls.get("9001")
    for number in range(5):
        call = stored.call.model_copy(
            update={"id": f"95{number}", "started": stored.call.started + timedelta(days=1 + number)}
        )
        await records.calls.save(call, stored.transcript)
        await records.calls.save_analysis(call.id, stored.analysis)
        await memory.calls.keep(
            call, stored.transcript, stored.analysis, owned_by("1"), frozenset({"company:101"}), embed=False
        )
    seen = {}
    for name, scope in (("erik", ERIKS), ("dana", DANAS), ("admin", EVERYTHING)):
        view = await view_of(house.context, "companies", "101", scope)
        assert view is not None
        seen[name] = [call.call_id for call in view.calls]
    theirs = ["954", "953", "952", "951", "950"]
    assert seen == {"erik": ["9001"], "dana": theirs, "admin": theirs}
