"""The bundled portal as a lexicon, made of its files without a server: for tests that work on words alone."""

import json
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import sandbox
from core.query import Filter, Query
from core.scope import EVERYTHING, Scope
from nodes.understanding.lexicon import Lexicon, PersonKnown, TeamKnown
from nodes.understanding.names.entry import entry_of, entry_of_person
from nodes.understanding.names.filling import TYPES, described
from nodes.understanding.names.names import DESCRIBING
from nodes.understanding.names.seen import SeenNames
from nodes.understanding.names.table import NameTable
from nodes.understanding.names.words import everyday
from sandbox.hubspot.standard import custom_property, standard_properties
from tools.hubspot.port import FieldSpec, ObjectType, Pipeline, Record, Stage

DATA = Path(sandbox.__file__).parent / "data" / "hubspot"
NOW = datetime(2026, 11, 20, 10, tzinfo=ZoneInfo("America/Chicago"))
"""The Friday on which the bundled data was true."""

DANNY = "71240118"


@cache
def rows(name: str) -> tuple[dict[str, Any], ...]:
    return tuple(json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))["results"])


@cache
def records() -> tuple[Record, ...]:
    types: tuple[ObjectType, ...] = ("companies", "deals", "contacts")
    return tuple(Record(type=type, id=row["id"], properties=row["properties"]) for type in types for row in rows(type))


@cache
def people() -> tuple[PersonKnown, ...]:
    return tuple(
        PersonKnown(
            owner_id=row["id"],
            name=f"{row['firstName']} {row['lastName']}",
            email=row["email"],
            teams=tuple(team["id"] for team in row.get("teams", ())),
            archived=row["archived"],
        )
        for row in rows("owners")
    )


@cache
def table() -> NameTable:
    return table_of(records())


def table_of(found: Iterable[Record]) -> NameTable:
    return NameTable(entry for record in found if (entry := entry_of(record, everyday(), DESCRIBING)))


@cache
def colleagues() -> NameTable:
    return NameTable(entry_of_person(person, everyday()) for person in people())


def seen_by(scope: Scope = EVERYTHING) -> SeenNames:
    return SeenNames([table(), colleagues()], scope, everyday())


@cache
def lexicon(me: str | None = DANNY, now: datetime = NOW) -> Lexicon:
    """All names, as the person with this owner id may use them who is an admin."""
    mine = next((person for person in people() if person.owner_id == me), None)
    return Lexicon(
        now=now,
        me=me,
        me_name=mine.name if mine else "you",
        people=people(),
        teams=teams(),
        pipelines=pipelines(),
        names=seen_by(),
        my_teams=mine.teams if mine else (),
        fields={type: described(fields(type), seen_by(), type) for type in TYPES},
        zone=now.tzinfo,
        currency="USD",
    )


def teams() -> tuple[TeamKnown, ...]:
    found: dict[tuple[str, str], list[str]] = {}
    for row in rows("owners"):
        for team in row.get("teams", ()):
            found.setdefault((team["id"], team["name"]), []).append(row["id"])
    return tuple(TeamKnown(id=id, name=name, owner_ids=tuple(ids)) for (id, name), ids in found.items())


@cache
def pipelines() -> tuple[Pipeline, ...]:
    return tuple(
        Pipeline(id=row["id"], label=row["label"], stages=tuple(map(_stage, row["stages"])))
        for row in rows("pipelines")
    )


def _stage(row: dict[str, Any]) -> Stage:
    meta = row["metadata"]
    return Stage(
        id=row["id"],
        label=row["label"],
        order=row["displayOrder"],
        closed=meta["isClosed"] == "true",
        probability=float(meta["probability"]),
    )


def fields(type: ObjectType) -> dict[str, FieldSpec]:
    definitions = standard_properties(type)
    own = {name for row in rows(type) for name in row["properties"]} - definitions.keys()
    definitions |= {name: custom_property(type, name) for name in own}
    return {name: _field(definition) for name, definition in definitions.items()}


def _field(definition: dict[str, Any]) -> FieldSpec:
    options = tuple((option["value"], option["label"]) for option in definition["options"])
    return FieldSpec(name=definition["name"], label=definition["label"], type=definition["type"], options=options)


def told(query: Query) -> str:
    """A query on one line, people, records and stages by their names, in an order of its own."""
    said = [query.object, *sorted({_told(filter) for filter in query.filters})]
    groups = sorted(" & ".join(sorted(_told(filter) for filter in group)) for group in query.any_of)
    said += [f"({' | '.join(groups)})"] if groups else []
    said += [f"{'-' if sort.descending else '+'}{sort.field}" for sort in query.sort]
    said += [f"limit {query.limit}"] if query.limit is not None else []
    if query.aggregate is not None:
        over = query.aggregate
        said.append(f"{over.fn} {over.field or '*'}" + (f" by {over.by}" if over.by else ""))
    return "; ".join(said)


def _told(filter: Filter) -> str:
    if filter.op in ("is_empty", "is_not_empty"):
        return f"{filter.field} {filter.op}"
    value = filter.name if filter.name is not None else filter.value
    return f"{filter.field} {filter.op} {value}"
