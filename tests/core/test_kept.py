"""Kept answers: loaded once, for everybody, for a while."""

import asyncio

import pytest

from core.kept import Kept


class Source:
    """Counts how often it is asked; `broken` makes it raise."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.broken = False

    async def load(self, key: str) -> str:
        self.asked.append(key)
        await asyncio.sleep(0)
        if self.broken:
            raise ValueError(key)
        return f"{key} {len(self.asked)}"


async def test_many_who_ask_at_once_share_one_answer() -> None:
    source = Source()
    kept = Kept(source.load, 60)
    assert set(await asyncio.gather(*(kept.get("owners") for _ in range(20)))) == {"owners 1"}
    assert source.asked == ["owners"]


async def test_an_answer_is_asked_for_again_when_its_time_is_over() -> None:
    source, time = Source(), [0.0]
    kept = Kept(source.load, 60, now=lambda: time[0])
    answers = []
    for time[0] in (0, 59, 60, 61):
        answers.append(await kept.get("owners"))
    assert answers == ["owners 1", "owners 1", "owners 2", "owners 2"]


async def test_an_error_is_not_kept() -> None:
    source = Source()
    kept = Kept(source.load, 60)
    source.broken = True
    with pytest.raises(ValueError, match="owners"):
        await kept.get("owners")
    source.broken = False
    assert await kept.get("owners") == "owners 2"


async def test_what_is_forgotten_is_asked_for_again() -> None:
    source = Source()
    kept = Kept(source.load, 60)
    await kept.get("owners")
    kept.forget("owners")
    assert await kept.get("owners") == "owners 2"


async def test_no_more_than_the_most_are_held() -> None:
    source = Source()
    kept = Kept(source.load, 60, most=2)
    for key in ("a", "b", "a", "c", "a", "b"):
        await kept.get(key)
    assert source.asked == ["a", "b", "c", "b"]
