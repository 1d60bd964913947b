"""`sophia analyze`: one call, from Gong with all that follows from it, or from a file with nothing but the analysis."""

import sys
from pathlib import Path

from api.logs import settings_with_logs
from api.terminal import BadInput, notices, results
from core.analysis import CallAnalysis
from core.calls import Call, Transcript
from core.errors import SophiaError
from core.settings import Settings

STDIN = "-"
ASKED_AGAIN = "`sophia analyze --again` was given"
SETTLED = ("analysed", "skipped", "unresolved")
"""States of a call in which nothing went wrong."""


async def analyze_file(name: str, *, as_json: bool, with_model: bool = True) -> int:
    """Prints the analysis of the call in a file (`-` reads stdin). Needs no service, no database and no key.

    Where a model is set up it takes part, unless `with_model` is false; what is found without it stands when it is
    away. Raises BadInput that names the file when it is not a call.
    """
    from nodes.call_analysis.verify import verify

    call, transcript = read_call(name)
    settings = settings_with_logs() if with_model else None
    if settings is None or settings.model_name is None:
        analysis = _extracted(call, transcript)
    else:
        analysis = await _judged(call, transcript, settings)
    show_analysis(call, verify(analysis, call, transcript), as_json=as_json)
    return 0


def _extracted(call: Call, transcript: Transcript) -> CallAnalysis:
    from nodes.call_analysis.extractive import ExtractiveAnalyst

    return ExtractiveAnalyst().analyse(call, transcript)


async def _judged(call: Call, transcript: Transcript, settings: Settings) -> CallAnalysis:
    """The analysis by both analysts, as the workflow makes it."""
    from api.model import open_model
    from core.metrics import Metrics
    from nodes.call_analysis.extractive import ExtractiveAnalyst
    from nodes.call_analysis.reading import read_once
    from nodes.call_analysis.versions import Analysts

    async with open_model(settings, Metrics()) as model:
        return await read_once(Analysts(ExtractiveAnalyst(), model.analyst if model else None), call, transcript)


def read_call(name: str) -> tuple[Call, Transcript]:
    """The call in a file; one without a transcript counts as one in which nothing was said."""
    from tools.gong.parse import parse_call_file

    shown = "stdin" if name == STDIN else name
    try:
        content = sys.stdin.buffer.read() if name == STDIN else Path(name).read_bytes()
        call, transcript = parse_call_file(content.decode())
    except OSError as error:
        raise BadInput(f"{shown}: {error.strerror}", next_step="Give the path of a call's JSON file.") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{shown}: this is not UTF-8 text", next_step="Give the path of a call's JSON file.") from error
    except SophiaError as error:
        raise BadInput(f"{shown}: {error}", next_step=error.next_step) from error
    return call, transcript or Transcript(call_id=call.id)


async def analyze_call(call_id: str, *, as_json: bool, again: bool = False) -> int:
    """Has one call of Gong worked on now, all steps of it, and prints what was found; 1 when it did not get there.

    A call that was worked on before is shown as it is, unless with `again` Gong is asked and says something else of it;
    one that waits or was parked is tried again.
    """
    from api.wiring import open_services
    from memory.inbox import DeliveryStatus

    async with open_services(settings_with_logs()) as services:
        delivery, is_new = await services.intake.accept(call_id, "analyze")
        if not is_new and delivery.status in (DeliveryStatus.WAITING, DeliveryStatus.PARKED):
            await services.intake.retry(delivery)
        elif again:
            await services.intake.accept_again([call_id], "analyze", ASKED_AGAIN, fetch=True)
        await services.worker.work(str(delivery.id))
        stored = await services.records.calls.get(call_id)
    if stored is None:
        raise SophiaError(f"call {call_id} is being worked on by another process", next_step="Ask again in a minute.")
    if stored.analysis is not None:
        show_analysis(stored.call, stored.analysis, as_json=as_json)
    notices().print(
        f"Call {stored.call.id}: {stored.status}{f', {stored.reason}' if stored.reason else ''}", markup=False
    )
    return 0 if stored.status in SETTLED else 1


def show_analysis(call: Call, analysis: CallAnalysis, *, as_json: bool) -> None:
    """Prints an analysis as JSON or as a table for a person."""
    if as_json:
        sys.stdout.write(analysis.model_dump_json(indent=2) + "\n")
        return
    from api.analysis_tables import analysis_tables

    for part in analysis_tables(call, analysis):
        results().print(part)
