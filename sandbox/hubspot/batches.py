"""Many records in one request: /crm/v3/objects/{type}/batch/{read,create,update,upsert,archive}.

What fails alone is told in `errors` of a 207, where HubSpot does so: a read or an update of what does not exist,
an upsert of wrong values, and a create or update whose inputs all carry an `objectWriteTraceId`. Everything else
fails the whole batch. Results come in no order that a client may rely on: here, last input first.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.hubspot.asking import (
    BatchArchive,
    BatchCreate,
    BatchRead,
    BatchWrite,
    New,
    Written,
    body_of,
    check_distinct,
    check_size,
    flag_in,
)
from sandbox.hubspot.errors import HubSpotError, already_has, invalid
from sandbox.hubspot.object_types import AssociationType, ObjectType
from sandbox.hubspot.outcome import Outcome
from sandbox.hubspot.portal import Portal
from sandbox.hubspot.records import Records
from sandbox.hubspot.showing import shown, written
from sandbox.store import Document
from sandbox.wire import path_within

Input = TypeVar("Input", New, Written)
Planned = tuple[dict[str, str], list[tuple[AssociationType, str]]]


class Batches:
    """The batch endpoints."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    async def read(self, request: Request) -> Response:
        """Records by id or unique property; what is not there is told in one error."""
        type, records = self._named(request)
        body = await body_of(request, BatchRead)
        check_size(body.inputs)
        id_property = records.check_id_property(body.idProperty)
        outcome = self._outcome(request)
        archived = flag_in(request, "archived")
        kept, failed = outcome.spared(list(dict.fromkeys(entry.id for entry in body.inputs)))
        outcome.fail(failed, lambda id: {"ids": [id]})
        found = {id: records.seen(id, id_property, archived) for id in kept}
        missing = [id for id, document in found.items() if document is None]
        if missing:
            outcome.add(_not_there(type, missing))
        documents = {document["id"]: document for document in found.values() if document is not None}
        outcome.results = [shown(self._portal, type, document, body.properties) for document in documents.values()]
        return outcome.response()

    async def create(self, request: Request) -> Response:
        """Makes records, with their associations."""
        type, records = self._named(request)
        body = await body_of(request, BatchCreate)
        check_size(body.inputs)
        outcome = self._outcome(request)
        inputs, failed = outcome.spared(list(body.inputs))
        outcome.fail(failed, _trace)
        claimed: set[tuple[str, str]] = set()

        def plan(new: New) -> Planned:
            values = records.checked(new.properties)
            links = self._portal.planned_links(type, new.associations)
            self._claim(type, values, claimed)
            return values, links

        for new, (values, links) in _planned(inputs, plan, outcome, _traced(body.inputs)):
            document = records.create(values)
            for kind, target in links:
                self._portal.associations.link(kind, document["id"], target)
            outcome.results.append({**written(document), **_echo(new)})
        return outcome.response(made=True)

    async def update(self, request: Request) -> Response:
        """Sets properties of records by id or unique property."""
        type, records = self._named(request)
        body = await body_of(request, BatchWrite)
        self._check_write(records, body)
        outcome = self._outcome(request)
        inputs, failed = outcome.spared(list(body.inputs))
        outcome.fail(failed, _ids)
        found = {change.id: self._to_change(records, change) for change in inputs}
        for change in inputs:
            if found[change.id] is None:
                outcome.add(_not_there(type, [change.id], _trace(change)))

        def plan(change: Written) -> dict[str, str]:
            return records.checked(change.properties, found[change.id])

        there = [change for change in inputs if found[change.id] is not None]
        for change, values in _planned(there, plan, outcome, _traced(body.inputs)):
            changed = records.change(records.get(change.id, change.idProperty or None), values)
            outcome.results.append({**shown(self._portal, type, changed, list(change.properties)), **_echo(change)})
        return outcome.response()

    async def upsert(self, request: Request) -> Response:
        """Changes the records that have the unique value, and makes those that are not there."""
        _, records = self._named(request)
        body = await body_of(request, BatchWrite)
        self._check_write(records, body)
        if not all(entry.idProperty for entry in body.inputs):
            raise invalid("Each input of an upsert needs an idProperty.", context={"idProperty": []})
        outcome = self._outcome(request)
        inputs, failed = outcome.spared(list(body.inputs))
        outcome.fail(failed, _ids)

        def plan(entry: Written) -> dict[str, str]:
            held = records.find(entry.id, entry.idProperty)
            return records.checked({str(entry.idProperty): entry.id, **entry.properties}, held)

        for entry, values in _planned(inputs, plan, outcome, collect=True):
            held = records.find(entry.id, entry.idProperty)
            document = records.create(values) if held is None else records.change(held, values)
            outcome.results.append({**written(document), "new": held is None, **_echo(entry)})
        return outcome.response()

    async def archive(self, request: Request) -> Response:
        """Moves records to the bin; one that is not there is no error."""
        _, records = self._named(request)
        body = await body_of(request, BatchArchive)
        check_size(body.inputs)
        with self._portal.frame.store.batch():
            for entry in body.inputs:
                records.archive(entry.id)
        return Response(status_code=204)

    def _named(self, request: Request) -> tuple[ObjectType, Records]:
        type = self._portal.type(request.path_params["type"])
        return type, self._portal.records[type.name]

    def _outcome(self, request: Request) -> Outcome:
        path = path_within(request.scope)
        partial = self._portal.frame.faults.take("hubspot", request.method, path, ("partial_207",))
        return Outcome(started=self._portal.now(), portal=self._portal, partial=partial is not None)

    def _check_write(self, records: Records, body: BatchWrite) -> None:
        check_size(body.inputs)
        for entry in body.inputs:
            records.check_id_property(entry.idProperty)
        check_distinct([entry.id for entry in body.inputs])

    def _to_change(self, records: Records, change: Written) -> Document | None:
        """The record an input is about; by a unique property, one that is missing fails the whole batch."""
        document = records.find(change.id, change.idProperty or None)
        if document is None and change.idProperty:
            coordinates = f"{change.idProperty}:{change.id}"
            raise invalid(
                "Some records could not be found by their unique property.",
                context={"missingObjectPropertyValueCoordinates": [coordinates]},
            )
        return document

    def _claim(self, type: ObjectType, values: dict[str, str], claimed: set[tuple[str, str]]) -> None:
        """Refuses a unique value that an earlier input of the same batch has."""
        for name in self._portal.properties.unique(type):
            value = values.get(name)
            if value and (name, value) in claimed:
                raise already_has(type.singular, name, value, "Another input")
            if value:
                claimed.add((name, value))


def batch_routes(portal: Portal) -> list[Route]:
    """The routes of the batch endpoints."""
    batches = Batches(portal)
    return [
        Route("/crm/v3/objects/{type}/batch/read", batches.read, methods=["POST"]),
        Route("/crm/v3/objects/{type}/batch/create", batches.create, methods=["POST"]),
        Route("/crm/v3/objects/{type}/batch/update", batches.update, methods=["POST"]),
        Route("/crm/v3/objects/{type}/batch/upsert", batches.upsert, methods=["POST"]),
        Route("/crm/v3/objects/{type}/batch/archive", batches.archive, methods=["POST"]),
    ]


def _planned(
    inputs: Sequence[Input], plan: Callable[[Input], Any], outcome: Outcome, collect: bool
) -> list[tuple[Input, Any]]:
    """Each input with its plan. With `collect` a wrong input becomes an error of its own, else it fails the batch.

    Everything is planned before anything is done, so that a batch that fails leaves nothing behind. A conflict
    always fails the whole batch.
    """
    planned = []
    for entry in inputs:
        try:
            planned.append((entry, plan(entry)))
        except HubSpotError as error:
            if not collect or error.status == 409:
                raise
            outcome.add(error.entry(_ids(entry) if isinstance(entry, Written) else _trace(entry)))
    return planned


def _not_there(type: ObjectType, ids: list[str], context: dict[str, list[str]] | None = None) -> Document:
    message = f"Could not get some {type.singular.upper()} objects. Check that their ids are valid."
    return HubSpotError(404, "OBJECT_NOT_FOUND", message).entry({"ids": ids, **(context or {})})


def _traced(inputs: Sequence[New | Written]) -> bool:
    """Whether a client asked for errors by input: then each carries a trace id of its own."""
    traces = [entry.objectWriteTraceId for entry in inputs]
    return all(traces) and len(set(traces)) == len(traces)


def _trace(entry: New | Written) -> dict[str, list[str]]:
    return {"objectWriteTraceId": [entry.objectWriteTraceId]} if entry.objectWriteTraceId else {}


def _ids(entry: Written) -> dict[str, list[str]]:
    return {"ids": [entry.id], **_trace(entry)}


def _echo(entry: New | Written) -> Document:
    return {"objectWriteTraceId": entry.objectWriteTraceId} if entry.objectWriteTraceId else {}
