"""Calls read in processes of their own: the same result, and a process that dies is replaced."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.calls import Call, Transcript
from nodes.call_analysis.extractive import ExtractiveAnalyst
from nodes.call_analysis.extractive.processes import ProcessAnalyst
from tools.gong.parse import parse_call_file

CALLS = Path(__file__).parents[2] / "sandbox" / "data" / "calls"


@pytest.fixture(scope="module")
def analyst() -> Iterator[ProcessAnalyst]:
    analyst = ProcessAnalyst(2)
    yield analyst
    analyst.close()


def some_calls(number: int) -> list[tuple[Call, Transcript]]:
    parsed = [parse_call_file(path.read_text()) for path in sorted(CALLS.glob("*.json"))[:number]]
    return [(call, transcript) for call, transcript in parsed if transcript is not None]


def test_calls_read_side_by_side_come_out_as_when_read_here(analyst: ProcessAnalyst) -> None:
    calls = some_calls(4)
    with ThreadPoolExecutor(4) as threads:
        side_by_side = list(threads.map(lambda pair: analyst.analyse(*pair), calls))
    assert side_by_side == [ExtractiveAnalyst().analyse(*pair) for pair in calls]


def test_a_process_that_was_killed_is_replaced(analyst: ProcessAnalyst) -> None:
    (pair,) = some_calls(1)
    before = analyst.analyse(*pair)
    for pid in list(analyst._pool._processes):
        os.kill(pid, signal.SIGKILL)
    assert analyst.analyse(*pair) == before
