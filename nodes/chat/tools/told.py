"""Who was told of a call in Slack, and when."""

from datetime import UTC, datetime, tzinfo
from typing import Final

from pydantic import Field

from core.fencing import harmless
from core.query import Filter, Query, Sort
from memory.ledger import Effect, EffectStatus
from nodes.chat.context import ChatContext
from nodes.chat.shape import Citation
from nodes.chat.tools.naming import record_named
from nodes.chat.tools.shape import Arguments, ChatTool, Found
from nodes.querying.plain import moment_text
from nodes.querying.run import run_query
from nodes.understanding.shape import Named

CALLS: Final = 3
"""The last calls that are looked at: of older ones nobody asks who heard of them."""
FIELD: Final = {"companies": "company", "contacts": "contact", "deals": "deal"}
IN_WORDS: Final = {
    EffectStatus.CONFIRMED: "was told",
    EffectStatus.FAILED: "could not be told",
    EffectStatus.PLANNED: "will be told",
    EffectStatus.SENT: "will be told",
    EffectStatus.UNDONE: "was told",
}


class WhoWasTold(Arguments):
    """Of what, by the name of the company, contact or deal."""

    about: str = Field(description="The company, contact or deal, by name.")


async def who_was_told(arguments: WhoWasTold, context: ChatContext) -> Found:
    """Which messages went out about the last calls with a record."""
    return await told_about(record_named(arguments.about, await context.lexicon()), context)


async def told_about(named: Named, context: ChatContext) -> Found:
    """The messages about the last calls with this record that the asker may see."""
    query = Query(
        object="calls",
        filters=(Filter(field=FIELD[named.type], op="eq", value=named.id, name=named.name),),
        sort=(Sort(field="started", descending=True),),
        limit=CALLS,
    )
    calls = await run_query(query, context)
    lines: list[str] = []
    sources: list[Citation] = []
    for call in calls.results:
        rows = [row for row in await context.house.records.ledger.of_call(call.id) if row.service == "slack"]
        number = len(sources) + 1
        sources.append(Citation(number=number, kind="sophia", id=f"call:{call.id}", title=harmless(call.name, 100)))
        told = "; ".join(dict.fromkeys(_told(row, context.zone) for row in rows)) or "nobody was told in Slack"
        lines.append(f"- {harmless(call.name, 100)}: {told} [{number}]")
    if not lines:
        return Found(said=f"I know of no call with {harmless(named.name, 80)} that you may see.")
    said = "\n".join(["Told in Slack about the last calls:", *lines])
    return Found(said=said, lines=tuple(lines), sources=tuple(sources), results=calls.results)


def _told(row: Effect, zone: tzinfo) -> str:
    where = "the channel" if row.field == "channel" else "the owner"
    posted = _posted_at(row) if row.status is EffectStatus.CONFIRMED else None
    return f"{where} {IN_WORDS[row.status]}{f' on {moment_text(posted, zone)}' if posted else ''}"


def _posted_at(row: Effect) -> datetime | None:
    """When Slack took the message, which its id there says: the row may have been touched since."""
    try:
        return datetime.fromtimestamp(float(row.remote_id or ""), UTC)
    except (ValueError, OverflowError, OSError):
        return None


WHO_WAS_TOLD = ChatTool("who_was_told", "Tells who heard of the last calls with a record.", WhoWasTold, who_was_told)
