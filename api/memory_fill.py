"""`sophia memory fill`: calls that were analysed before they were remembered, or for another tenant, are remembered."""

import json
import sys

from api.logs import settings_with_logs
from api.terminal import notices, progress, results
from api.wiring import open_services
from nodes.remembering import keep_in_memory


async def fill(*, as_json: bool) -> None:
    """The command: goes through all analysed calls; one that is remembered as it is now stays untouched.

    Raises what HubSpot's client raises where it must say whose a call is and cannot; the calls before are kept.
    """
    kept = 0
    async with open_services(settings_with_logs()) as services:
        ids = await services.records.calls.analysed_ids()
        with progress(notices()) as bars:
            bar = bars.add_task("remembering", total=len(ids))
            for id in ids:
                kept += await keep_in_memory(services.context, id)
                bars.advance(bar)
    if as_json:
        sys.stdout.write(json.dumps({"calls": kept}) + "\n")
        return
    results().print(f"{kept} calls are remembered; `sophia serve` or `sophia memory reindex` embeds what is new.")
