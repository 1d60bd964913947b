"""Effects go forwards only, and their keys are theirs alone."""

from datetime import timedelta
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import RecordConflict
from memory.ledger import Effect, EffectStatus, effect_key
from memory.records import Records


def _effect(key: str, call_id: str = "7", **values: Any) -> Effect:
    action: Literal["update"] = "update"
    return Effect(
        key=key, call_id=call_id, agent="crm_sync", service="hubspot", action=action, object_type="deals", **values
    )


async def _status(records: Records, key: str) -> EffectStatus:
    return next(effect.status for effect in await records.ledger.all() if effect.key == key)


def test_a_key_is_the_same_tomorrow() -> None:
    assert effect_key("7", "note", "deals") == "39efdcb18ef3da706090963182c3b140734ff219"


@given(st.lists(st.text()), st.lists(st.text()))
def test_only_equal_parts_have_an_equal_key(one: list[str], other: list[str]) -> None:
    assert (effect_key(*one) == effect_key(*other)) == (one == other)
    assert len(effect_key(*one)) == 40


def test_moving_a_letter_from_one_part_to_the_next_makes_another_key() -> None:
    assert len({effect_key("ab", "c"), effect_key("a", "bc"), effect_key("abc"), effect_key("1:a", "bc")}) == 4


async def test_a_planned_effect_comes_back_whole(records: Records, clock: Any) -> None:
    effect = _effect(
        "k", object_id="42", field="sophia_risk", before=None, after="high", payload={"properties": {"n": [1, None]}}
    )
    [row] = await records.ledger.plan([effect])
    assert row == effect.model_copy(update={"created_at": clock.now(), "updated_at": clock.now()})
    assert await records.ledger.of_call("7") == [row]


async def test_a_key_that_is_there_keeps_its_row_and_status(records: Records) -> None:
    await records.ledger.plan([_effect("k", after="1")])
    await records.ledger.mark_sent(["k"])
    await records.ledger.confirm("k", "900")
    again = await records.ledger.plan([_effect("new"), _effect("k", after="2"), _effect("new")])
    assert [(row.key, row.after, row.status, row.remote_id) for row in again] == [
        ("new", None, EffectStatus.PLANNED, None),
        ("k", "1", EffectStatus.CONFIRMED, "900"),
        ("new", None, EffectStatus.PLANNED, None),
    ]
    assert len(await records.ledger.all()) == 2


async def test_planning_nothing_is_no_work(records: Records) -> None:
    assert await records.ledger.plan([]) == []


async def test_effects_keep_the_order_they_were_planned_in(records: Records) -> None:
    await records.ledger.plan([_effect("z"), _effect("a", call_id="8")])
    await records.ledger.plan([_effect("m")])
    assert [effect.key for effect in await records.ledger.of_call("7")] == ["z", "m"]
    assert [effect.key for effect in await records.ledger.all()] == ["z", "a", "m"]


async def test_an_effect_goes_from_planned_over_sent_to_confirmed_and_may_be_undone(
    records: Records, clock: Any
) -> None:
    await records.ledger.plan([_effect("k")])
    await records.ledger.mark_sent(["k"])
    clock.pass_by(timedelta(seconds=5))
    await records.ledger.confirm("k", "900")
    [row] = await records.ledger.all()
    assert (row.status, row.remote_id, row.updated_at) == (EffectStatus.CONFIRMED, "900", clock.now())
    await records.ledger.undo("k", "asked for by Dana")
    [row] = await records.ledger.all()
    assert (row.status, row.remote_id, row.reason) == (EffectStatus.UNDONE, "900", "asked for by Dana")


async def test_what_failed_is_sent_again_only_after_it_was_planned_again(records: Records) -> None:
    await records.ledger.plan([_effect("k")])
    await records.ledger.fail("k", "the deal is gone")
    with pytest.raises(RecordConflict, match="is failed and cannot become sent"):
        await records.ledger.mark_sent(["k"])
    await records.ledger.replan(["k"])
    [row] = await records.ledger.all()
    assert (row.status, row.reason) == (EffectStatus.PLANNED, None)
    await records.ledger.mark_sent(["k"])
    assert await _status(records, "k") is EffectStatus.SENT


async def test_saying_the_same_twice_changes_nothing(records: Records) -> None:
    await records.ledger.plan([_effect("k")])
    for _ in range(2):
        await records.ledger.mark_sent(["k"])
    for _ in range(2):
        await records.ledger.confirm("k", "900")
    await records.ledger.confirm("k")
    [row] = await records.ledger.all()
    assert (row.status, row.remote_id) == (EffectStatus.CONFIRMED, "900")


@pytest.mark.parametrize("step", ["mark_sent", "fail", "replan"])
async def test_no_step_leads_back_from_confirmed(records: Records, step: str) -> None:
    await records.ledger.plan([_effect("k")])
    await records.ledger.confirm("k")
    arguments = {"mark_sent": (["k"],), "fail": ("k", "no"), "replan": (["k"],)}[step]
    with pytest.raises(RecordConflict, match="is confirmed and cannot become"):
        await getattr(records.ledger, step)(*arguments)
    assert await _status(records, "k") is EffectStatus.CONFIRMED


async def test_what_was_not_confirmed_cannot_be_undone(records: Records) -> None:
    await records.ledger.plan([_effect("k")])
    with pytest.raises(RecordConflict, match="is planned and cannot become undone"):
        await records.ledger.undo("k", "no")


async def test_a_second_remote_id_for_one_key_is_a_conflict(records: Records) -> None:
    await records.ledger.plan([_effect("k")])
    await records.ledger.confirm("k", "900")
    with pytest.raises(RecordConflict, match="is confirmed as 900 and cannot become confirmed as 901"):
        await records.ledger.confirm("k", "901")


async def test_of_several_steps_all_are_taken_or_none(records: Records) -> None:
    await records.ledger.plan([_effect("a"), _effect("b")])
    with pytest.raises(RecordConflict, match="effect unknown was never planned"):
        await records.ledger.confirm_many({"a": "1", "unknown": None, "b": "2"})
    assert {effect.status for effect in await records.ledger.all()} == {EffectStatus.PLANNED}
    await records.ledger.confirm_many({"a": "1", "b": None})
    counts = await records.ledger.counts()
    assert counts[EffectStatus.CONFIRMED] == 2
    assert set(counts) == set(EffectStatus)
