"""Worlds and calls to measure with, made from the bundled ones: as many calls as wanted, or one as long as wanted."""

import json
import shutil
from copy import deepcopy
from pathlib import Path
from typing import Any

import sandbox

BUNDLED = Path(sandbox.__file__).parent / "data"


def bundled_calls() -> list[dict[str, Any]]:
    """The bundled calls as `{"extensive": …, "transcript": …}`, in the order of their file names."""
    return [json.loads(path.read_text()) for path in sorted((BUNDLED / "calls").glob("*.json"))]


def many_calls(folder: Path, count: int) -> Path:
    """A data folder with the bundled CRM and `count` calls: the bundled ones over and over under new ids."""
    shutil.copytree(BUNDLED, folder)
    weeks: dict[str, int] = json.loads((folder / "world.json").read_text())["calls"]
    originals = bundled_calls()
    for number in range(len(originals), count):
        copy = deepcopy(originals[number % len(originals)])
        weeks[_rename(copy, f"{10**17 + number}")] = weeks[originals[number % len(originals)]["transcript"]["callId"]]
        (folder / "calls" / f"{number}.json").write_text(json.dumps(copy))
    world = json.loads((folder / "world.json").read_text()) | {"calls": weeks}
    (folder / "world.json").write_text(json.dumps(world))
    return folder


def long_call(seconds: int) -> dict[str, Any]:
    """One call of at least this length: the talk of bundled calls in a row, between the people of the first one."""
    calls = bundled_calls()
    whole = deepcopy(calls[0])
    sides = {side: _speakers(whole, side) for side in ("Internal", "External")}
    turns: list[dict[str, Any]] = []
    for call in calls * (seconds // 1000 + 1):
        begin = turns[-1]["sentences"][-1]["end"] if turns else 0
        if begin > seconds * 1000:
            break
        turns.extend(_moved(turn, begin, _replacement(turn, call, sides)) for turn in call["transcript"]["transcript"])
    whole["transcript"]["transcript"] = turns
    whole["extensive"]["metaData"]["duration"] = turns[-1]["sentences"][-1]["end"] // 1000
    return whole


def _rename(call: dict[str, Any], call_id: str) -> str:
    call["extensive"]["metaData"]["id"] = call["transcript"]["callId"] = call_id
    return call_id


def _speakers(call: dict[str, Any], side: str) -> list[str]:
    parties = call["extensive"]["parties"]
    return [party["speakerId"] for party in parties if party["affiliation"] == side and party["speakerId"]]


def _replacement(turn: dict[str, Any], call: dict[str, Any], sides: dict[str, list[str]]) -> str:
    for side, speakers in sides.items():
        own = _speakers(call, side)
        if turn["speakerId"] in own:
            return speakers[own.index(turn["speakerId"]) % len(speakers)]
    return sides["External"][0]


def _moved(turn: dict[str, Any], begin: int, speaker: str) -> dict[str, Any]:
    sentences = [
        sentence | {"start": sentence["start"] + begin, "end": sentence["end"] + begin}
        for sentence in turn["sentences"]
    ]
    return turn | {"speakerId": speaker, "sentences": sentences}
