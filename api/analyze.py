"""`sophia analyze`: one call, from Gong with all that follows from it, or from a file with nothing but the analysis."""

import sys
from pathlib import Path

from api.logs import settings_with_logs
from api.terminal import BadInput, notices, results
from core.analysis import CallAnalysis
from core.calls import Call, Transcript
from core.errors import SophiaError

STDIN = "-"
ASKED_AGAIN = "`sophia analyze --again` was given"
SETTLED = ("analysed", "skipped", "unresolved")
"""States of a call in which nothing went wrong."""


async def analyze_file(name: str, *, as_json: bool) -> int:
    """Prints the analysis of the call in a file (`-` reads stdin). Needs no service, no database and no key.

    Raises BadInput that names the file when it is not a call.
    """
    from nodes.call_analysis.extractive import ExtractiveAnalyst
    from nodes.call_analysis.verify import verify

    call, transcript = read_call(name)
    analysis = verify(ExtractiveAnalyst().analyse(call, transcript), call, transcript)
    show_analysis(call, analysis, as_json=as_json)
    return 0


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
