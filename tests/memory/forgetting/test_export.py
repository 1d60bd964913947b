"""An export holds all that is known of a subject, as JSON, and nothing of what is not its own."""

import json
from typing import Any

import pytest

import memory.forgetting.export
from tests.memory.forgetting.house import EMAIL, House, canaries

SUBJECT = f"person:{EMAIL}"


async def test_a_person_gets_everything_in_which_they_are(house: House) -> None:
    export = await house.forgetting.export(SUBJECT)
    written = json.dumps(export.model_dump(mode="json"), ensure_ascii=False)
    missing = [word for word in canaries() if word.casefold() not in written.casefold()]
    assert missing == []
    assert export.sections.keys() >= {"memory", "calls", "checkpoints", "approvals", "crm_sync_log", "crm_event"}
    assert export.sections.keys() >= {"business_context", "inbox", "crm_drift", "sync_cursor"}


async def test_of_a_call_a_person_gets_their_own_words_and_what_names_them(house: House) -> None:
    calls = {each["call"]["id"]: each for each in (await house.forgetting.export(SUBJECT)).sections["calls"]}
    assert set(calls) == {"7", "8"}
    own = [said["text"] for said in calls["7"]["said"] if said["own"]]
    assert own == ["Yes, the xylocanth plan costs us 40 a month.", "We decide in May."]
    assert "It is for the whole company." not in [said["text"] for said in calls["7"]["said"]]
    assert calls["7"]["party"][0]["title"] == "vorpaline buyer"


async def test_a_call_a_thread_and_a_record_are_exported_whole(house: House) -> None:
    call = await house.forgetting.export("call:7")
    assert call.sections["calls"][0]["transcript"]["turns"]
    assert {each["key"] for each in call.sections["crm_sync_log"]} == {"note", "task", "card", "stage", "person"}
    assert {each["id"] for each in call.sections["approvals"]} == {"waits", "answered"}
    thread = await house.forgetting.export("thread:slack-1")
    assert len(thread.sections["memory"]) == 6
    assert [each["thread"] for each in thread.sections["checkpoints"]] == ["chat:slack-1"]
    deal = await house.forgetting.export("deal:301")
    assert deal.sections["business_context"][0]["properties"] == {"dealname": "Brackle pilot"}
    assert {each["key"] for each in deal.sections["crm_sync_log"]} == {"stage", "other"}


async def test_an_export_changes_nothing_and_of_nobody_is_empty(house: House) -> None:
    before = await house.entries.matching()
    assert (await house.forgetting.export("person:nobody@nowhere.example")).sections == {}
    assert await house.entries.matching() == before


async def test_nothing_is_left_to_export_of_a_person_who_was_forgotten(house: House) -> None:
    await house.forgetting.forget(SUBJECT, "bob@ours.example")
    assert (await house.forgetting.export(SUBJECT)).sections == {}


async def test_entries_are_read_a_page_at_a_time(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = await house.forgetting.export(SUBJECT)
    read, pages = house.entries.matching, []

    async def matching(*conditions: Any, **given: Any) -> Any:
        found = await read(*conditions, **given)
        pages.append(len(found))
        return found

    monkeypatch.setattr(house.entries, "matching", matching)
    monkeypatch.setattr(memory.forgetting.export, "PAGE", 2)
    assert (await house.forgetting.export(SUBJECT)).sections == whole.sections
    assert max(pages) == 2
    assert sum(pages) >= len(whole.sections["memory"])
