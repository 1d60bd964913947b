"""One record at a time: /crm/v3/objects/{type} and /crm/v3/objects/{type}/{id}."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.hubspot.asking import Change, New, body_of, flag_in, names_in, number_in, page_of
from sandbox.hubspot.errors import invalid, not_found
from sandbox.hubspot.object_types import ObjectType
from sandbox.hubspot.portal import Portal
from sandbox.hubspot.records import Records
from sandbox.hubspot.showing import shown, with_associations, with_history, written
from sandbox.store import Document

PAGE_SIZE = 10
LARGEST_PAGE = 100


class Objects:
    """The endpoints for single records and their list."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    async def read(self, request: Request) -> Response:
        """One record by id, or by the unique property `idProperty`; archived ones only when asked for."""
        type, records = self._named(request)
        id_property = records.check_id_property(request.query_params.get("idProperty"))
        targets = self._targets(request)
        document = records.seen(request.path_params["id"], id_property, flag_in(request, "archived"))
        if document is None:
            raise not_found(type.name, request.path_params["id"])
        return JSONResponse(self._shown(request, type, document, targets))

    async def page(self, request: Request) -> Response:
        """A page of records."""
        type, records = self._named(request)
        limit, targets = number_in(request, "limit", PAGE_SIZE, LARGEST_PAGE), self._targets(request)
        everything = list(records.all(flag_in(request, "archived")))
        page, paging = page_of(everything, request.query_params.get("after"), limit, request.url.path)
        return JSONResponse({"results": [self._shown(request, type, document, targets) for document in page], **paging})

    async def create(self, request: Request) -> Response:
        """Makes a record, with its associations."""
        type, records = self._named(request)
        new = await body_of(request, New)
        values = records.checked(new.properties)
        links = self._portal.planned_links(type, new.associations)
        with self._portal.frame.store.batch():
            document = records.create(values)
            for kind, target in links:
                self._portal.associations.link(kind, document["id"], target)
        return JSONResponse(written(document), status_code=201)

    async def update(self, request: Request) -> Response:
        """Sets properties of a record."""
        type, records = self._named(request)
        change = await body_of(request, Change)
        id_property = records.check_id_property(request.query_params.get("idProperty"))
        document = records.get(request.path_params["id"], id_property)
        if not change.properties:
            raise invalid("No properties found to update, please provide at least one.")
        changed = records.change(document, records.checked(change.properties, document))
        return JSONResponse(shown(self._portal, type, changed, [*type.shown, *change.properties]))

    async def archive(self, request: Request) -> Response:
        """Moves a record to the bin; one that is not there is no error."""
        _, records = self._named(request)
        records.archive(request.path_params["id"])
        return Response(status_code=204)

    def _named(self, request: Request) -> tuple[ObjectType, Records]:
        type = self._portal.type(request.path_params["type"])
        return type, self._portal.records[type.name]

    def _targets(self, request: Request) -> list[ObjectType]:
        return [self._portal.type(spelling) for spelling in names_in(request, "associations")]

    def _shown(self, request: Request, type: ObjectType, document: Document, targets: list[ObjectType]) -> Document:
        record = shown(self._portal, type, document, names_in(request, "properties"))
        told = with_history(self._portal, type, document, record, names_in(request, "propertiesWithHistory"))
        return with_associations(self._portal, type, document, told, targets)


def object_routes(portal: Portal) -> list[Route]:
    """The routes of single records."""
    objects = Objects(portal)
    return [
        Route("/crm/v3/objects/{type}", objects.page, methods=["GET"]),
        Route("/crm/v3/objects/{type}", objects.create, methods=["POST"]),
        Route("/crm/v3/objects/{type}/{id}", objects.read, methods=["GET"]),
        Route("/crm/v3/objects/{type}/{id}", objects.update, methods=["PATCH"]),
        Route("/crm/v3/objects/{type}/{id}", objects.archive, methods=["DELETE"]),
    ]
