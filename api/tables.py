"""Tables for a person at a terminal: what Sophia did in a run.

Everything that comes from calls, HubSpot or Slack is shown as plain text: nothing in it is taken for markup.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from html import unescape

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from api.report import DemoReport, Standing, firm_kinds, names_of
from core.analysis import Kind
from nodes.crm_sync.moments import parse_time
from nodes.showing import call_name, day, shorten
from nodes.sure import candidates

ROWS = 15
CALL_ROWS = 40
"""Longer tables are cut: a terminal is no archive."""

CELL = 110
"""Characters of one cell."""

KINDS: Mapping[Kind, str] = {
    Kind.NEXT_STEP: "steps",
    Kind.RISK: "risks",
    Kind.OBJECTION: "objections",
    Kind.BUYING_SIGNAL: "signals",
    Kind.COMPETITOR: "rivals",
    Kind.QUESTION_OPEN: "open",
    Kind.COACHING: "coach",
}


def demo_tables(report: DemoReport, now: Standing, owners: Mapping[str, str]) -> Iterator[RenderableType]:
    """What a run did and how things stand; `owners` are names of HubSpot owners by id."""
    names = names_of(now.calls)
    yield _calls(now)
    yield _changes(now, names)
    yield _tasks(now, owners)
    yield _messages(now)
    yield _approvals(now, names)
    yield summary(report)


def summary(report: DemoReport) -> Text:
    """The figures in words."""
    asked = report.requests
    return Text(
        f"{report.calls} calls: {report.analysed} analysed ({report.unresolved} of them need a person), "
        f"{report.waiting} waiting, {report.skipped} skipped, {report.failed} failed; "
        f"{report.findings} findings sure enough to act on, {report.candidates} more that are only possible"
        f"{f', {report.orders} instructions to software' if report.orders else ''}; "
        f"{report.approvals} approvals waiting; {report.remembered} passages and findings remembered.\n"
        f"This run: {report.crm_writes} writes to HubSpot ({report.notes} notes, {report.tasks} tasks), "
        f"{report.messages} Slack messages; {asked.gong} requests to Gong, {asked.hubspot} to HubSpot, "
        f"{asked.slack} to Slack; {report.seconds:g} s, "
        f"with the services' limits running {report.speed:g} times faster than real."
    )


def _calls(now: Standing) -> Table | Text:
    rows = []
    for stored in now.calls:
        analysis, started = stored.analysis, stored.call.started
        counts = firm_kinds(analysis) if analysis else Counter[Kind]()
        possible = len(candidates(analysis)) if analysis else 0
        figures = [*(str(counts[kind] or "") for kind in KINDS), str(possible or "")]
        state = stored.status.value if stored.reason is None else f"{stored.status.value}: {stored.reason}"
        mood = analysis.sentiment.label if analysis else ""
        rows.append((day(started) if started else "", call_name(stored.call), state, mood, *figures))
    return table_of("Calls", ("day", "call", "state", "sentiment", *KINDS.values(), "possible"), rows, CALL_ROWS)


def _changes(now: Standing, names: Mapping[tuple[str, str], str]) -> Table | Text:
    rows = [
        (names.get((e.object_type, e.object_id or ""), f"{e.object_type} {e.object_id}"), e.field, e.before, e.after)
        for e in now.fresh
        if e.service == "hubspot" and e.action == "update"
    ]
    return table_of("CRM changes of this run", ("record", "property", "before", "after"), rows)


def _tasks(now: Standing, owners: Mapping[str, str]) -> Table | Text:
    rows = []
    for effect in now.fresh:
        if effect.action == "create" and effect.object_type == "tasks":
            properties = effect.payload.get("properties", {})
            owner, due = properties.get("hubspot_owner_id"), parse_time(properties.get("hs_timestamp"))
            rows.append((effect.after, owners.get(owner, owner) or "nobody", day(due) if due else ""))
    return table_of("Tasks made in this run", ("task", "owner", "due"), rows)


def _messages(now: Standing) -> Table | Text:
    rows = [
        (f"{effect.field} ({effect.object_id})", unescape(str(effect.payload.get("text") or effect.after or "")))
        for effect in now.fresh
        if effect.service == "slack"
    ]
    return table_of("Slack messages of this run", ("to", "message"), rows)


def _approvals(now: Standing, names: Mapping[tuple[str, str], str]) -> Table | Text:
    rows = [
        (
            names.get((asked.object_type, asked.object_id), f"{asked.object_type} {asked.object_id}"),
            asked.label,
            asked.current_label or asked.current,
            asked.proposed_label or asked.proposed,
            asked.quote or asked.reason,
        )
        for asked in now.approvals
    ]
    return table_of("Waiting for a person's word", ("record", "what", "now", "proposed", "because"), rows)


def table_of(
    title: str, columns: Sequence[str], rows: Sequence[Sequence[str | None]], most: int = ROWS, width: int = CELL
) -> Table | Text:
    """A table of at most `most` rows that says how many it left out; without rows a line that says so."""
    if not rows:
        return Text(f"{title}: none")
    left_out = len(rows) - most
    caption = f"… and {left_out} more" if left_out > 0 else None
    table = Table(title=title, title_justify="left", title_style="bold", caption=caption, caption_justify="left")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows[:most]:
        table.add_row(*(Text(shorten(cell or "", width)) for cell in row))
    return table
