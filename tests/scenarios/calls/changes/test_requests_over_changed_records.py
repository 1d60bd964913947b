"""A request that waits shows what the record holds now, follows a merge, and goes when there is nothing to ask."""

from typing import Any

import pytest

from memory.approvals import Answer, Approval, ApprovalStatus
from memory.ledger import effect_key


async def stage_request(house: Any) -> Approval:
    asked: Approval
    (asked,) = await house.context.records.approvals.of_records("deals", ["301"])
    return asked


async def test_the_new_stage_is_shown_by_its_name_in_a_new_round(house: Any, people: Any) -> None:
    before = await stage_request(house)
    assert (before.current, before.proposed) == ("s2", "s3")
    await people.change("deals", "301", dealstage="s1")
    assert (await people.heard()).restated == 1
    after = await stage_request(house)
    assert (after.status, after.round, after.current, after.current_label) == (
        ApprovalStatus.WAITING,
        2,
        "s1",
        "Discovery",
    )
    assert after.payload_hash != before.payload_hash


async def test_hearing_of_it_again_begins_no_further_round(house: Any, people: Any) -> None:
    await people.change("deals", "301", dealstage="s1")
    await people.heard()
    await people.tell("deals", "301", "dealstage")
    assert (await people.heard()).restated == 0
    assert (await stage_request(house)).round == 2


async def test_a_date_written_another_way_is_no_other_date(house: Any, people: Any) -> None:
    about = {"id": "date", "field": "closedate", "current": "1774915200000", "proposed": "2026-04-30", "number": None}
    asked = (await stage_request(house)).model_copy(update={**about, "object_id": "302"})
    await people.edit("deals", "302", closedate="2026-03-31T00:00:00Z")
    await house.context.records.approvals.request([asked])
    await people.tell("deals", "302", "closedate")
    heard = await people.heard()
    assert (heard.events, heard.restated) == (1, 0)


async def test_what_somebody_has_done_already_is_not_asked_any_more(house: Any, people: Any) -> None:
    await people.change("deals", "301", dealstage="s3")
    assert (await people.heard()).withdrawn == 1
    asked = await stage_request(house)
    assert (asked.status, asked.outcome) == (ApprovalStatus.WITHDRAWN, "HubSpot holds that already")


async def test_another_property_of_the_record_is_no_matter(house: Any, people: Any) -> None:
    before = await stage_request(house)
    await people.change("deals", "301", amount="2000")
    await people.heard()
    assert await stage_request(house) == before


async def test_what_was_answered_stays_as_it_was_answered(house: Any, people: Any) -> None:
    asked = await stage_request(house)
    answer = Answer(decision="approve", by="dana@ours.example", via="cli", at=house.clock.now(), round=1)
    answered, _ = await house.context.records.approvals.answer(asked.id, asked.payload_hash, answer)
    await people.change("deals", "301", dealstage="s1")
    await people.delete("deals", "301")
    heard = await people.heard()
    assert (heard.restated, heard.withdrawn) == (0, 0)
    assert await stage_request(house) == answered


async def test_nobody_is_asked_about_a_deal_that_was_deleted(house: Any, people: Any) -> None:
    await people.delete("deals", "301")
    heard = await people.heard()
    assert (heard.gone, heard.withdrawn) == (1, 1)
    asked = await stage_request(house)
    assert (asked.status, asked.outcome) == (ApprovalStatus.WITHDRAWN, "the deal was deleted in HubSpot")


async def test_after_a_merge_the_record_that_is_left_is_asked_about(house: Any, people: Any) -> None:
    before = await stage_request(house)
    await people.merge("deals", "302", "301")
    heard = await people.heard()
    assert (heard.merged, heard.moved, heard.withdrawn) == (1, 1, 0)
    former = await stage_request(house)
    assert (former.status, former.outcome) == (
        ApprovalStatus.WITHDRAWN,
        "the deal was merged into Birch pilot: it is asked there",
    )
    (moved,) = await house.context.records.approvals.of_records("deals", ["302"])
    assert (moved.id, moved.status, moved.current, moved.current_label) == (
        effect_key(before.id, "302"),
        ApprovalStatus.WAITING,
        "s1",
        "Discovery",
    )
    assert (moved.proposed, moved.quote, moved.object_name, moved.approvers) == (
        before.proposed,
        before.quote,
        "Birch pilot",
        before.approvers,
    )


async def test_hearing_of_a_merge_again_asks_nothing_more(house: Any, people: Any) -> None:
    await people.merge("deals", "302", "301")
    await people.heard()
    await people.tell("deals", "302", kind="merge", merged_ids=("301",))
    assert (await people.heard()).moved == 0
    assert len(await house.context.records.approvals.waiting()) == 1


@pytest.mark.parametrize(
    ("stage", "why"),
    [("s3", "which is so already"), ("s2", "where the same is asked already")],
    ids=["as proposed", "asked already"],
)
async def test_a_merge_into_a_deal_where_nothing_is_left_to_ask_withdraws(
    house: Any, people: Any, stage: str, why: str
) -> None:
    asked = await stage_request(house)
    same = asked.model_copy(update={"id": "same", "object_id": "303", "number": None, "current": stage})
    if stage == "s2":
        await house.context.records.approvals.request([same])
    else:
        await people.change("deals", "303", dealstage=stage)
    await people.merge("deals", "303", "301")
    heard = await people.heard()
    assert (heard.moved, heard.withdrawn) == (0, 1)
    assert (await stage_request(house)).outcome == f"the deal was merged into Birch add-on, {why}"
