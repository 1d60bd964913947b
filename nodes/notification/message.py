"""A story as a Slack message: Block Kit within Slack's limits, every word from outside escaped."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from core.analysis import Finding, Kind
from core.calls import Call
from memory.approvals import Approval
from memory.ledger import Effect
from nodes.crm_sync.deals import record_name
from nodes.crm_sync.fields import LABELS
from nodes.notification.story import Story
from nodes.showing import call_name, call_url, day, duration, gist, minute, only_repeats, started_at
from nodes.state import Candidate
from nodes.sure import ORDER_HEARD, orders, sure
from tools.hubspot.links import record_url
from tools.hubspot.port import ObjectType
from tools.hubspot.properties import LEAD_BAND, LEAD_REASONS, MEDDPICC
from tools.slack.port import Block
from tools.slack.text import FALLBACK_LIMIT, HEADER_LIMIT, fit_lines, link, one_line

SUMMARY_LIMIT = 1500
LIST_LIMIT = 2300
"""Characters of one list, so that a long one leaves room for the others."""
ROOM = 10_000
"""Characters of all sections. With header, circumstances and remarks that is below Slack's 13,200 for a message."""
LEAST_ROOM = 300
NAMES_LIMIT = 5
NAME_LIMIT = 60
TEXT_LIMIT = 200
QUOTE_LIMIT = 240
VALUE_LIMIT = 80
TOLD_BY_OTHERS = frozenset(("contacts", definition.name) for definition in (LEAD_BAND, LEAD_REASONS, MEDDPICC))
"""What a message leaves to HubSpot: a lead's score, and what of BANT is missing, stand for it."""
ORDERS = 3
"""Instructions to software that a message warns of."""


@dataclass(frozen=True)
class Message:
    """What is posted: blocks, and the text that stands in for them in a notification."""

    text: str
    blocks: tuple[Block, ...]


def message_of(story: Story) -> Message:
    """The message about a call."""
    blocks = [_header(call_name(story.call)), context(_about(story))]
    blocks += [section(text) for text in _fitting(_sections(story))]
    if remarks := [*story.resolution.remarks, *story.analysis.notes]:
        blocks.append(context(one_line("; ".join(remarks), SUMMARY_LIMIT // 2)))
    return Message(text=_fallback(story), blocks=tuple(blocks))


def _fitting(sections: Iterator[list[str]]) -> Iterator[str]:
    """The sections as text, while there is room; they come in the order of their weight."""
    room = ROOM
    for lines in sections:
        if room < LEAST_ROOM:
            return
        text = fit_lines(lines, min(LIST_LIMIT, room))
        room -= len(text)
        yield text


def _sections(story: Story) -> Iterator[list[str]]:
    """The message's parts, each as lines that stay whole."""
    call, analysis = story.call, story.analysis
    if story.resolution.question:
        yield _question(story)
    yield [one_line(analysis.summary, SUMMARY_LIMIT) or "Nothing could be summed up."]
    if warnings := orders(analysis)[:ORDERS]:
        yield [f"{ORDER_HEARD}: {_said(call, order)}" for order in warnings]
    for heading, kind in (("Next steps", Kind.NEXT_STEP), ("Risks", Kind.RISK)):
        if findings := sure(analysis, kind):
            yield [f"*{heading}*", *(finding_lines(call, finding) for finding in findings)]
    if story.waiting:
        yield ["*Waiting for a person's word*", *map(_waiting, story.waiting)]
    if story.done:
        yield ["*Done in HubSpot*", *_done(story)]
    if story.failed:
        yield ["*Not done*", *_failed(story)]


def _about(story: Story) -> str:
    """One line: the records, the day, the sentiment, and the way to Gong."""
    call, started = story.call, started_at(story.call)
    records = story.resolution.records[:NAMES_LIMIT]
    parts = [_record_link(story, record.type, record.id, record_name(record)) for record in records]
    when = f"{day(started)}, {duration(call.duration_s)}" if started else duration(call.duration_s)
    sentiment = story.analysis.sentiment
    parts += [when] if sentiment.candidate else [when, f"sentiment {sentiment.label}"]
    if url := call_url(call):
        parts.append(link(url, "the call in Gong"))
    return " · ".join(parts)


def _question(story: Story) -> list[str]:
    resolution = story.resolution
    heading = f"*Which deal is this call about?* I cannot tell: {one_line(resolution.question or '', TEXT_LIMIT)}."
    how = [f"Answer with {_command(story.asked)}"] if story.asked and story.asked.number else []
    return [heading, *(f"• {_candidate(story, choice)}" for choice in resolution.candidates), *how]


def _candidate(story: Story, choice: Candidate) -> str:
    detail = f" ({one_line(choice.detail, TEXT_LIMIT)})" if choice.detail else ""
    return f"{_record_link(story, choice.type, choice.id, choice.name)}{detail}"


def finding_lines(call: Call, finding: Finding) -> str:
    """What a finding is, then the quote with its speaker and minute; the quote alone where that says it all."""
    said = _said(call, finding)
    if finding.kind is not Kind.NEXT_STEP and only_repeats(finding):
        return f"• {said}"
    who = f"{one_line(finding.owner, NAME_LIMIT)}: " if finding.kind is Kind.NEXT_STEP and finding.owner else ""
    due = f", due {day(finding.due)}" if finding.due else ""
    return f"• {who}{one_line(gist(finding), TEXT_LIMIT)}{due}\n> {said}"


def _said(call: Call, finding: Finding) -> str:
    speaker = one_line(finding.speaker or "Speaker unknown", NAME_LIMIT)
    return f"“{one_line(finding.quote, QUOTE_LIMIT)}” – {speaker}, {_moment(call, finding.start_ms)}"


def _moment(call: Call, start_ms: int) -> str:
    return link(call_url(call, start_ms), minute(start_ms))


def _done(story: Story) -> Iterator[str]:
    """What was made, counted, then for each record its properties with the value before and after."""
    for type, name in (("notes", "note"), ("tasks", "task")):
        made = sum(effect.action == "create" and effect.object_type == type for effect in story.done)
        if made:
            yield f"• {made} {name}{'s' if made > 1 else ''} made"
    changed: dict[str, list[str]] = {}
    for effect in story.done:
        if effect.action == "update" and effect.object_type == "notes":
            yield "• the note brought up to date"
        elif effect.action == "update" and (effect.object_type, effect.field) not in TOLD_BY_OTHERS:
            change = f"{_label(effect)} {_value(effect.before)} → {_value(effect.after)}"
            changed.setdefault(_record_name(story, effect), []).append(change)
    yield from (f"• *{name}*: {'; '.join(changes)}" for name, changes in changed.items())


def _waiting(approval: Approval) -> str:
    before = "" if approval.action == "create" else f"{_value(approval.current_label or approval.current)} → "
    change = f"{one_line(approval.label, 80)}: {before}{_value(approval.proposed_label or approval.proposed)}"
    quote = f"\n> “{one_line(approval.quote, QUOTE_LIMIT)}”" if approval.quote else ""
    how = f" · {_command(approval)}" if approval.number else ""
    return f"• {change} ({one_line(approval.reason, TEXT_LIMIT)}){how}{quote}"


def _command(approval: Approval) -> str:
    """How the request is answered from a terminal."""
    value = " --value deals/…" if approval.action == "choose" else ""
    return f"`sophia approvals approve {approval.number}{value}`"


def _failed(story: Story) -> Iterator[str]:
    """What was not done, gathered where the record and the reason are the same."""
    refused: dict[tuple[str, str], list[str]] = {}
    for effect in story.failed:
        what = _label(effect) if effect.action == "update" else f"“{_value(effect.after)}”"
        reason = one_line(effect.reason or "no reason given", TEXT_LIMIT)
        refused.setdefault((_record_name(story, effect), reason), []).append(what)
    yield from (f"• *{name}* ({', '.join(what)}): {reason}" for (name, reason), what in refused.items())


def _label(effect: Effect) -> str:
    if effect.object_type == "notes":
        return "text"
    return LABELS.get((effect.object_type, effect.field or ""), effect.field or effect.object_type)


def _record_name(story: Story, effect: Effect) -> str:
    names = {f"{record.type}/{record.id}": record_name(record) for record in story.resolution.records}
    unnamed = effect.object_type.removesuffix("s")
    return one_line(names.get(f"{effect.object_type}/{effect.object_id}", unnamed), NAME_LIMIT)


def _value(value: str | None) -> str:
    return one_line(value, VALUE_LIMIT) if value else "nothing"


def _record_link(story: Story, type: ObjectType, id: str, name: str) -> str:
    return link(record_url(story.account, type, id), name[:NAME_LIMIT])


def _fallback(story: Story) -> str:
    start = "Which deal is this call about? " if story.resolution.question else ""
    return one_line(f"{start}{call_name(story.call)}: {story.analysis.summary}", FALLBACK_LIMIT // 4)


def _header(text: str) -> Block:
    # Plain text is never taken for markup, so it is only cut.
    shown = text if len(text) <= HEADER_LIMIT else f"{text[: HEADER_LIMIT - 1]}…"
    return {"type": "header", "text": {"type": "plain_text", "text": shown, "emoji": False}}


def section(text: str) -> Block:
    """A section of finished text, at most Slack's 3,000 characters."""
    return {"type": "section", "text": _markdown(text)}


def context(text: str) -> Block:
    """A line in small letters of finished text, at most Slack's 3,000 characters."""
    return {"type": "context", "elements": [_markdown(text)]}


def _markdown(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text, "verbatim": True}
