"""A call goes into memory: what was said and found in it, for those who may be shown it."""

from nodes.audiences import call_audience, subjects_of
from nodes.context import Context
from nodes.state import Resolution


async def keep_in_memory(context: Context, call_id: str, resolution: Resolution | None = None) -> bool:
    """Keeps an analysed call, once; returns whether there was anything to keep.

    Without a `resolution` the one that is stored counts. All of it goes into Sophia's own database: an embedder or
    index that is away holds up nothing. Raises what CrmGateway raises where HubSpot must say whose the call is.
    """
    stored = await context.records.calls.get(call_id)
    if context.memory is None or stored is None or stored.transcript is None or stored.analysis is None:
        return False
    if resolution is None and stored.resolution is not None:
        resolution = Resolution.model_validate(stored.resolution)
    audience = await call_audience(context, stored.call, resolution)
    subjects = subjects_of(resolution)
    # An hour of talk takes seconds to embed: the indexer does it, and no call waits.
    await context.memory.calls.keep(stored.call, stored.transcript, stored.analysis, audience, subjects, embed=False)
    # Its record may have changed hands since the owner was looked up, and the handing over may have come too early.
    await context.memory.calls.readdress(call_id, await call_audience(context, stored.call, resolution))
    return True
