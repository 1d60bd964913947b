"""A record has one holder at a time, whichever process asks, and nobody holds one for ever."""

import asyncio
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from core.identity import worker_name
from memory.database import Database
from memory.turns import LEASE, Lease, TurnLeases


@pytest.fixture
def leases(database: Database, clock: Any) -> TurnLeases:
    return TurnLeases(database, clock)


async def taken(leases: TurnLeases, *records: str) -> Lease:
    lease = await leases.take(leases.wanted(records))
    assert lease is not None
    return lease


async def is_taken(leases: TurnLeases, *records: str) -> bool:
    return await leases.take(leases.wanted(records)) is None


async def test_what_one_holds_another_does_not_get(leases: TurnLeases) -> None:
    held = await taken(leases, "deals/1")
    assert await is_taken(leases, "deals/1")
    assert not await leases.is_free(leases.wanted(["deals/1"]))
    await leases.give_back(held)
    assert await leases.is_free(leases.wanted(["deals/1"]))
    assert not await is_taken(leases, "deals/1")


async def test_all_records_are_taken_or_none(leases: TurnLeases) -> None:
    held = await taken(leases, "deals/2")
    assert await is_taken(leases, "deals/3", "deals/2", "deals/1")
    await taken(leases, "deals/1", "deals/3")
    await leases.give_back(held)


async def test_taking_twice_for_one_hold_changes_nothing(leases: TurnLeases) -> None:
    held = await taken(leases, "deals/1")
    assert await leases.take(held) == held


async def test_a_lease_that_ran_out_passes_to_another_and_is_lost_to_the_first(leases: TurnLeases, clock: Any) -> None:
    first = await taken(leases, "deals/1", "deals/2")
    clock.pass_by(LEASE)
    second = await taken(leases, "deals/2")
    assert await leases.renew(first) is None
    await leases.give_back(first)
    assert await is_taken(leases, "deals/2")
    await leases.give_back(second)
    assert await leases.renew(first) is None  # what another has had meanwhile is not ours any more


async def test_a_lease_that_ran_out_and_was_wanted_by_nobody_is_renewed(leases: TurnLeases, clock: Any) -> None:
    lease = await taken(leases, "deals/1")
    clock.pass_by(2 * LEASE)
    assert not leases.is_fresh(lease)
    renewed = await leases.renew(lease)
    assert renewed is not None
    assert leases.is_fresh(renewed)
    assert await is_taken(leases, "deals/1")


async def test_a_renewed_lease_runs_from_then_on(leases: TurnLeases, clock: Any) -> None:
    lease = await taken(leases, "deals/1")
    clock.pass_by(LEASE - timedelta(seconds=1))
    await leases.renew(lease)
    clock.pass_by(timedelta(seconds=2))
    assert await is_taken(leases, "deals/1")


async def test_a_holder_of_this_machine_whose_process_is_gone_is_passed_over_at_once(leases: TurnLeases) -> None:
    ended = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True
    )
    own = worker_name().split("|")
    gone = "|".join([*own[:-2], str(int(ended.stdout)), "1"])
    lost = replace(leases.wanted(["deals/1", "deals/2"]), holder=gone)
    assert await leases.take(lost) is not None
    assert await leases.is_free(leases.wanted(["deals/1"]))
    await taken(leases, "deals/1")
    assert await leases.renew(lost) is None


async def test_a_holder_of_another_machine_keeps_its_turn_until_the_lease_runs_out(
    leases: TurnLeases, clock: Any
) -> None:
    own = worker_name().split("|")
    await leases.take(replace(leases.wanted(["deals/1"]), holder="|".join(["elsewhere", *own[1:]])))
    assert await is_taken(leases, "deals/1")
    clock.pass_by(LEASE)
    await taken(leases, "deals/1")
