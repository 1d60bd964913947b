"""What describes the account: properties and their groups, pipelines, owners, account details."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.hubspot.asking import Asked, body_of, check_size, flag_in, number_in, page_of
from sandbox.hubspot.errors import HubSpotError, invalid, not_found
from sandbox.hubspot.outcome import Outcome
from sandbox.hubspot.portal import Portal
from sandbox.hubspot.properties import GroupInput, PropertyInput
from sandbox.store import Document
from sandbox.wire import path_within

OWNERS = 100
LARGEST_OWNERS = 500


class NamedInput(Asked):
    """One input that is only a name."""

    name: str


class BatchProperties(Asked):
    """The body of a batch create of properties."""

    inputs: tuple[PropertyInput, ...]


class BatchNames(Asked):
    """The body of a batch read or archive of properties."""

    inputs: tuple[NamedInput, ...]
    archived: bool = False


class PropertyEndpoints:
    """The endpoints of properties and property groups."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._properties = portal.properties

    async def page(self, request: Request) -> Response:
        """Every property of a type."""
        type = self._portal.type(request.path_params["type"])
        return JSONResponse({"results": self._properties.all(type, flag_in(request, "archived"))})

    async def create(self, request: Request) -> Response:
        """Makes a property."""
        type = self._portal.type(request.path_params["type"])
        given = await body_of(request, PropertyInput)
        return JSONResponse(self._properties.create(type, given, self._portal.now()), status_code=201)

    async def read(self, request: Request) -> Response:
        """One property."""
        type = self._portal.type(request.path_params["type"])
        definition = self._properties.find(type, request.path_params["name"])
        if definition is None:
            raise not_found("PROPERTY", request.path_params["name"])
        return JSONResponse(definition)

    async def archive(self, request: Request) -> Response:
        """Moves a property to the bin."""
        type = self._portal.type(request.path_params["type"])
        self._properties.archive(type, request.path_params["name"], self._portal.now())
        return Response(status_code=204)

    async def batch_create(self, request: Request) -> Response:
        """Makes properties; those that cannot be made are told in `errors`, with 207."""
        type = self._portal.type(request.path_params["type"])
        body = await body_of(request, BatchProperties)
        check_size(body.inputs)
        outcome = self._outcome(request)
        inputs, failed = outcome.spared(list(body.inputs))
        outcome.fail(failed, lambda given: {"name": [given.name]})
        _each(inputs, lambda given: self._properties.create(type, given, self._portal.now()), outcome)
        return outcome.response(made=True)

    async def batch_read(self, request: Request) -> Response:
        """Properties by name."""
        type = self._portal.type(request.path_params["type"])
        body = await body_of(request, BatchNames)
        check_size(body.inputs)
        outcome = self._outcome(request)
        known = {definition["name"]: definition for definition in self._properties.all(type, body.archived)}
        for entry in body.inputs:
            if entry.name in known:
                outcome.results.append(known[entry.name])
            else:
                outcome.add(not_found("PROPERTY", entry.name).entry({"name": [entry.name]}))
        return outcome.response()

    async def groups(self, request: Request) -> Response:
        """Every property group of a type."""
        return JSONResponse({"results": self._properties.groups(self._portal.type(request.path_params["type"]))})

    async def group(self, request: Request) -> Response:
        """One property group."""
        type = self._portal.type(request.path_params["type"])
        return JSONResponse(self._properties.group(type, request.path_params["name"]))

    async def create_group(self, request: Request) -> Response:
        """Makes a property group."""
        type = self._portal.type(request.path_params["type"])
        given = await body_of(request, GroupInput)
        return JSONResponse(self._properties.create_group(type, given), status_code=201)

    async def archive_group(self, request: Request) -> Response:
        """Removes a property group."""
        type = self._portal.type(request.path_params["type"])
        self._properties.archive_group(type, request.path_params["name"])
        return Response(status_code=204)

    def _outcome(self, request: Request) -> Outcome:
        taken = self._portal.frame.faults.take("hubspot", request.method, path_within(request.scope), ("partial_207",))
        return Outcome(started=self._portal.now(), portal=self._portal, partial=taken is not None)


class AccountEndpoints:
    """The endpoints of owners, pipelines and the account itself."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    async def owners(self, request: Request) -> Response:
        """A page of owners, or the one with this e-mail address."""
        archived, email = flag_in(request, "archived"), request.query_params.get("email")
        if email == "":
            raise invalid("email must not be empty.")
        found = [owner for owner in self._portal.owners.values() if bool(owner["archived"]) == archived]
        if email:
            found = [owner for owner in found if (owner["email"] or "").casefold() == email.casefold()]
        limit = number_in(request, "limit", OWNERS, LARGEST_OWNERS)
        page, paging = page_of(found, request.query_params.get("after"), limit, request.url.path)
        return JSONResponse({"results": page, **paging})

    async def owner(self, request: Request) -> Response:
        """One owner by id, or by `idProperty=userId`."""
        by = "userId" if request.query_params.get("idProperty") == "userId" else "id"
        wanted = request.path_params["id"]
        for owner in self._portal.owners.values():
            if str(owner[by]) == wanted and bool(owner["archived"]) == flag_in(request, "archived"):
                return JSONResponse(owner)
        raise not_found("OWNER", wanted)

    async def pipelines(self, request: Request) -> Response:
        """Every pipeline of deals, with its stages."""
        self._check_deals(request)
        return JSONResponse({"results": self._portal.pipelines.all()})

    async def pipeline(self, request: Request) -> Response:
        """One pipeline."""
        return JSONResponse(self._pipeline(request))

    async def stages(self, request: Request) -> Response:
        """The stages of one pipeline."""
        return JSONResponse({"results": self._pipeline(request)["stages"]})

    async def details(self, request: Request) -> Response:
        """The account: its number, the host of its pages, its currency and time zone."""
        return JSONResponse(self._portal.account())

    def _check_deals(self, request: Request) -> None:
        if self._portal.type(request.path_params["type"]).name != "deals":
            raise HubSpotError(400, "VALIDATION_ERROR", "Only deals have pipelines in this account.")

    def _pipeline(self, request: Request) -> Document:
        self._check_deals(request)
        pipeline = self._portal.pipelines.get(request.path_params["id"])
        if pipeline is None:
            raise not_found("PIPELINE", request.path_params["id"])
        return pipeline


def settings_routes(portal: Portal) -> list[Route]:
    """The routes of what describes the account."""
    properties, account = PropertyEndpoints(portal), AccountEndpoints(portal)
    base = "/crm/v3/properties/{type}"
    return [
        Route(f"{base}/groups", properties.groups, methods=["GET"]),
        Route(f"{base}/groups", properties.create_group, methods=["POST"]),
        Route(f"{base}/groups/{{name}}", properties.group, methods=["GET"]),
        Route(f"{base}/groups/{{name}}", properties.archive_group, methods=["DELETE"]),
        Route(f"{base}/batch/create", properties.batch_create, methods=["POST"]),
        Route(f"{base}/batch/read", properties.batch_read, methods=["POST"]),
        Route(base, properties.page, methods=["GET"]),
        Route(base, properties.create, methods=["POST"]),
        Route(f"{base}/{{name}}", properties.read, methods=["GET"]),
        Route(f"{base}/{{name}}", properties.archive, methods=["DELETE"]),
        Route("/crm/v3/owners/{id}", account.owner, methods=["GET"]),
        Route("/crm/v3/owners/", account.owners, methods=["GET"]),
        Route("/crm/v3/owners", account.owners, methods=["GET"]),
        Route("/crm/v3/pipelines/{type}", account.pipelines, methods=["GET"]),
        Route("/crm/v3/pipelines/{type}/{id}", account.pipeline, methods=["GET"]),
        Route("/crm/v3/pipelines/{type}/{id}/stages", account.stages, methods=["GET"]),
        Route("/account-info/v3/details", account.details, methods=["GET"]),
    ]


def _each(inputs: list[PropertyInput], make: Callable[[PropertyInput], Document], outcome: Outcome) -> None:
    for given in inputs:
        try:
            outcome.results.append(make(given))
        except HubSpotError as error:
            outcome.add(error.entry({"name": [given.name]}))
