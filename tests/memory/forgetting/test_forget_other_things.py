"""A thread, a call and a CRM record are forgotten too; that a call was there is not, so that nothing is done twice."""

from typing import Any

import pytest

from core.errors import NotUsable, Unavailable
from memory.approvals import ApprovalStatus
from memory.calls import CallStatus
from memory.forgetting.forgetting import Forgetting
from memory.forgetting.traces import FORGOTTEN
from nodes.state import Candidate, Resolution
from tests.memory.forgetting.house import AT, CONTACT, NAME, PHONE, House, call_with_her, contact_properties, places_of
from tools.hubspot.port import ObjectType, Record

BOB = "bob@ours.example"


async def test_a_call_is_forgotten_but_that_it_was_there(house: House) -> None:
    receipt = await house.forgetting.forget("call:7", BOB)
    assert receipt.removed["calls"] == 1
    assert receipt.removed["sentences"] == 5
    stored = await house.records.calls.get("7")
    assert stored is not None and stored.transcript is not None
    assert (stored.call.title, stored.call.parties, stored.call.is_private) == (FORGOTTEN, (), True)
    assert (stored.transcript.turns, stored.analysis, stored.resolution) == ((), None, None)
    assert stored.status is CallStatus.ANALYSED
    assert await house.entries.of_source("call:7") == []
    assert await house.entries.of_source("call:9") != []
    assert await places_of(house.database, ("xylocanth", "vorpaline")) == set()
    assert [each.key for each in await house.entries.matching() if each.key.startswith("view/")] == ["view/deal:302"]


async def test_a_forgotten_call_that_is_delivered_again_stays_forgotten(house: House) -> None:
    await house.forgetting.forget("call:7", BOB)
    call, transcript, _ = call_with_her()
    await house.records.calls.save(call, transcript)
    stored = await house.records.calls.get("7")
    assert stored is not None and stored.call.title == FORGOTTEN
    assert await house.records.calls.lacking_transcripts(["7"]) == []
    assert await house.records.calls.analysed_ids() == ["8", "9"]
    again = await house.forgetting.forget("call:7", BOB)
    assert again.removed == {}


async def test_a_call_that_waits_for_a_person_waits_no_more_once_it_is_forgotten(house: House) -> None:
    await house.records.calls.set_status("7", CallStatus.UNRESOLVED, f"which deal, {NAME}?")
    await house.forgetting.forget("call:7", BOB)
    stored = await house.records.calls.get("7")
    assert stored is not None
    assert (stored.status, stored.reason) == (CallStatus.SKIPPED, "forgotten on request")


async def test_the_ledger_of_a_forgotten_call_keeps_its_keys(house: House) -> None:
    await house.forgetting.forget("call:7", BOB)
    effects = {effect.key: effect for effect in await house.records.ledger.all()}
    assert set(effects) == {"note", "task", "card", "stage", "person", "other"}
    assert (effects["stage"].before, effects["stage"].after) == ("qualified", "closedwon")
    assert effects["person"].payload["properties"]["phone"] == FORGOTTEN
    waits = next(each for each in await house.records.approvals.all() if each.id == "waits")
    assert (waits.status, waits.quote) == (ApprovalStatus.WITHDRAWN, FORGOTTEN)


async def test_a_thread_is_forgotten_with_its_state_and_no_other(house: House) -> None:
    receipt = await house.forgetting.forget("thread:slack-1", BOB)
    assert receipt.removed == {"entries": 6, "threads": 1}
    assert await house.entries.of_source("thread:slack-1") == []
    left = {str(kept.config["configurable"]["thread_id"]) async for kept in house.checkpoints.alist(None)}
    assert left == {"chat:slack-2", "chat:slack-3", "call:7", "approval:answered", "approval:others"}


async def test_a_contact_is_forgotten_as_a_record(house: House) -> None:
    await house.forgetting.forget(f"contact:{CONTACT}", BOB)
    contact = await house.records.business_context.get("contacts", CONTACT)
    assert contact is not None
    assert (contact.name, contact.properties, contact.archived) == (None, {}, False)
    seven = await house.records.calls.get("7")
    assert seven is not None and seven.resolution is not None
    assert seven.resolution["contacts"][0]["id"] == CONTACT
    assert PHONE not in str(seven.resolution)
    events = await house.records.crm_events.unhandled(5)
    assert {event.object_id: event.value for event in events} == {CONTACT: None, "510": "bob@ours.example"}


async def test_a_deal_is_forgotten_with_what_was_asked_about_it(house: House) -> None:
    await house.forgetting.forget("deal:301", BOB)
    assert await house.entries.of_subject("deal:301") == []
    effects = {effect.key: effect for effect in await house.records.ledger.all()}
    assert (effects["other"].before, effects["other"].after) == (FORGOTTEN, FORGOTTEN)
    assert effects["note"].payload != {}
    assert all(each.closed_at for each in await house.records.approvals.all())


@pytest.mark.parametrize("subject", ["", "person:", "ana@acme.com", "planet:1", "call"])
async def test_what_names_nothing_is_refused_with_what_can_be_named(house: House, subject: str) -> None:
    with pytest.raises(NotUsable) as refusal:
        await house.forgetting.forget(subject, BOB)
    assert "person:ADDRESS" in str(refusal.value.next_step)


class Cached:
    """A cache that may be away."""

    def __init__(self) -> None:
        self.away = True
        self.forgotten: set[str] = set()

    async def forget(self, tags: Any) -> None:
        if self.away:
            raise Unavailable("Redis", "is away")
        self.forgotten |= set(tags)


async def test_a_cache_that_is_away_is_waited_for(house: House) -> None:
    cache = Cached()
    forgetting = Forgetting(house.database, house.entries, house.checkpoints, house.clock, cache=cache)
    receipt = await forgetting.forget("call:7", BOB)
    assert (receipt.done_at, receipt.waiting) == (None, ("the cache is away",))
    cache.away = False
    await forgetting.resume()
    assert cache.forgotten >= {"call:7", "deal:301", f"contact:{CONTACT}"}


@pytest.mark.parametrize("subject", [f"contact:{CONTACT}", "company:101", "deal:301"])
async def test_what_a_call_is_about_can_be_read_after_a_record_was_forgotten(house: House, subject: str) -> None:
    found = Resolution(
        deal=record("deals", "301", {"dealname": "Brackle pilot", "hubspot_owner_id": "77"}),
        company=record("companies", "101", {"name": "Brackle", "hubspot_owner_id": "77"}),
        contacts=(record("contacts", CONTACT, contact_properties()),),
        question="Which deal is it?",
        candidates=(Candidate(type="deals", id="301", name="Brackle pilot", detail="Demo"),),
        read_at=AT,
    )
    await house.records.calls.save_resolution("7", found.model_dump(mode="json"))
    await house.forgetting.forget(subject, BOB)
    stored = await house.records.calls.get("7")
    assert stored is not None
    left = Resolution.model_validate(stored.resolution)
    gone = next(each for each in left.records if each.id == subject.partition(":")[2])
    assert gone == Record(type=gone.type, id=gone.id, archived=True)
    assert [each for each in left.records if each != gone] == [each for each in found.records if each.id != gone.id]
    assert left.candidates[0].name == (FORGOTTEN if subject == "deal:301" else "Brackle pilot")
    await house.forgetting.forget(subject, BOB)
    again = await house.records.calls.get("7")
    assert again is not None and again.resolution == stored.resolution


def record(type: ObjectType, id: str, properties: dict[str, str | None]) -> Record:
    """A record as HubSpot gives it."""
    return Record(
        type=type, id=id, properties=properties, updated_at=AT, associations={"contacts": (CONTACT,), "deals": ("301",)}
    )
