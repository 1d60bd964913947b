"""What people change after Sophia wrote it is known, with both values, for as long as it differs."""

from datetime import UTC, datetime, timedelta
from typing import Any

from core.calls import Call
from core.people import TERMINAL
from memory.drift import WHOLE_RECORD, Drift
from memory.ledger import Effect, EffectStatus, effect_key
from nodes.crm_changes.handling import handle_changes
from nodes.undo.ordering import order_of
from nodes.undo.undoing import run_undo

RISK = "Honestly we are worried about the price."


async def open_drifts(house: Any) -> list[tuple[str, str | None, str | None, str | None]]:
    return [(each.field, each.written, each.found, each.source) for each in await house.context.records.drifts.open()]


async def test_another_value_in_place_of_sophias_is_noticed_once(house: Any, people: Any) -> None:
    await people.change("deals", "301", sophia_risk="None at all", dealname="Acme, all of it")
    assert (await people.heard()).drifted == 1
    await people.tell("deals", "301", "sophia_risk")
    assert (await people.heard()).drifted == 0
    assert await open_drifts(house) == [("sophia_risk", RISK, "None at all", "CRM_UI")]


async def test_an_event_of_sophias_own_write_is_not_taken_for_what_made_the_change(house: Any, people: Any) -> None:
    await people.edit("deals", "301", sophia_risk="None at all")
    await people.tell("deals", "301", "sophia_risk", value=RISK, source="INTEGRATION")
    await people.heard()
    assert await open_drifts(house) == [("sophia_risk", RISK, "None at all", None)]
    await people.tell("deals", "301", "sophia_risk", value="None at all")
    await people.heard()
    assert await open_drifts(house) == [("sophia_risk", RISK, "None at all", "CRM_UI")]


class WritesMeanwhile:
    """HubSpot as it is read while Sophia writes: by the time the answer is here, the ledger has moved on."""

    def __init__(self, crm: Any, write: Any) -> None:
        self._crm = crm
        self._write = write

    def __getattr__(self, name: str) -> Any:
        return getattr(self._crm, name)

    async def read(self, *arguments: Any) -> Any:
        found = await self._crm.read(*arguments)
        await self._write()
        return found


async def test_what_sophia_wrote_while_the_record_was_read_is_left_to_the_next_look(house: Any, people: Any) -> None:
    async def write() -> None:
        key = effect_key("meanwhile")
        await house.context.records.ledger.plan([await similar(house, key, "Something new")])
        await house.context.records.ledger.mark_sent([key])
        await house.context.records.ledger.confirm(key, "301")

    context = house.but(crm=WritesMeanwhile(house.context.crm, write))
    await people.tell("deals", "301", "sophia_risk")
    assert (await handle_changes(context, 9)).drifted == 0
    assert await open_drifts(house) == []


async def test_what_nobody_changed_is_no_drift(house: Any, people: Any) -> None:
    for effect in await house.effects():
        if effect.service == "hubspot":
            await people.tell(effect.object_type, effect.object_id or effect.remote_id, effect.field or "hs_note_body")
    heard = await people.heard()
    assert heard.events > 8
    assert await open_drifts(house) == []


async def test_a_value_that_was_put_back_is_no_drift_any_more(house: Any, people: Any) -> None:
    await people.change("deals", "301", sophia_risk="None at all")
    await people.heard()
    await people.change("deals", "301", sophia_risk=RISK)
    assert (await people.heard()).agreed == 1
    assert await open_drifts(house) == []


async def test_what_sophia_writes_later_ends_the_drift_of_the_former_value(house: Any, people: Any) -> None:
    await people.change("deals", "301", sophia_risk="None at all")
    await people.heard()
    effects = house.context.records.ledger
    key = effect_key("later")
    await effects.plan([await similar(house, key, "None at all")])
    await effects.mark_sent([key])
    await effects.confirm(key, "301")
    await people.tell("deals", "301", "sophia_risk")
    await people.heard()
    assert await open_drifts(house) == []


async def test_a_property_that_sophia_is_just_writing_is_not_judged(house: Any, people: Any) -> None:
    await people.change("deals", "301", sophia_risk="None at all")
    key = effect_key("later")
    await house.context.records.ledger.plan([await similar(house, key, "Something new")])
    await people.heard()
    assert await open_drifts(house) == []


async def test_drift_stays_known_while_sophia_is_writing(house: Any, people: Any) -> None:
    await people.change("deals", "301", sophia_risk="None at all")
    await people.heard()
    before = await open_drifts(house)
    await house.context.records.ledger.plan([await similar(house, effect_key("later"), "Something new")])
    await people.tell("deals", "301", "sophia_risk")
    assert (await people.heard()).agreed == 0
    assert await open_drifts(house) == before != []


async def similar(house: Any, key: str, after: str, **about: Any) -> Effect:
    """Another write of Acme's risk."""
    effects: list[Effect] = [effect for effect in await house.effects() if effect.field == "sophia_risk"]
    return effects[0].model_copy(
        update={"key": key, "after": after, "status": EffectStatus.PLANNED, "remote_id": None, **about}
    )


async def test_what_was_taken_back_is_peoples_own_again(house: Any, people: Any) -> None:
    await people.change("deals", "301", sophia_risk="None at all")
    await people.heard()
    written = next(effect for effect in await house.effects() if effect.field == "sophia_risk")
    undo = await similar(house, effect_key("undo"), "", undoes=written.key, asked_by="dana@ours.example")
    await house.context.records.ledger.plan([undo])
    await house.context.records.ledger.mark_sent([undo.key])
    await house.context.records.ledger.take_back({undo.key: "put back"})
    await people.tell("deals", "301", "sophia_risk")
    await people.heard()
    assert await open_drifts(house) == []


async def test_a_call_that_was_taken_back_leaves_no_drift(house: Any, people: Any) -> None:
    await people.change("deals", "301", sophia_risk="None at all")
    await people.heard()
    order = await order_of(house.context, TERMINAL, call_id="9001")
    await run_undo(house.context, order)
    assert house.made("notes") == []
    for effect in await house.effects():
        if effect.service == "hubspot":
            await people.tell(effect.object_type, effect.object_id or effect.remote_id, effect.field or "hs_note_body")
    await people.heard()
    risk = [("sophia_risk", RISK, "None at all", "CRM_UI")]  # the one that was left as people have it
    assert await open_drifts(house) == risk


async def test_a_later_call_that_was_planned_first_has_the_last_word(house: Any, people: Any) -> None:
    started = datetime(2026, 3, 9, 10, tzinfo=UTC)
    await house.context.records.calls.save(Call(id="older", started=started), None)
    key = effect_key("older")
    await house.context.records.ledger.plan([await similar(house, key, "We are worried.", call_id="older")])
    await house.context.records.ledger.mark_sent([key])
    await house.context.records.ledger.confirm(key, "301")
    await people.tell("deals", "301", "sophia_risk")
    assert (await people.heard()).drifted == 0


async def test_a_date_written_another_way_is_the_same_date(house: Any, people: Any) -> None:
    table = house.server.frame.store.table("hubspot.deals")
    properties = table["301"]["properties"]
    assert properties["sophia_next_step_due"] == "2026-03-13"
    table["301"] = {**table["301"], "properties": {**properties, "sophia_next_step_due": "1773360000000"}}
    await people.tell("deals", "301", "sophia_next_step_due")
    assert (await people.heard()).drifted == 0


async def test_a_note_of_sophias_that_somebody_deleted_is_noticed_and_one_of_others_is_not(
    house: Any, people: Any
) -> None:
    (own,) = house.table("hubspot.notes")
    await people.delete("notes", own)
    await people.tell("notes", "123456", kind="deletion")
    heard = await people.heard()
    assert (heard.events, heard.gone, heard.drifted) == (2, 1, 1)
    (drift,) = await house.context.records.drifts.open()
    assert (drift.object_type, drift.object_id, drift.field, drift.found) == ("notes", own, WHOLE_RECORD, None)


async def test_a_record_that_is_gone_differs_in_nothing(house: Any, people: Any) -> None:
    await people.change("deals", "301", sophia_risk="None at all")
    await people.heard()
    await people.delete("deals", "301")
    assert (await people.heard()).agreed == 1
    assert await open_drifts(house) == []


async def test_when_it_was_first_found_is_kept(house: Any, people: Any) -> None:
    await people.change("deals", "301", sophia_risk="None at all")
    await people.heard()
    noticed_at = house.clock.now()
    house.clock.advance(timedelta(hours=1))
    await people.change("deals", "301", amount="5")
    await people.heard()
    found: list[Drift] = await house.context.records.drifts.open()
    assert [drift.noticed_at for drift in found] == [noticed_at]
