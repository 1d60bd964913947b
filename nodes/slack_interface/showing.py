"""An answer as Slack shows it: blocks within Slack's limits, and the text that stands in for them.

A TurnAnswer comes from nodes/chat/composing.py; who posts it passes the hosts that links may lead to. Its words come
first, then what was done or is asked back, the table, what is missing, and at the end the sources.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from nodes.chat.cleaning import clean, clean_citation, clean_reply
from nodes.chat.composing import NOTHING, choices_text
from nodes.chat.shape import AgentReply, Citation, Done, Table, TurnAnswer
from nodes.chat.tables import only_repeats, without_empty
from nodes.chat.telling import as_text, worth_showing
from nodes.notification.message import context, section
from nodes.slack_interface.data_tables import below, data_table, text_table
from nodes.slack_interface.wording import as_sections
from tools.slack.port import Block
from tools.slack.text import BLOCKS_A_MESSAGE, CUT, FALLBACK_LIMIT, escape, fit_lines, link, one_line

MESSAGE: Final = 13_000
"""Letters in all blocks of a message: Slack takes some 13,200."""
SOURCES: Final = 1_800
"""Of them, those of the sources."""
LINE: Final = 1_000
"""Letters of a line of the text that stands in for the blocks."""
REMARK: Final = 600
VALUE: Final = 200
QUOTE: Final = 160
TITLE: Final = 100


@dataclass(frozen=True)
class SlackAnswer:
    """What is posted: `text` is for notifications and for who cannot be shown the blocks."""

    text: str
    blocks: tuple[Block, ...]


def as_slack(answer: TurnAnswer, hosts: frozenset[str], *, data_tables: bool = True) -> SlackAnswer:
    """The answer with links to these hosts (`ChatContext.link_hosts`) and their subdomains only.

    Without `data_tables` its tables are text, which every client shows and no workspace refuses.
    """
    shown = _cleaned(answer, hosts)
    sources = _sources(shown, hosts)
    share = (MESSAGE - SOURCES) // max(1, len(shown.replies))
    blocks = [block for reply in shown.replies for block in _of_reply(reply, hosts, share, data_tables)]
    blocks = blocks or _sections(shown.text, hosts, share) or _sections(NOTHING, hosts, share)
    fitting = _fitting(_once(blocks), BLOCKS_A_MESSAGE - len(sources), MESSAGE - sum(map(_letters, sources)))
    return SlackAnswer(text=_stand_in(shown), blocks=(*fitting, *sources))


def _cleaned(answer: TurnAnswer, hosts: frozenset[str]) -> TurnAnswer:
    return answer.model_copy(
        update={
            "text": clean(answer.text, hosts),
            "replies": tuple(clean_reply(reply, hosts) for reply in answer.replies),
            "citations": tuple(clean_citation(citation, hosts) for citation in answer.citations),
        }
    )


def _of_reply(reply: AgentReply, hosts: frozenset[str], room: int, data_tables: bool) -> Iterator[Block]:
    """The blocks of one reply, in about so many letters."""
    table = without_empty(reply.table) if reply.table and reply.table.rows else None
    if table is not None and only_repeats(table, reply.text):
        table = None
    words = _sections(reply.text, hosts, room // 2 if table else room)
    yield from words
    if reply.doubt:
        asked = "\n".join([reply.doubt, choices_text(reply.choices)])
        yield from _sections(asked, hosts, room // 2)
    if reply.done and (change := _change(reply.done, reply.text)):
        yield context(change)
    if table is not None:
        yield from _table(table, _caption(reply), hosts, room - sum(map(_letters, words)), data_tables)
    if reply.partial:
        yield context(f"Note: {one_line(reply.partial, REMARK)}")


def _table(table: Table, caption: str, hosts: frozenset[str], room: int, data_tables: bool) -> Iterator[Block]:
    if not data_tables:
        text = text_table(table, room)
        yield _section(text) if text else context("The table is too large for a message.")
        return
    block, shown = data_table(table, caption, hosts, room)
    if shown:
        yield block
    if told := below(table, shown):
        yield context(told)


def _caption(reply: AgentReply) -> str:
    return reply.query.object.capitalize() if reply.query else "Table"


def _change(done: Done, said: str) -> str | None:
    """Before and after, and how to take it back or answer it: what of it the words do not tell."""
    parts = []
    if (done.before or done.after) and not all(value in said for value in (done.before, done.after) if value):
        label = f"*{one_line(done.label, VALUE)}*: " if done.label else ""
        before, after = (one_line(value, VALUE) if value else "nothing" for value in (done.before, done.after))
        parts.append(f"{label}{before} → {after}")
    if done.undo and done.undo not in said:
        parts.append(f"To take it back: `{one_line(done.undo, VALUE)}`, or say: undo that")
    if done.state == "asked" and done.approval and f"approve {done.approval}" not in said:
        parts.append(f"Say “approve {done.approval}” or “reject {done.approval} because …”")
    return "\n".join(parts) or None


def _sources(answer: TurnAnswer, hosts: frozenset[str]) -> tuple[Block, ...]:
    """One block with a line for each source that is worth one: a record that a row of a table leads to is not."""
    linked = {cell.link for reply in answer.replies if reply.table for row in reply.table.rows for cell in row} - {None}
    lines = [
        _source(citation, answer.text, hosts)
        for citation in worth_showing(answer)
        if citation.link not in linked or f"[{citation.number}]" in answer.text
    ]
    return (context(fit_lines(lines, SOURCES)),) if lines else ()


def _source(citation: Citation, said: str, hosts: frozenset[str]) -> str:
    """A source by its number: the record, or the call with who said it, when and at which minute."""
    title = link(citation.link, citation.title[:TITLE], hosts)
    when = f"{citation.at.day} {citation.at:%b %Y}" if citation.at and citation.kind != "record" else None
    about = [one_line(part, TITLE) for part in (citation.speaker, when, citation.minute) if part]
    quote = f" “{one_line(citation.quote, QUOTE)}”" if citation.quote and citation.quote not in said else ""
    return f"[{citation.number}] {', '.join([title, *about])}{quote}"


def _stand_in(answer: TurnAnswer) -> str:
    """The answer with its tables as text, as far as there is room."""
    lines = [escape(line, LINE) for line in as_text(answer).splitlines()]
    return fit_lines(lines, FALLBACK_LIMIT).strip() or NOTHING


def _once(blocks: Sequence[Block]) -> list[Block]:
    """The blocks without those that were there before: two replies in the same words are one."""
    kept: list[Block] = []
    for block in blocks:
        if block not in kept:
            kept.append(block)
    return kept


def _fitting(blocks: Sequence[Block], most: int, room: int) -> list[Block]:
    """The first blocks that fit, at most so many; then how many did not."""
    kept: list[Block] = []
    left = room - REMARK
    for block in blocks:
        left -= _letters(block)
        if left < 0 or len(kept) == most - 1:
            break
        kept.append(block)
    if len(kept) == len(blocks):
        return kept
    return [*kept, context(f"{CUT} and {len(blocks) - len(kept)} more parts, too long for a message")]


def _letters(part: Any) -> int:
    """How many letters of text stand in a block, as Slack counts them."""
    if isinstance(part, dict):
        own = len(part["text"]) if isinstance(part.get("text"), str) else 0
        return own + sum(_letters(value) for value in part.values())
    return sum(_letters(value) for value in part) if isinstance(part, list) else 0


def _sections(text: str, hosts: frozenset[str], room: int) -> list[Block]:
    return [_section(part) for part in as_sections(text, hosts, room)]


def _section(text: str) -> Block:
    """A section that is shown whole, without a click on “see more”."""
    return {**section(text), "expand": True}
