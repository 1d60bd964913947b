"""The note that stays on deal, company and contacts: what was found in the call, each point with its quote and minute.

HubSpot shows a note's body as HTML. Everything that people said or typed is escaped; the only links are to Gong.
Coaching is left out: it is for the seller, and a note is for everybody. So is what is not sure, for nobody was asked.
"""

from collections.abc import Iterable, Sequence
from html import escape
from itertools import accumulate

from core.analysis import CallAnalysis, Finding, Kind
from core.calls import Call
from nodes.showing import call_name, call_url, day, duration, gist, minute, only_repeats, shorten, started_at
from nodes.sure import ORDER_HEARD, orders, sure

BODY_LIMIT = 65_000
"""HubSpot refuses a note's body of more than 65,536 characters."""

SUMMARY_LIMIT = 4000
QUOTE_LIMIT = 400
ORDERS = 3
"""Instructions to software that a note warns of: one is enough to make a person look."""
TEXT_LIMIT = 300

SECTIONS: tuple[tuple[Kind, str], ...] = (
    (Kind.NEXT_STEP, "Next steps"),
    (Kind.RISK, "Risks"),
    (Kind.OBJECTION, "Objections"),
    (Kind.BUYING_SIGNAL, "Buying signals"),
    (Kind.QUESTION_OPEN, "Open questions"),
    (Kind.COMPETITOR, "Competitors"),
)


def note_body(call: Call, analysis: CallAnalysis) -> str:
    """The note as HTML, at most BODY_LIMIT characters: what comes last is left out first, and that is said."""
    body = _beginning(call, analysis)
    for kind, heading in SECTIONS:
        items = [f"<li>{finding_html(call, finding)}</li>" for finding in sure(analysis, kind)]
        kept = _fitting(items, BODY_LIMIT - len(body))
        if kept:
            body += f"<p><strong>{heading}</strong></p><ul>{''.join(kept)}</ul>"
        if len(kept) < len(items):
            return f"{body}<p>There is more: see the call in Gong.</p>"
    return body


def _beginning(call: Call, analysis: CallAnalysis) -> str:
    head = f"<p><strong>{_linked(call_name(call), call_url(call))}</strong><br>{escape(_circumstances(call))}</p>"
    summary = f"<p>{escape(shorten(analysis.summary, SUMMARY_LIMIT))}</p>"
    mood = f"<p><strong>Customer's sentiment</strong>: {analysis.sentiment.label}</p>"
    remarks = escape(shorten("; ".join(analysis.notes), SUMMARY_LIMIT))
    remark = f"<p><em>{remarks}</em></p>" if remarks else ""
    warnings = "".join(_warning(call, order) for order in orders(analysis)[:ORDERS])
    return head + summary + ("" if analysis.sentiment.candidate else mood) + remark + warnings


def _warning(call: Call, order: Finding) -> str:
    return f"<p><strong>{ORDER_HEARD}</strong>: {quote_html(call, order)}</p>"


def _fitting(items: Sequence[str], room: int) -> list[str]:
    """As many of the items, from the first, as there is room for."""
    lengths = accumulate(len(item) for item in items)
    return [item for item, length in zip(items, lengths, strict=True) if length <= room]


def finding_html(call: Call, finding: Finding) -> str:
    """One finding: what it is, then who said what, and where in the call."""
    if finding.kind is not Kind.NEXT_STEP and only_repeats(finding):
        return quote_html(call, finding)
    text = escape(shorten(gist(finding), TEXT_LIMIT))
    due = f" (due {day(finding.due)})" if finding.due else ""
    who = f"{escape(finding.owner)}: " if finding.kind is Kind.NEXT_STEP and finding.owner else ""
    return f"{who}{text}{due}<br>{quote_html(call, finding)}"


def quote_html(call: Call, finding: Finding) -> str:
    """The quote with its speaker and a link to its minute in Gong."""
    said = escape(shorten(finding.quote, QUOTE_LIMIT))
    speaker = escape(finding.speaker or "Speaker unknown")
    return f"“{said}” – {speaker}, {_linked(minute(finding.start_ms), call_url(call, finding.start_ms))}"


def _linked(text: str, url: str | None) -> str:
    return f'<a href="{escape(url)}">{escape(text)}</a>' if url else escape(text)


def _circumstances(call: Call) -> str:
    started = started_at(call)
    when = f"{day(started)}, {started:%H:%M %Z}".strip() if started else None
    people = _names(party.name or party.email for party in call.parties if party.attended)
    return " · ".join(part for part in (when, duration(call.duration_s), people and f"with {people}") if part)


def _names(names: Iterable[str | None]) -> str:
    return shorten(", ".join(name for name in names if name), 1000)
