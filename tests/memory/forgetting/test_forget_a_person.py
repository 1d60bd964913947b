"""A person who is forgotten is nowhere any more, and what others did and said is still there."""

from datetime import timedelta

import pytest

import tests.memory.forgetting.house as house_module
from core.calls import Transcript
from core.scope import said_by
from memory.approvals import ApprovalStatus
from memory.calls import CallStatus
from memory.conversations import Turn
from memory.forgetting.traces import FORGOTTEN
from memory.ledger import EffectStatus
from memory.records import Records
from tests.memory.forgetting.house import (
    CONTACT,
    House,
    call_of_others,
    call_that_names_her,
    call_with_her,
    canaries,
    places_of,
)

SUBJECT = f"person:{house_module.EMAIL}"
BOB = "bob@ours.example"


async def test_she_is_everywhere_and_then_nowhere(house: House) -> None:
    before = await places_of(house.database, canaries())
    assert {word for _, word in before} == set(canaries())
    tables = {table for table, _ in before}
    assert tables > {"gong_call", "call_analysis", "crm_sync_log", "approvals", "inbox", "sync_cursor", "crm_event"}
    assert tables > {"business_context", "memory_item", "memory_subject", "memory_vector", "crm_drift"}
    assert any(table.startswith("checkpoint") for table in tables)
    await house.forgetting.forget(SUBJECT, BOB)
    await house.forgetting.resume()
    assert await places_of(house.database, canaries()) == set()


@pytest.fixture
def address(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of another person who has left those traces."""
    given, family, email = request.param
    for name, value in {"GIVEN": given, "FAMILY": family, "NAME": f"{given} {family}", "EMAIL": email}.items():
        monkeypatch.setattr(house_module, name, value)
    return str(email)


@pytest.mark.parametrize(
    "address",
    [
        ("Élodie", "Brûlé-Ôté", "e.brule@firm.example"),
        ("小龙", "李李", "xl@firm.example"),
        ("Siobhán", "O'Brienne", "siobhan_o+x@firm.example"),
    ],
    indirect=True,
)
async def test_so_is_whoever_has_a_name_of_other_letters(address: str, house: House) -> None:
    assert {word for _, word in await places_of(house.database, canaries())} >= {address}
    await house.forgetting.forget(f"person:{address.upper()}", BOB)
    assert await places_of(house.database, canaries()) == set()


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_not_even_the_word_index_has_her_words(house: House) -> None:
    """The pieces of SQLite's index keep a word that was removed until they are merged."""
    telling = tuple(word[3:] for word in house_module.WORDS[:3])  # a piece stores what a word has not in common
    before = {word for table, word in await places_of(house.database, telling) if table == "memory_search_data"}
    assert len(before) >= 2
    await house.forgetting.forget(SUBJECT, BOB)
    assert await places_of(house.database, telling) == set()


async def test_what_others_said_stays_and_is_found(house: House) -> None:
    await house.forgetting.forget(SUBJECT, BOB)
    stored = await house.records.calls.get("7")
    assert stored is not None and stored.transcript is not None and stored.analysis is not None
    told = [[sentence.text for sentence in turn.sentences] for turn in stored.transcript.turns]
    assert told == [
        [f"Hello {FORGOTTEN}, shall we talk about the pilot?"],
        [FORGOTTEN, FORGOTTEN],
        [f"I will send {FORGOTTEN} the offer, {FORGOTTEN}.", "It is for the whole company."],
    ]
    assert [party.name for party in stored.call.parties] == [FORGOTTEN, "Bob Marsh"]
    assert [(item.text, item.owner, item.owner_email) for item in stored.analysis.items] == [
        (f"Send {FORGOTTEN} the offer", "Bob Marsh", None),
        ("It is for all", FORGOTTEN, None),
    ]
    assert (stored.analysis.summary, stored.analysis.meddpicc) == (FORGOTTEN, ())
    assert stored.analysis.statistics.talk_share == {FORGOTTEN: 0.5, "Bob Marsh": 0.5}
    assert [topic.name for topic in stored.analysis.topics] == ["pricing"]
    passages = await house.entries.of_source("call:7", "call_passages")
    assert "It is for the whole company." in "".join(str(each.value["text"]) for each in passages)
    assert {subject for each in passages for subject in each.subjects} == {"call:7", f"person:{BOB}", "deal:301"}
    assert await house.memory.calls.about(f"person:{BOB}", 5)


async def test_what_has_nothing_to_do_with_her_is_as_it_was(house: House) -> None:
    before = await house.entries.of_source("call:9")
    await house.forgetting.forget(SUBJECT, BOB)
    call, transcript, analysis = call_of_others()
    stored = await house.records.calls.get("9")
    assert stored is not None
    assert (stored.call, stored.transcript, stored.analysis) == (call, transcript, analysis)
    assert await house.entries.of_source("call:9") == before
    assert [fact.text for fact, _ in await house.memory.facts.about("deal:301")] == ["The renewal is in May."]
    views = [each.key for each in await house.entries.matching() if each.key.startswith("view/")]
    assert views == ["view/deal:302"]
    assert (await house.records.business_context.get_many("deals", ["301"]))["301"].properties
    contact = await house.records.business_context.get("contacts", CONTACT)
    assert contact is not None and contact.properties == {}


async def test_what_stood_around_her_turns_reads_without_them(house: House) -> None:
    await house.forgetting.forget(SUBJECT, BOB)
    turns = await house.entries.of_source("thread:slack-1", "conversation")
    assert [turn.value["text"] for turn in turns] == [
        "What about the deal?",
        "Noted: it is kept.",
        "And the amount?",
        "Fine by me.",
    ]
    assert turns[0].text == "Bob Marsh: What about the deal?\nSophia: Noted: it is kept."
    assert turns[2].text == "Sophia: Noted: it is kept.\nBob Marsh: And the amount?\nBob Marsh: Fine by me."


async def test_effects_keep_their_keys_and_what_was_not_sent_is_not_sent_any_more(house: House) -> None:
    await house.forgetting.forget(SUBJECT, BOB)
    effects = {effect.key: effect for effect in await house.records.ledger.all()}
    assert set(effects) == {"note", "task", "card", "stage", "person", "other"}
    assert effects["note"].payload == {"properties": {"hs_note_body": FORGOTTEN}}
    assert (effects["note"].status, effects["note"].remote_id) == (EffectStatus.CONFIRMED, "remote-note")
    assert (effects["task"].status, effects["task"].reason) == (EffectStatus.FAILED, "forgotten on request")
    assert (effects["stage"].before, effects["stage"].after) == ("qualified", "closedwon")
    assert (effects["other"].before, effects["other"].after) == ("1", "2")


async def test_requests_that_lose_their_ground_are_withdrawn(house: House) -> None:
    await house.forgetting.forget(SUBJECT, BOB)
    approvals = {approval.id: approval for approval in await house.records.approvals.all()}
    waits, answered, others = approvals["waits"], approvals["answered"], approvals["others"]
    assert (waits.status, waits.quote, waits.outcome) == (
        ApprovalStatus.WITHDRAWN,
        FORGOTTEN,
        "forgotten on request",
    )
    assert waits.closed_at is not None
    assert (answered.status, answered.quote, answered.proposed) == (ApprovalStatus.APPROVED, "We sign.", "closedwon")
    assert (answered.answers[0].by, answered.answers[0].reason) == (FORGOTTEN, FORGOTTEN)
    assert others.status is ApprovalStatus.WAITING


async def test_checkpoints_that_hold_her_words_go_and_the_others_stay(house: House) -> None:
    await house.forgetting.forget(SUBJECT, BOB)
    left = {str(kept.config["configurable"]["thread_id"]) async for kept in house.checkpoints.alist(None)}
    assert left == {"chat:slack-3", "approval:others"}


async def test_forgetting_twice_finds_nothing_the_second_time(house: House) -> None:
    first = await house.forgetting.forget(SUBJECT, BOB)
    assert first.removed["sentences"] == 2
    assert first.removed["findings"] == 2
    assert first.removed["entries"] > 0
    again = await house.forgetting.forget(SUBJECT, BOB)
    assert again.removed == {}
    assert again.id != first.id


async def test_what_gong_says_of_her_again_is_not_taken_in(house: House) -> None:
    await house.forgetting.forget(SUBJECT, BOB)
    for call, transcript, _ in (call_with_her(), call_that_names_her()):
        await house.records.calls.save(call, transcript)
    assert await house.records.calls.lacking_transcripts(["7", "8"]) == []
    assert await places_of(house.database, canaries()) == set()


async def test_a_call_that_is_worked_on_is_waited_for(house: House, records: Records) -> None:
    running, _ = await records.inbox.accept("call", "10", {}, "poll")
    call, transcript, _ = call_with_her()
    await records.calls.save(call.model_copy(update={"id": "10"}), Transcript(call_id="10", turns=transcript.turns))
    await records.inbox.claim(running.id, "worker", timedelta(seconds=30))
    receipt = await house.forgetting.forget(SUBJECT, BOB)
    assert (receipt.done_at, receipt.waiting) == (None, ("call 10 is worked on",))
    await records.calls.save_analysis("10", call_with_her()[2].model_copy(update={"call_id": "10"}))
    await records.calls.set_status("10", CallStatus.ANALYSED)
    await records.inbox.done(running.id, "worker")
    (resumed,) = await house.forgetting.resume()
    assert resumed.waiting[0].startswith("waiting for the index")
    assert await places_of(house.database, canaries()) == set()


async def test_somebody_whom_nobody_knows_leaves_everything_as_it_is(house: House) -> None:
    before = await house.entries.matching()
    receipt = await house.forgetting.forget("person:nobody@nowhere.example", BOB)
    assert receipt.removed == {}
    assert await house.entries.matching() == before


async def test_the_namesake_with_another_address_is_not_meant(house: House) -> None:
    call, transcript, _ = call_with_her()
    other = call.parties[0].model_copy(update={"email": "zyra@elsewhere.example", "crm": ()})
    call = call.model_copy(update={"id": "11", "title": "Another", "parties": (other, call.parties[1])})
    transcript = transcript.model_copy(update={"call_id": "11"})
    await house.records.calls.save(call, transcript)
    await house.forgetting.forget("person:zyra@elsewhere.example", BOB)
    seven, eleven = await house.records.calls.get("7"), await house.records.calls.get("11")
    assert seven is not None and eleven is not None and eleven.transcript is not None
    assert seven.call.parties[0].email == house_module.EMAIL.title()
    assert eleven.transcript.turns[1].sentences[0].text == FORGOTTEN


async def test_what_sophia_told_her_alone_is_gone_with_what_she_said(house: House) -> None:
    for id, role, person in (("1", "user", house_module.EMAIL), ("2", "assistant", None)):
        turn = Turn(id=id, role=role, text="A quiet word", audience=said_by(house_module.EMAIL), at=house_module.AT,
                    person=person)  # fmt: skip
        await house.memory.conversations.keep_turn("dm", turn)
    exported = (await house.forgetting.export(SUBJECT)).sections["memory"]
    assert len([entry for entry in exported if "A quiet word" in str(entry)]) == 2
    await house.forgetting.forget(SUBJECT, BOB)
    assert not [each for each in await house.entries.matching() if "A quiet word" in str(each.value)]
