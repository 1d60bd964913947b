"""The page itself, section by section: first what was written, then what there is, then what the services saw."""

from sandbox.frame import Frame
from sandbox.page.calls import calls_table, messages, transcript
from sandbox.page.markup import EMPTY, Markup, folded, joined, rows, tag
from sandbox.page.text import html_as_text
from sandbox.page.view import RECORDS, Change, Record, View, Written
from sandbox.store import Document

LISTED_MOST = 300
"""Rows of one list; a page with more of them helps nobody."""
MAKES_A_CALL = "POST /v2/calls"


def page(frame: Frame, style: str) -> str:
    """The page of everything."""
    view = View(frame)
    return _document(
        "Sandbox",
        style,
        tag(
            "header",
            tag("h1", "Sandbox"),
            tag(
                "p", f"{frame.clock.now():%Y-%m-%d %H:%M %Z} · time runs {frame.speed:g} times as fast", class_="quiet"
            ),
        ),
        _alarms(frame),
        _counts(frame),
        _section("Slack messages", messages(frame)),
        *(_section(type.title(), _records(type, view.records(type))) for type in RECORDS),
        _section("Tasks", _all_written(view.tasks())),
        _section("Notes", _all_written(view.notes())),
        _section("Calls in Gong", folded(f"{len(view.table('gong.calls'))} calls", calls_table(frame))),
        _section("Requests", _requests(frame)),
        _section("Switches", _switches(frame)),
    )


def call_page(call: Document, style: str) -> str:
    """The page of one call with its transcript."""
    title = str(call["extensive"]["metaData"].get("title") or call["extensive"]["metaData"]["id"])
    return _document(
        title, style, tag("p", tag("a", "All of the sandbox", href="/")), tag("h1", title), transcript(call)
    )


def _document(title: str, style: str, *body: Markup) -> str:
    head = joined(
        Markup('<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'),
        Markup('<meta name="color-scheme" content="light dark">'),
        tag("title", title),
        tag("style", Markup(style)),
    )
    return f"<!doctype html>{tag('html', tag('head', head), tag('body', tag('main', *body)), lang='en')}"


def _section(title: str, *content: Markup) -> Markup:
    return tag("section", tag("h2", title), *content)


def _alarms(frame: Frame) -> Markup:
    """What nobody should overlook: a call made in Gong by somebody who is only to read."""
    made = frame.requests.report().get("gong", {}).get("by_path", {}).get(MAKES_A_CALL, 0)
    if not made:
        return EMPTY
    return tag("p", f"{MAKES_A_CALL} was sent {made} times. It makes a call; it does not list any.", class_="alarm")


def _counts(frame: Frame) -> Markup:
    shown = [("Calls", "gong.calls"), ("Deals", "hubspot.deals"), ("Contacts", "hubspot.contacts")]
    shown += [("Companies", "hubspot.companies"), ("Notes", "hubspot.notes"), ("Tasks", "hubspot.tasks")]
    shown += [("Messages", "slack.messages")]
    tiles = (
        tag("li", tag("strong", len(frame.store.table(table))), tag("span", name, class_="quiet"))
        for name, table in shown
    )
    return tag("ul", *tiles, class_="counts")


def _records(type: str, records: list[Record]) -> Markup:
    touched = [record for record in records if record.is_new or record.changes]
    said = f"{len(touched)} of {len(records)} were written to." if touched else "Nothing was written."
    listing = rows(
        [[record.title, *record.facts, record.id] for record in records[:LISTED_MOST]],
        ["name", *(["stage", "amount", "close date"] if type == "deals" else ["address"]), "owner", "id"],
    )
    return joined(
        tag("p", said, class_="quiet"),
        *(_changed(record) for record in touched[:LISTED_MOST]),
        folded(f"All {len(records)}", _cut(len(records)), listing),
    )


def _changed(record: Record) -> Markup:
    title = joined(tag("strong", record.title), " ", tag("span", " · ".join(record.facts), class_="quiet"))
    if record.is_new:
        return tag("article", tag("p", title, " ", tag("mark", "new")))
    changes = rows([_change(change) for change in record.changes], ["property", "before", "after"])
    return tag("article", tag("p", title), changes)


def _change(change: Change) -> list[str | Markup]:
    after = tag("mark", change.after) if change.after else tag("span", "empty", class_="quiet")
    return [tag("code", change.name), change.before or tag("span", "empty", class_="quiet"), after]


def _all_written(written: list[Written]) -> Markup:
    new = [one for one in written if one.is_new]
    old = [one for one in written if not one.is_new]
    said = f"{len(new)} new, {len(old)} were there before."
    return joined(
        tag("p", said, class_="quiet"),
        *(_written(one) for one in new[:LISTED_MOST]),
        _cut(len(new)),
        folded(f"Those from before ({len(old)})", *(_written(one) for one in old[:LISTED_MOST])) if old else EMPTY,
    )


def _written(one: Written) -> Markup:
    facts = " · ".join(f"{name} {value}" for name, value in one.facts)
    about = ", ".join(one.about) or "belongs to nothing"
    body = html_as_text(one.body)
    return tag(
        "article",
        tag("p", tag("strong", one.title) if one.title else None, " ", tag("span", facts, class_="quiet")),
        tag("p", about, class_="about"),
        folded(body.splitlines()[0][:120], tag("p", body, class_="lines")) if body else None,
    )


def _requests(frame: Frame) -> Markup:
    services = frame.requests.report()
    table = rows(
        [[name, str(counts["total"]), str(counts["rate_limited"])] for name, counts in services.items()],
        ["service", "requests", "refused for the rate limit"],
    )
    paths = rows(
        [
            [name, tag("code", path), str(count)]
            for name, counts in services.items()
            for path, count in counts["by_path"].items()
        ],
        ["service", "request", "times"],
    )
    return joined(table, folded("By path", paths))


def _switches(frame: Frame) -> Markup:
    faults = [
        [
            fault.service,
            fault.kind,
            fault.path or "every request",
            "until cleared" if fault.times is None else str(fault.times),
        ]
        for fault in frame.faults.active()
    ]
    withheld = [f"{service} lacks {', '.join(scopes)}" for service, scopes in frame.scopes.report().items()]
    notes = [tag("li", note) for note in (*withheld, *frame.notes)]
    return joined(
        rows([[*fault] for fault in faults], ["service", "fault", "on", "times left"])
        if faults
        else tag("p", "No fault is switched on.", class_="quiet"),
        tag("ul", *notes) if notes else EMPTY,
    )


def _cut(count: int) -> Markup:
    return (
        tag("p", f"Only the first {LISTED_MOST} of {count} are shown.", class_="quiet")
        if count > LISTED_MOST
        else EMPTY
    )
