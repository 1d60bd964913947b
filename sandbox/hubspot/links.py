"""Associations of the v4 API: /crm/v4/objects/{type}/{id}/associations and /crm/v4/associations/{type}/{type}/batch."""

from pydantic import Field, TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.hubspot.asking import Asked, body_of, check_size, json_body, number_in, page_of
from sandbox.hubspot.associations import (
    AssociationSpec,
    ObjectId,
    chosen_types,
    default_type,
    spec_of,
    unknown_objects,
)
from sandbox.hubspot.errors import HubSpotError, invalid
from sandbox.hubspot.object_types import ASSOCIATION_TYPES, AssociationType, ObjectType
from sandbox.hubspot.outcome import Outcome
from sandbox.hubspot.portal import Portal
from sandbox.store import Document
from sandbox.wire import path_within

PAGE_SIZE = 500
READ_SIZE = 1_000
WRITE_SIZE = 2_000
SPECS = TypeAdapter(tuple[AssociationSpec, ...])


class Pair(Asked):
    """Two records to associate in the default way."""

    start: ObjectId = Field(alias="from")
    to: ObjectId


class LabelledPair(Pair):
    """Two records to associate in named ways."""

    types: tuple[AssociationSpec, ...] = Field(min_length=1)


class Parting(Asked):
    """A record and those to part it from."""

    start: ObjectId = Field(alias="from")
    to: tuple[ObjectId, ...]


class Fetch(Asked):
    """A record whose associations are asked for."""

    id: str = Field(min_length=1)
    after: str | None = None


class Fetches(Asked):
    """The body of a batch read."""

    inputs: tuple[Fetch, ...]


class Pairs(Asked):
    """The body of a batch of default associations."""

    inputs: tuple[Pair, ...]


class LabelledPairs(Asked):
    """The body of a batch create."""

    inputs: tuple[LabelledPair, ...]


class Partings(Asked):
    """The body of a batch archive."""

    inputs: tuple[Parting, ...]


class Links:
    """The association endpoints."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    async def page(self, request: Request) -> Response:
        """A page of the links of one record."""
        source, target = self._ends(request)
        id = request.path_params["id"]
        self._portal.records[source.name].get(id)
        limit = number_in(request, "limit", PAGE_SIZE, PAGE_SIZE)
        links = self._linked(source, id, target)
        page, paging = page_of(links, request.query_params.get("after"), limit, request.url.path)
        return JSONResponse({"results": page, **paging})

    async def default(self, request: Request) -> Response:
        """Associates two records in the default way; they may be so already."""
        source, target = self._ends(request)
        pair = (request.path_params["id"], request.path_params["other"])
        outcome = self._outcome(request)
        self._associate(source, target, [pair], outcome)
        return outcome.response()

    async def create(self, request: Request) -> Response:
        """Associates two records in the ways that the body names."""
        source, target = self._ends(request)
        try:
            specs = SPECS.validate_json(await json_body(request), strict=True)
        except ValidationError as error:
            raise invalid("Invalid input JSON: a list of association types is needed.") from error
        if not specs:
            raise invalid("At least one association type is needed.")
        types = chosen_types(source.name, target.name, specs)
        id, other = request.path_params["id"], request.path_params["other"]
        self._check_there(source, [id])
        self._check_there(target, [other])
        return JSONResponse(self._link(types, id, other), status_code=201)

    async def archive(self, request: Request) -> Response:
        """Parts two records; that they are apart already is no error."""
        source, target = self._ends(request)
        ends = (request.path_params["id"], target.name, request.path_params["other"])
        self._portal.associations.unlink(source.name, *ends)
        return Response(status_code=204)

    async def batch_read(self, request: Request) -> Response:
        """The links of many records; one that has none is told in `errors`, with 207."""
        source, target = self._ends(request)
        body = await body_of(request, Fetches)
        check_size(body.inputs, READ_SIZE)
        outcome = self._outcome(request)
        inputs, failed = outcome.spared(list(body.inputs))
        outcome.fail(failed, lambda entry: {"fromObjectId": [entry.id]})
        for entry in inputs:
            links = self._linked(source, entry.id, target)
            page, paging = page_of(links, entry.after, PAGE_SIZE, request.url.path)
            if page:
                outcome.results.append({"from": {"id": entry.id}, "to": page, **paging})
            else:
                outcome.add(_none_found(source, target, entry.id))
        return outcome.response()

    async def batch_default(self, request: Request) -> Response:
        """Associates many pairs in the default way."""
        source, target = self._ends(request)
        body = await body_of(request, Pairs)
        check_size(body.inputs, WRITE_SIZE)
        outcome = self._outcome(request)
        inputs, failed = outcome.spared(list(body.inputs))
        outcome.fail(failed, lambda pair: {"fromObjectId": [pair.start.id], "toObjectId": [pair.to.id]})
        self._associate(source, target, [(pair.start.id, pair.to.id) for pair in inputs], outcome)
        return outcome.response()

    async def batch_create(self, request: Request) -> Response:
        """Associates many pairs in named ways."""
        source, target = self._ends(request)
        body = await body_of(request, LabelledPairs)
        check_size(body.inputs, WRITE_SIZE)
        outcome = self._outcome(request)
        inputs, failed = outcome.spared(list(body.inputs))
        outcome.fail(failed, lambda pair: {"fromObjectId": [pair.start.id], "toObjectId": [pair.to.id]})
        types = [chosen_types(source.name, target.name, pair.types) for pair in inputs]
        self._check_there(source, [pair.start.id for pair in inputs])
        self._check_there(target, [pair.to.id for pair in inputs])
        with self._portal.frame.store.batch():
            for pair, chosen in zip(inputs, types, strict=True):
                outcome.results.append(self._link(chosen, pair.start.id, pair.to.id))
        return outcome.response(made=True)

    async def batch_archive(self, request: Request) -> Response:
        """Parts many records."""
        source, target = self._ends(request)
        body = await body_of(request, Partings)
        check_size(body.inputs, WRITE_SIZE)
        for parting in body.inputs:
            for other in parting.to:
                self._portal.associations.unlink(source.name, parting.start.id, target.name, other.id)
        return Response(status_code=204)

    def _ends(self, request: Request) -> tuple[ObjectType, ObjectType]:
        return self._portal.type(request.path_params["source"]), self._portal.type(request.path_params["target"])

    def _outcome(self, request: Request) -> Outcome:
        taken = self._portal.frame.faults.take("hubspot", request.method, path_within(request.scope), ("partial_207",))
        return Outcome(started=self._portal.now(), portal=self._portal, partial=taken is not None)

    def _linked(self, source: ObjectType, id: str, target: ObjectType) -> list[Document]:
        return [
            {"toObjectId": link.target, "associationTypes": [spec_of(kind) for kind in link.types]}
            for link in self._portal.links(source, id, target)
        ]

    def _check_there(self, type: ObjectType, ids: list[str]) -> None:
        """400 that names the records that do not exist."""
        missing = sorted({id for id in ids if self._portal.records[type.name].find(id) is None})
        if missing:
            raise unknown_objects(type.singular, missing)

    def _associate(
        self, source: ObjectType, target: ObjectType, pairs: list[tuple[str, str]], outcome: Outcome
    ) -> None:
        """Links each pair in the default way; the answer tells of both directions."""
        there = default_type(source.name, target.name)
        self._check_there(source, [start for start, _ in pairs])
        self._check_there(target, [end for _, end in pairs])
        back = ASSOCIATION_TYPES[there.inverse]
        with self._portal.frame.store.batch():
            for start, end in pairs:
                self._portal.associations.link(there, start, end)
                outcome.results += [_made(there, start, end), _made(back, end, start)]

    def _link(self, types: list[AssociationType], start: str, end: str) -> Document:
        """Links two records in these ways, and says so as the API does."""
        for type in types:
            self._portal.associations.link(type, start, end)
        return {
            "fromObjectTypeId": self._portal.type(types[0].source).id,
            "fromObjectId": start,
            "toObjectTypeId": self._portal.type(types[0].target).id,
            "toObjectId": end,
            "labels": [type.label for type in types if type.label],
        }


def link_routes(portal: Portal) -> list[Route]:
    """The routes of associations."""
    links = Links(portal)
    one = "/crm/v4/objects/{source}/{id}/associations"
    many = "/crm/v4/associations/{source}/{target}/batch"
    return [
        Route(f"{one}/default/{{target}}/{{other}}", links.default, methods=["PUT"]),
        Route(f"{one}/{{target}}/{{other}}", links.create, methods=["PUT"]),
        Route(f"{one}/{{target}}/{{other}}", links.archive, methods=["DELETE"]),
        Route(f"{one}/{{target}}", links.page, methods=["GET"]),
        Route(f"{many}/read", links.batch_read, methods=["POST"]),
        Route(f"{many}/associate/default", links.batch_default, methods=["POST"]),
        Route(f"{many}/create", links.batch_create, methods=["POST"]),
        Route(f"{many}/archive", links.batch_archive, methods=["POST"]),
    ]


def _made(type: AssociationType, start: str, end: str) -> Document:
    spec = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": type.id}
    return {"from": {"id": start}, "to": {"id": end}, "associationSpec": spec}


def _none_found(source: ObjectType, target: ObjectType, id: str) -> Document:
    message = f"No {target.singular} is associated with {source.singular} {id}."
    context = {"fromObjectId": [id], "fromObjectType": [source.singular], "toObjectType": [target.singular]}
    entry = HubSpotError(404, "OBJECT_NOT_FOUND", message).entry(context)
    return {**entry, "subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND"}
