"""An analysis stands with and without the model: made once, kept, marked, and improved when the model is back."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from core.analysis import CallAnalysis
from core.calls import Call, Transcript
from core.errors import ConfigurationError, Rejected, Unauthorized, Unavailable
from memory.calls import CallStatus
from nodes.call_analysis.reading import NOT_AS_SET_UP, REFUSED, UNANSWERED, pause_after, read_call
from nodes.call_analysis.verify import verify
from nodes.context import WorkflowOptions

DOWN = Unavailable("model", "does not answer")
TOO_SMALL = ConfigurationError("model: its context is too small")
FIRST_HALF = (("dana", "Thanks for the time today, Ana."), ("dana", "I'll send you the price list by Friday."))
WHOLE = (*FIRST_HALF, ("ana", "Honestly we are worried about the price."), ("dana", "I'll ask Erik to call."))


class ScriptedModel:
    """A model analyst that sums up in words of its own, or fails as it is told to."""

    model = "big"
    prompt_version = "1"

    def __init__(self) -> None:
        self.fails: BaseException | None = None
        self.takes_s = 0.0
        self.asked = 0

    async def analyse(self, call: Call, transcript: Transcript, extracted: CallAnalysis) -> CallAnalysis:
        self.asked += 1
        await asyncio.sleep(self.takes_s)
        if self.fails is not None:
            raise self.fails
        return extracted.model_copy(update={"analyst": "model", "summary": "The model's own words."})


@pytest.fixture
def model() -> ScriptedModel:
    return ScriptedModel()


@pytest.fixture
async def house(world: Any, open_house: Any, model: ScriptedModel) -> Any:
    """The house with Acme's call and the model."""
    world.add_call("9001", deals=["301"], companies=["101"])
    house = await open_house()
    house.context = house.but(model_analyst=model)
    return house


async def stored(house: Any) -> Any:
    return await house.context.records.calls.get("9001")


async def read(house: Any) -> CallAnalysis:
    """The step alone, over the call as it is stored."""
    if await stored(house) is None:
        calls = house.context.calls
        call, transcript = (await calls.calls(["9001"]))["9001"], (await calls.transcripts(["9001"]))["9001"]
        await house.context.records.calls.save(call, transcript)
    before = await stored(house)
    await read_call(house.context, before, before.transcript)
    analysis: CallAnalysis = (await stored(house)).analysis
    return analysis


async def test_what_the_model_made_is_stored_with_all_it_was_made_by(house: Any, model: ScriptedModel) -> None:
    analysis = await read(house)
    made = analysis.provenance
    assert made is not None
    assert (made.analyst, made.model, made.prompt_version, len(made.input_hash)) == ("scripted/1", "big", "1", 64)
    assert (analysis.summary, analysis.awaits_model, analysis.notes) == ("The model's own words.", False, ())


async def test_nothing_is_asked_again_while_call_analyst_model_and_prompt_are_the_same(
    house: Any, model: ScriptedModel
) -> None:
    first = await read(house)
    assert (await read(house), model.asked) == (first, 1)
    model.prompt_version = "2"
    await read(house)
    model.model = "bigger"
    await read(house)
    assert model.asked == 3
    call = (await stored(house)).call
    await house.context.records.calls.save(call.model_copy(update={"url": "https://elsewhere.example"}), None)
    await read(house)
    assert model.asked == 3
    await house.context.records.calls.save(call.model_copy(update={"title": "Renamed"}), None)
    await read(house)
    assert model.asked == 4


@pytest.mark.parametrize("away", [DOWN, Unauthorized("model", "wrong key"), Rejected("model", "too long")])
async def test_a_model_that_cannot_take_part_leaves_what_was_found_without_it(
    house: Any, model: ScriptedModel, away: Exception
) -> None:
    model.fails = away
    assert (await house.run("9001")).status is CallStatus.ANALYSED
    analysis = (await stored(house)).analysis
    assert analysis.awaits_model
    assert analysis.notes == (UNANSWERED if away is DOWN else REFUSED,)
    assert (analysis.provenance.analyst, analysis.provenance.model) == ("scripted/1", None)
    assert analysis.items
    assert await house.context.records.calls.awaiting_model(house.clock.now(), 9) == ["9001"]


async def test_a_model_that_can_do_with_no_such_call_is_not_asked_again_by_itself(
    house: Any, model: ScriptedModel
) -> None:
    model.fails = TOO_SMALL
    analysis = await read(house)
    assert (analysis.awaits_model, analysis.notes) == (False, (NOT_AS_SET_UP,))
    assert analysis.provenance is not None
    assert (analysis.provenance.model, (await stored(house)).model_tries) == (None, 0)
    later = house.clock.now() + timedelta(days=9)
    assert await house.context.records.calls.awaiting_model(later, 9) == []
    model.fails = None
    assert (await read(house)).notes == ()


async def test_a_model_that_is_too_slow_counts_as_away(house: Any, model: ScriptedModel) -> None:
    model.takes_s = 60
    options = WorkflowOptions(model_patience=timedelta(milliseconds=20))
    house.context = house.but(options=options)
    assert (await read(house)).awaits_model


async def test_a_crash_while_the_model_is_at_work_leaves_an_analysis_that_stands(
    house: Any, model: ScriptedModel
) -> None:
    model.fails = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        await read(house)
    analysis = (await stored(house)).analysis
    assert (analysis.awaits_model, analysis.notes) == (True, (UNANSWERED,))
    model.fails = None
    assert not (await read(house)).awaits_model


async def test_what_a_model_made_of_the_same_words_stands_when_a_newer_one_is_away(
    house: Any, model: ScriptedModel
) -> None:
    await read(house)
    model.prompt_version = "2"
    for model.fails, awaits in ((DOWN, True), (TOO_SMALL, False)):
        analysis = await read(house)
        assert (analysis.summary, analysis.awaits_model, analysis.notes) == ("The model's own words.", awaits, ())
        assert analysis.provenance is not None
        assert analysis.provenance.prompt_version == "1"
    model.fails = None
    assert (await read(house)).provenance.prompt_version == "2"  # type: ignore[union-attr]


def test_a_model_that_answers_is_tried_again_at_once_and_then_less_and_less_often() -> None:
    minutes = [pause_after(tries, DOWN) / timedelta(minutes=1) for tries in (1, 2, 3, 4, 30)]
    assert minutes == [0, 15, 30, 60, 24 * 60]
    asked = Unavailable("model", "is full", retry_after=timedelta(hours=2))
    assert pause_after(1, asked) == timedelta(hours=2)


async def test_what_was_verified_is_not_counted_twice(house: Any) -> None:
    analysis = await read(house)
    call, transcript = (await stored(house)).call, (await stored(house)).transcript
    wrong = analysis.items[0].model_copy(update={"quote": "nobody said this"})
    once = verify(analysis.model_copy(update={"items": (wrong, *analysis.items[1:])}), call, transcript)
    assert once.dropped == 1
    assert verify(once, call, transcript) == once


async def test_a_call_is_improved_without_doing_anything_twice(house: Any, model: ScriptedModel) -> None:
    model.fails = DOWN
    await house.run("9001")
    made, _, posted = house.standing()
    model.fails = None
    await again(house)
    assert (await stored(house)).analysis.summary == "The model's own words."
    assert house.properties("contacts", "201")["last_call_summary"] == "The model's own words."
    assert (house.standing()[0], house.standing()[2]) == (made, posted)


async def test_the_second_half_of_a_transcript_improves_the_first_without_doing_anything_twice(
    world: Any, open_house: Any
) -> None:
    world.add_call("9001", FIRST_HALF, deals=["301"], companies=["101"])
    house = await open_house()
    await house.run("9001")
    assert (len(house.made("notes")), len(house.made("tasks"))) == (1, 1)
    first = (await stored(house)).analysis
    house.appear("9001", WHOLE, deals=["301"], companies=["101"])
    transcript = (await house.context.calls.transcripts(["9001"]))["9001"]
    await house.context.records.calls.save((await stored(house)).call, transcript)
    await again(house)
    analysis = (await stored(house)).analysis
    assert len(analysis.items) == len(first.items) + 2
    assert analysis.provenance.input_hash != first.provenance.input_hash
    subjects = sorted(task["hs_task_subject"] for task in house.made("tasks"))
    assert len(subjects) == len(set(subjects)) == 2
    assert len(house.made("notes")) == 1


async def again(house: Any) -> None:
    from graphs.call_workflow import build_call_workflow, run_call

    outcome = await run_call(build_call_workflow(house.checkpoints), house.context, "9001", again=True)
    assert outcome.status is CallStatus.ANALYSED
