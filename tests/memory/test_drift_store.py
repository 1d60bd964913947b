"""A difference is news when it appears or its value changes, and closed when it is none any more."""

import asyncio
from datetime import timedelta
from typing import Any

from memory.drift import Drift
from memory.records import Records


def differs(clock: Any, **about: Any) -> Drift:
    drift = {
        "effect_key": "k",
        "object_type": "deals",
        "object_id": "301",
        "field": "sophia_risk",
        "written": "price",
        "found": "legal",
        "source": "CRM_UI",
        "noticed_at": clock.now(),
    }
    return Drift.model_validate(drift | about)


async def test_a_difference_is_news_once(records: Records, clock: Any) -> None:
    first = differs(clock)
    assert await records.drifts.notice([first]) == [first]
    clock.pass_by(timedelta(minutes=5))
    assert await records.drifts.notice([differs(clock, source=None)]) == []
    assert await records.drifts.open() == [first]


async def test_a_source_that_comes_to_be_known_is_entered_and_no_news(records: Records, clock: Any) -> None:
    unknown = differs(clock, source=None)
    await records.drifts.notice([unknown])
    clock.pass_by(timedelta(minutes=5))
    assert await records.drifts.notice([differs(clock)]) == []
    assert await records.drifts.open() == [unknown.model_copy(update={"source": "CRM_UI"})]


async def test_another_value_is_news(records: Records, clock: Any) -> None:
    await records.drifts.notice([differs(clock)])
    again = differs(clock, found=None, source="INTEGRATION")
    assert await records.drifts.notice([again]) == [again]
    assert await records.drifts.open() == [again]


async def test_what_agrees_again_is_closed_once_and_may_differ_anew(records: Records, clock: Any) -> None:
    await records.drifts.notice([differs(clock), differs(clock, effect_key="l", object_id="302")])
    assert [await records.drifts.close(["k"]) for _ in range(2)] == [1, 0]
    assert [drift.effect_key for drift in await records.drifts.open()] == ["l"]
    assert len(await records.drifts.notice([differs(clock)])) == 1


async def test_differences_are_found_by_record(records: Records, clock: Any) -> None:
    other = differs(clock, effect_key="l", object_id="302")
    await records.drifts.notice([differs(clock), other])
    assert await records.drifts.of_records("deals", ["302", "303"]) == [other]
    assert await records.drifts.of_records("contacts", ["302"]) == []


async def test_of_the_same_found_at_once_one_is_news(records: Records, clock: Any) -> None:
    drifts = [differs(clock, effect_key=str(number)) for number in range(10)]
    news = await asyncio.gather(*(records.drifts.notice(drifts[turn:] + drifts[:turn]) for turn in range(8)))
    assert sum(len(each) for each in news) == 10


async def test_nothing_to_notice_or_close_is_no_error(records: Records) -> None:
    assert await records.drifts.notice([]) == []
    assert await records.drifts.close([]) == 0
