"""Has the owner's model judge the labelled calls, starting from analysts that have not seen their authors."""

from collections.abc import Callable, Sequence

from api.model import open_model
from core.analysis import CallAnalysis
from core.errors import ConfigurationError, ServiceError
from core.metrics import Metrics
from core.settings import load_settings
from evals.labelled import Labelled
from nodes.call_analysis.verify import verify
from nodes.context import ModelAnalyst

Extract = Callable[[Labelled], CallAnalysis]
Read = tuple[Labelled, CallAnalysis]


async def judged_by_model(analysts: Sequence[tuple[Extract, Sequence[Labelled]]]) -> list[Read]:
    """The calls with what the model made of them; a call it did not answer for is told, and counts as extracted.

    Raises ConfigurationError when no model is set up.
    """
    async with open_model(load_settings(), Metrics()) as model:
        if model is None:
            raise ConfigurationError("no model is set up", next_step="Set SOPHIA_MODEL_URLS and SOPHIA_MODEL_NAME.")
        read: list[Read] = []
        for extract, calls in analysts:
            for labelled in calls:
                read.append((labelled, await _judged(model.analyst, labelled, extract(labelled))))
                print(f"{len(read)} calls judged", end="\r", flush=True)
    return read


async def _judged(analyst: ModelAnalyst, labelled: Labelled, extracted: CallAnalysis) -> CallAnalysis:
    call, transcript = labelled.dialogue.call, labelled.transcript
    try:
        made = await analyst.analyse(call, transcript, extracted)
    except ServiceError as error:
        print(f"call {labelled.name}: {error}", flush=True)
        made = extracted
    return verify(made, call, transcript)
