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
    assert [effect.key for effect in await records.ledger.latest(2)] == ["a", "m"]


async def test_an_effect_goes_from_planned_over_sent_to_confirmed(records: Records, clock: Any) -> None:
    await records.ledger.plan([_effect("k")])
    await records.ledger.mark_sent(["k"])
    clock.pass_by(timedelta(seconds=5))
    await records.ledger.confirm("k", "900")
    [row] = await records.ledger.all()
    assert (row.status, row.remote_id, row.updated_at) == (EffectStatus.CONFIRMED, "900", clock.now())


async def test_what_failed_is_not_sent_again(records: Records) -> None:
    await records.ledger.plan([_effect("k")])
    await records.ledger.fail("k", "the deal is gone")
    with pytest.raises(RecordConflict, match="is failed and cannot become sent"):
        await records.ledger.mark_sent(["k"])


async def test_what_a_service_refused_may_be_planned_again_and_nothing_else(records: Records) -> None:
    await records.ledger.plan(
        [
            *(_effect("refused"), _effect("denied"), _effect("done"), _effect("other", "8")),
            *(_effect("undo", undoes="done"), _effect("allowed", approval_id="1")),
        ]
    )
    for key in ("refused", "other", "undo", "allowed"):
        await records.ledger.refuse(key, "HubSpot: the property does not exist")
    await records.ledger.fail("denied", "the policy does not allow this")
    await records.ledger.confirm("done")
    assert await records.ledger.replan("7") == ["refused"]
    rows = {row.key: (row.status, row.reason) for row in await records.ledger.all()}
    refused = (EffectStatus.FAILED, "refused: HubSpot: the property does not exist")
    assert rows == {
        "refused": (EffectStatus.PLANNED, None),
        "denied": (EffectStatus.FAILED, "the policy does not allow this"),
        "done": (EffectStatus.CONFIRMED, None),
        "other": refused,
        "undo": refused,
        "allowed": refused,
    }
    await records.ledger.mark_sent(["refused"])
    assert await _status(records, "refused") is EffectStatus.SENT


async def test_an_effect_is_undone_in_the_moment_its_undo_is_confirmed(records: Records) -> None:
    await records.ledger.plan([_effect("k", object_id="42")])
    await records.ledger.confirm("k", "42")
    await records.ledger.plan([_effect("u", object_id="42", undoes="k", asked_by="Dana")])
    await records.ledger.mark_sent(["u"])
    for _ in range(2):
        await records.ledger.take_back({"u": "put back"})
    done, undo = await records.ledger.all()
    assert (done.status, done.remote_id, done.reason) == (EffectStatus.UNDONE, "42", "taken back by Dana")
    assert (undo.status, undo.remote_id, undo.reason) == (EffectStatus.CONFIRMED, "42", "put back")
    assert await records.ledger.undoing(["k", "u"]) == [undo]


async def test_an_undo_of_what_was_never_done_changes_nothing(records: Records) -> None:
    await records.ledger.plan([_effect("k"), _effect("u", undoes="k", asked_by="Dana")])
    with pytest.raises(RecordConflict, match="is planned and cannot become undone"):
        await records.ledger.take_back({"u": "put back"})
    assert {row.status for row in await records.ledger.all()} == {EffectStatus.PLANNED}


async def test_an_effect_is_found_by_its_key_and_by_the_beginning_of_it(records: Records) -> None:
    await records.ledger.plan([_effect("abcdef11"), _effect("abcdef22"), _effect("abcde%33")])
    found = await records.ledger.get("abcdef11")
    assert found is not None and found.key == "abcdef11"
    assert await records.ledger.get("abcdef") is None
    assert [row.key for row in await records.ledger.matching("ABCDEF1")] == ["abcdef11"]
    assert [row.key for row in await records.ledger.matching("abcdef")] == ["abcdef11", "abcdef22"]
    assert await records.ledger.matching("abcde") == []
    assert [row.key for row in await records.ledger.matching("abcde%")] == ["abcde%33"]


async def test_what_has_not_been_heard_of_for_long_is_unsettled(records: Records, clock: Any) -> None:
    await records.ledger.plan([_effect("planned"), _effect("sent"), _effect("done"), _effect("young")])
    await records.ledger.mark_sent(["sent"])
    await records.ledger.confirm("done")
    clock.pass_by(timedelta(hours=1))
    await records.ledger.mark_sent(["young"])
    assert [row.key for row in await records.ledger.unsettled(timedelta(hours=1))] == ["planned", "sent"]
    assert await records.ledger.unsettled(timedelta(hours=2)) == []


async def test_saying_the_same_twice_changes_nothing(records: Records) -> None:
    await records.ledger.plan([_effect("k")])
    for _ in range(2):
        await records.ledger.mark_sent(["k"])
    for _ in range(2):
        await records.ledger.confirm("k", "900")
    await records.ledger.confirm("k")
    [row] = await records.ledger.all()
    assert (row.status, row.remote_id) == (EffectStatus.CONFIRMED, "900")


@pytest.mark.parametrize("step", ["mark_sent", "fail"])
async def test_no_step_leads_back_from_confirmed(records: Records, step: str) -> None:
    await records.ledger.plan([_effect("k")])
    await records.ledger.confirm("k")
    arguments = {"mark_sent": (["k"],), "fail": ("k", "no")}[step]
    with pytest.raises(RecordConflict, match="is confirmed and cannot become"):
        await getattr(records.ledger, step)(*arguments)
    assert await _status(records, "k") is EffectStatus.CONFIRMED


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
