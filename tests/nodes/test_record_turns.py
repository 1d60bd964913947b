"""Turns at records: one at a time where runs meet, side by side where they do not, and no two wait for each other."""

import asyncio

from nodes.turns import RecordTurns


async def test_two_runs_at_one_record_follow_each_other() -> None:
    turns, steps = RecordTurns(), list[str]()

    async def run(name: str) -> None:
        async with turns.hold(["deals/1"]):
            steps.append(f"{name} in")
            await asyncio.sleep(0)
            steps.append(f"{name} out")

    await asyncio.gather(run("a"), run("b"))
    assert steps == ["a in", "a out", "b in", "b out"]


async def test_runs_at_different_records_do_not_wait_for_each_other() -> None:
    turns, both = RecordTurns(), asyncio.Barrier(2)

    async def run(record: str) -> None:
        async with turns.hold([record]):
            await both.wait()

    await asyncio.wait_for(asyncio.gather(run("deals/1"), run("deals/2")), timeout=10)


async def test_runs_that_want_the_same_records_in_another_order_do_not_block() -> None:
    turns = RecordTurns()

    async def run(*records: str) -> None:
        for _ in range(20):
            async with turns.hold(records):
                await asyncio.sleep(0)

    await asyncio.wait_for(asyncio.gather(run("a", "b"), run("b", "a"), run("b", "b")), timeout=10)


async def test_a_run_that_fails_gives_its_turn_back() -> None:
    turns = RecordTurns()
    try:
        async with turns.hold(["deals/1"]):
            raise ValueError
    except ValueError:
        pass
    async with asyncio.timeout(10), turns.hold(["deals/1"]):
        pass
