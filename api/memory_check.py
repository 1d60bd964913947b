"""What `sophia doctor` says of memory: whether texts can be embedded, and whether the index lags or is damaged."""

from api.checks import Check, failed
from api.memory import open_database
from api.memory_status import place_shown
from core.clock import clock_at
from core.errors import SophiaError
from core.settings import Settings
from memory.embedding.configured import open_embedder
from memory.standing import standing
from memory.vectors.collections import Collections
from memory.vectors.configured import place_of

NAME = "Memory"
MENDED = "`sophia serve` does that by itself, `sophia memory reindex` now."


async def memory_check(settings: Settings) -> Check:
    """Embeds a word, unless a server would have to be asked, and looks at the database; Chroma is left alone."""
    clock = clock_at(settings.fixed_clock)
    try:
        async with open_database(settings) as database, open_embedder(settings) as embedder:
            if settings.embedder != "endpoint":
                await embedder.embed(["word"])
            kinds = await standing(database, embedder.model, clock.now())
            damaged = [each.name for each in await Collections(database, clock).all() if each.state == "damaged"]
    except SophiaError as error:
        return failed(NAME, error)
    if damaged:
        return Check(NAME, "warn", f"to be made anew, since they are damaged: {', '.join(damaged)}", MENDED)
    if unembedded := sum(kind.unembedded for kind in kinds):
        return Check(NAME, "warn", f"{unembedded:,} texts are not embedded by {embedder.model} yet", MENDED)
    entries = sum(kind.entries for kind in kinds)
    return Check(NAME, "ok", f"{entries:,} entries, {embedder.model}, Chroma {place_shown(place_of(settings))}")
