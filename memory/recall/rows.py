"""How recall reads rows: what it chooses among, and what goes out, each held to the access condition once more.

No condition here names a kind: SQLite, which does not count what a condition leaves, would rather go through all rows
of a kind (200 ms at 100,000) than look fifty ids up. The kind was asked for when they were found.
"""

from collections.abc import Collection, Iterable, Sequence
from functools import partial
from typing import Any

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from memory.database import Database
from memory.recall.asked import Asked
from memory.recall.choosing import Candidate, Choice
from memory.store.entry import Kept
from memory.store.reading import kept_of
from memory.tables import MemoryItemRow


async def candidates(database: Database, asked: Asked, ids: Collection[int]) -> list[Candidate]:
    """Those of these rows, which were found, that may be shown."""
    row = MemoryItemRow
    # Two findings of one sentence: an objection that is a risk, too.
    sentence = col(row.source) + col(row.value)["quote"].as_string()
    content = func.coalesce(case((col(row.kind) == "call_findings", sentence)), col(row.content_hash))
    columns: list[Any] = [row.id, row.source, row.kind, row.position, content]
    moment = func.coalesce(col(row.at), col(row.created_at))
    statement: Select[Any] = select(*columns, moment).where(col(row.id).in_(ids), asked.shown())
    return await database.read(lambda session: [Candidate(*found) for found in session.execute(statement)])


async def with_surroundings(database: Database, asked: Asked, choices: Sequence[Choice], neighbours: int) -> list[Kept]:
    """The rows of the choices and all around them that may be shown: each is asked for so, and looked at again."""
    if not choices:
        return []
    found = await database.read(partial(_read, asked=asked, choices=choices, neighbours=neighbours))
    return [kept for kept in found if asked.may_go_out(kept)]


def surroundings(choice: Choice, own: Kept, rows: Iterable[Kept], neighbours: int) -> list[Kept]:
    """Those of the rows that stand around a choice, in their order, each content once and never the choice's own."""
    span = choice.span(neighbours)
    if span is None:
        return []
    place = (choice.best.source, choice.best.kind)
    around = [each for each in rows if (each.source, each.kind) == place and span[0] <= each.position <= span[1]]
    by_content = {each.content_hash: each for each in around if each.content_hash != own.content_hash}
    return sorted(by_content.values(), key=lambda each: (each.position, each.id))


def _read(session: Session, asked: Asked, choices: Sequence[Choice], neighbours: int) -> list[Kept]:
    row = MemoryItemRow
    ids = [choice.best.id for choice in choices]
    spans = [(choice.best, choice.span(neighbours)) for choice in choices]
    places = {(best.source, best.kind, at) for best, span in spans if span for at in range(span[0], span[1] + 1)}
    if places:
        sources, positions = {source for source, _, _ in places}, {at for _, _, at in places}
        columns = select(col(row.id), col(row.source), col(row.kind), col(row.position))
        at_places = columns.where(col(row.source).in_(sources), col(row.position).in_(positions), asked.shown())
        ids += [id for id, *place in session.execute(at_places) if id is not None and tuple(place) in places]
    statement = select(row).where(col(row.id).in_(ids), asked.shown())
    return kept_of(session, session.scalars(statement).all())
