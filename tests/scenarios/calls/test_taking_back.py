"""What was done for a call is taken back by a person's order: once, and only where nobody changed it since."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from core.errors import NotAllowed, NotUsable, RecordConflict, Rejected, Unavailable
from core.people import TERMINAL, Person
from memory.approvals import ApprovalStatus
from memory.calls import CallStatus
from memory.ledger import EffectStatus
from nodes.undo.ordering import order_of
from nodes.undo.request import UndoReport, UndoRequest
from nodes.undo.undoing import preview_undo, report_of, run_undo

FIELDS = {
    "contacts": ("last_call_date", "last_call_sentiment", "last_call_summary"),
    "deals": ("last_call_date", "sophia_next_step", "sophia_next_step_due", "sophia_risk"),
}
DANA = Person(email="dana@ours.example", name="Dana Reyes", admin=True)


@pytest.fixture
async def house(world: Any, open_house: Any) -> Any:
    """The house after Acme's call: a note, two tasks, seven properties, two messages and one approval."""
    world.add_call("9001", deals=["301"], companies=["101"])
    house = await open_house()
    await house.run("9001")
    return house


async def order(house: Any, target: str = "9001", person: Person = TERMINAL) -> UndoRequest:
    if target in ("1", "2", "9001"):
        return await order_of(house.context, person, call_id=target)
    return await order_of(house.context, person, effect_key=target)


async def undo(house: Any, target: str = "9001", person: Person = TERMINAL) -> UndoReport:
    return await run_undo(house.context, await order(house, target, person))


async def effect_on(house: Any, field: str, type: str = "deals") -> Any:
    rows = [row for row in await house.effects() if (row.object_type, row.field) == (type, field) and not row.undoes]
    return rows[-1]


async def status_of(house: Any, key: str) -> EffectStatus:
    statuses: dict[str, EffectStatus] = {row.key: row.status for row in await house.effects()}
    return statuses[key]


def written(house: Any) -> dict[str, str]:
    records = {"contacts": house.properties("contacts", "201"), "deals": house.properties("deals", "301")}
    return {f"{type}.{name}": records[type].get(name) or "" for type, names in FIELDS.items() for name in names}


def updates(house: Any) -> int:
    paths = house.server.frame.requests.report()["hubspot"]["by_path"]
    return sum(count for path, count in paths.items() if "batch/update" in path)


async def test_a_call_is_taken_back_whole(house: Any) -> None:
    report = await undo(house)
    assert [item.outcome for item in report.items].count("undone") == 10
    assert set(written(house).values()) == {""}
    assert (house.made("notes"), house.made("tasks"), len(house.messages())) == ([], [], 2)
    rows = await house.effects()
    done = [row for row in rows if row.undoes is None and row.service == "hubspot"]
    undos = {row.undoes: row for row in rows if row.undoes}
    assert {row.status for row in done} == {EffectStatus.UNDONE}
    assert {row.status for row in undos.values()} == {EffectStatus.CONFIRMED}
    assert {row.asked_by for row in undos.values()} == {"the terminal"}
    for row in done:
        undone = undos[row.key]
        assert (undone.before, undone.after, undone.call_id) == (row.after, row.before, "9001")
        assert undone.action == ("archive" if row.action == "create" else "update")


async def test_a_message_in_slack_stays_and_the_report_says_so(house: Any) -> None:
    report = await undo(house)
    assert [item.what for item in report.of("stays")] == [
        "Slack message to the channel",
        "Slack message to the owner",
    ]
    assert report.in_words() == "10 of 10 changes taken back, 2 Slack messages left standing, 1 approval withdrawn"


async def test_what_the_call_still_asks_is_withdrawn(house: Any) -> None:
    (approval,) = await house.context.records.approvals.waiting()
    report = await undo(house, person=DANA)
    assert report.withdrawn == (approval.number,)
    withdrawn = await house.context.records.approvals.get(approval.id)
    assert withdrawn.status is ApprovalStatus.WITHDRAWN
    assert "dana@ours.example" in withdrawn.outcome


async def test_a_value_that_stood_there_before_is_put_back(world: Any, open_house: Any) -> None:
    world.add_call("1", deals=["301"], companies=["101"], started="2026-03-09T10:00:00-05:00")
    later = (("ana", "We are worried about the date."), ("dana", "I'll send the plan."))
    world.add_call("2", later, deals=["301"], companies=["101"])
    house = await open_house()
    await house.run("1")
    before = written(house)
    house.clock.advance(timedelta(hours=1))
    await house.run("2")
    assert written(house) != before
    await undo(house, "2")
    assert written(house) == before


async def test_what_a_later_call_wrote_is_not_taken_back_with_the_earlier(world: Any, open_house: Any) -> None:
    world.add_call("1", deals=["301"], companies=["101"], started="2026-03-09T10:00:00-05:00")
    world.add_call("2", (("ana", "We are worried about the date."),), deals=["301"], companies=["101"])
    house = await open_house()
    await house.run("1")
    house.clock.advance(timedelta(hours=1))
    await house.run("2")
    report = await undo(house, "1")
    assert house.properties("deals", "301")["sophia_risk"] == "We are worried about the date."
    left = {item.what: item.words for item in report.of("left")}
    assert "Sophia has written it again since, for call 2" in left["Risk from calls of Acme rollout"]
    assert (house.properties("deals", "301").get("sophia_next_step") or "") == ""  # the rest is taken back


async def test_a_value_that_a_person_changed_is_left_and_all_three_values_are_told(house: Any) -> None:
    house.edit("deals", "301", sophia_risk="Waiting for legal")
    effect = await effect_on(house, "sophia_risk")
    (item,) = (await undo(house, effect.key)).items
    assert item.outcome == "left"
    assert item.words == (
        "it holds “Waiting for legal” now; Sophia wrote “Honestly we are worried about the price.”, "
        "and before that it held nothing"
    )
    assert house.properties("deals", "301")["sophia_risk"] == "Waiting for legal"
    assert await status_of(house, effect.key) is EffectStatus.CONFIRMED


async def test_what_was_left_can_be_taken_back_once_the_record_holds_it_again(house: Any) -> None:
    effect = await effect_on(house, "sophia_risk")
    wrote = house.properties("deals", "301")["sophia_risk"]
    house.edit("deals", "301", sophia_risk="Waiting for legal")
    await undo(house, effect.key)
    house.edit("deals", "301", sophia_risk=wrote)
    (item,) = (await undo(house, effect.key)).items
    assert (item.outcome, await status_of(house, effect.key)) == ("undone", EffectStatus.UNDONE)


async def test_a_day_in_another_form_is_the_same_day(house: Any) -> None:
    house.edit("deals", "301", sophia_next_step_due="1773360000000")  # 2026-03-13 in milliseconds
    (item,) = (await undo(house, (await effect_on(house, "sophia_next_step_due")).key)).items
    assert item.outcome == "undone"


async def test_a_value_that_a_person_put_back_already_is_not_written_again(house: Any) -> None:
    house.edit("deals", "301", sophia_risk="")
    asked = updates(house)
    (item,) = (await undo(house, (await effect_on(house, "sophia_risk")).key)).items
    assert (item.outcome, item.words) == ("undone", "somebody has put back nothing already")
    assert updates(house) == asked


async def test_a_deal_deleted_meanwhile_is_told_and_the_rest_goes_on(house: Any) -> None:
    house.delete("deals", "301")
    report = await undo(house)
    assert len(report.of("left")) == 4
    assert {item.words for item in report.of("left")} == {"its record is not in HubSpot any more"}
    assert len(report.of("undone")) == 6


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        ({"hs_task_status": "COMPLETED"}, "its status is “COMPLETED” now"),
        ({"hs_task_subject": "Call Ana"}, "its title is “Call Ana” now"),
        ({"hubspot_owner_id": "2"}, "its owner is “2” now"),
        ({"hs_task_body": "<p>Done by phone</p>"}, "its text was edited"),
        ({"hs_timestamp": "2026-04-01T09:00:00Z"}, "its date is “2026-04-01T09:00:00Z” now"),
    ],
    ids=["completed", "renamed", "handed over", "rewritten", "put off"],
)
async def test_a_task_that_a_person_has_worked_on_is_left(house: Any, edit: dict[str, str], said: str) -> None:
    first, second = house.table("hubspot.tasks")
    house.edit("tasks", first, **edit)
    report = await undo(house)
    (item,) = report.of("left")
    assert item.words == f"a person has worked on it since: {said}"
    assert [id for id, task in house.table("hubspot.tasks").items() if task["archived"]] == [second]


async def test_a_note_that_a_person_deleted_counts_as_taken_back(house: Any) -> None:
    (id,) = house.table("hubspot.notes")
    house.delete("notes", id)
    report = await undo(house)
    assert [item.words for item in report.items if item.what == f"note {id}"] == ["it was gone already"]
    assert len(report.of("undone")) == 10


async def test_a_call_taken_back_is_not_done_again_by_running_it_again(house: Any) -> None:
    await undo(house)
    await house.context.records.calls.set_status("9001", CallStatus.RECEIVED)
    await house.run("9001")
    assert set(written(house).values()) == {""}
    assert (house.made("notes"), house.made("tasks")) == ([], [])


async def test_a_later_call_writes_again_what_was_taken_back(house: Any) -> None:
    await undo(house)
    house.appear("9002", deals=["301"], companies=["101"], started="2026-03-11T10:00:00-05:00")
    house.clock.advance(timedelta(days=1))
    await house.run("9002")
    assert house.properties("deals", "301")["sophia_risk"] == "Honestly we are worried about the price."


async def test_a_second_order_finds_nothing_to_do(house: Any) -> None:
    await undo(house)
    before = (written(house), house.requests("hubspot"))
    assert (await undo(house)).of("undone") == []
    effect = await effect_on(house, "sophia_risk")
    (item,) = (await undo(house, effect.key)).items
    assert (item.outcome, item.words) == ("undone", "it was taken back by the terminal already")
    assert (written(house), house.requests("hubspot")) == before


async def test_two_orders_at_once_make_one_effect(house: Any) -> None:
    orders = [await order(house, person=person) for person in (TERMINAL, DANA)]
    reports = await asyncio.gather(*(run_undo(house.context, one) for one in orders))
    assert [len(report.of("undone")) for report in reports] == [10, 10]
    undos = [row for row in await house.effects() if row.undoes]
    assert len(undos) == 10
    assert len(reports[0].withdrawn) + len(reports[1].withdrawn) == 1


async def test_an_undo_of_an_undo_writes_the_value_again_as_an_effect_of_its_own(house: Any) -> None:
    effect = await effect_on(house, "sophia_risk")
    await undo(house, effect.key)
    (first,) = await house.context.records.ledger.undoing([effect.key])
    (item,) = (await undo(house, first.key)).items
    assert item.outcome == "undone"
    assert house.properties("deals", "301")["sophia_risk"] == effect.after
    assert await status_of(house, effect.key) is EffectStatus.UNDONE
    (second,) = await house.context.records.ledger.undoing([first.key])
    assert (second.after, second.status) == (effect.after, EffectStatus.CONFIRMED)
    report = await undo(house)  # the call's values stand again, so they are taken back with the call
    assert second.key in {item.key for item in report.of("undone")}
    assert (house.properties("deals", "301").get("sophia_risk") or "") == ""


async def test_what_was_archived_is_not_made_again(house: Any) -> None:
    await undo(house)
    archive = next(row for row in await house.effects() if row.action == "archive")
    (item,) = (await undo(house, archive.key)).items
    assert item.outcome == "left"
    assert "recycling bin" in item.words


async def test_a_dry_run_says_the_same_and_changes_nothing(house: Any) -> None:
    house.edit("deals", "301", sophia_risk="Waiting for legal")
    before, rows = house.standing(), await house.effects()
    wanted = await order(house)
    said = await preview_undo(house.context, wanted)
    assert (house.standing(), await house.effects()) == (before, rows)
    assert [row.status for row in await house.context.records.approvals.all()] == [ApprovalStatus.WAITING]
    assert await run_undo(house.context, wanted) == said


async def test_while_hubspot_is_down_the_order_stays_and_is_carried_out_later(house: Any) -> None:
    wanted = await order(house)
    house.fault("hubspot", "server_error", times=None)
    with pytest.raises(Unavailable):
        await run_undo(house.context, wanted)
    assert len((await report_of(house.context, wanted)).of("waits")) == 10
    house.mend()
    report = await run_undo(house.context, wanted)
    assert len(report.of("undone")) == 10
    assert await report_of(house.context, wanted) == report


async def test_a_write_whose_answer_never_came_is_read_back(world: Any, open_house: Any) -> None:
    world.add_call("9001", deals=["301"], companies=["101"])
    house = await open_house(timeout_s=1.5)
    await house.run("9001")
    wanted = await order(house)
    house.fault("hubspot", "timeout_after_commit", "POST .*/deals/batch/update")
    with pytest.raises(Unavailable):
        await run_undo(house.context, wanted)
    report = await run_undo(house.context, wanted)
    assert len(report.of("undone")) == 10
    assert {row.status for row in await house.effects() if row.undoes} == {EffectStatus.CONFIRMED}


class Refusing:
    """HubSpot, where the account may read only."""

    def __init__(self, crm: Any) -> None:
        self._crm = crm

    def __getattr__(self, name: str) -> Any:
        return getattr(self._crm, name)

    async def update(self, *_arguments: Any) -> Any:
        raise Rejected("HubSpot", "not today")

    async def archive(self, *_arguments: Any) -> None:
        raise Rejected("HubSpot", "not today")


async def test_what_hubspot_refuses_is_left_with_its_reason(house: Any) -> None:
    wanted = await order(house)
    for _ in range(2):  # carried out once more, the same order does not try again what was refused
        report = await run_undo(house.but(crm=Refusing(house.context.crm)), wanted)
        assert {item.words for item in report.of("left")} == {"HubSpot: not today"}
        assert len(report.of("left")) == 10
    effect = await effect_on(house, "sophia_risk")
    assert await status_of(house, effect.key) is EffectStatus.CONFIRMED
    assert len((await undo(house)).of("undone")) == 10


async def test_while_the_call_is_being_worked_on_it_is_not_taken_back(house: Any) -> None:
    inbox = house.context.records.inbox
    delivery, _ = await inbox.accept("call", "9001", {}, "analyze")
    with pytest.raises(RecordConflict, match="call 9001 is still being worked on"):
        await undo(house)
    assert len((await undo(house, (await effect_on(house, "sophia_risk")).key)).of("undone")) == 1
    await inbox.done(delivery.id)
    await undo(house)


async def test_only_an_admin_may_order_it(house: Any) -> None:
    with pytest.raises(NotAllowed):
        await undo(house, person=Person(email="bea@ours.example", name="Bea"))


async def test_an_effect_is_named_by_the_beginning_of_its_key(house: Any) -> None:
    effect = await effect_on(house, "sophia_risk")
    assert len((await undo(house, effect.key[:8])).of("undone")) == 1


@pytest.mark.parametrize(("name", "said"), [("abc", "too short"), ("nothing-such", "no effect's key begins so")])
async def test_what_names_nothing_is_refused_in_words(house: Any, name: str, said: str) -> None:
    with pytest.raises(NotUsable, match=said):
        await undo(house, name)
