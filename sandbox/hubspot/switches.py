"""The switches of HubSpot's double under /_sandbox/hubspot/: what people do on its pages, and its webhook."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.hubspot.errors import HubSpotError
from sandbox.hubspot.events import Source
from sandbox.hubspot.portal import Portal
from sandbox.hubspot.showing import written
from sandbox.hubspot.values import Given
from sandbox.hubspot.webhook import Target, send_all

Answer = Callable[[Request], Awaitable[Response]]
PERSON: Source = "CRM_UI"


class Order(BaseModel):
    """The body of a switch; ids may be numbers."""

    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)


class Change(Order):
    """New values for properties of a record."""

    type: str
    id: str
    properties: dict[str, Given] = Field(min_length=1)


class Archive(Order):
    """A record for the bin."""

    type: str
    id: str


class Merge(Order):
    """Two records that become one: the primary one, or with `anew` a record of a new id."""

    type: str
    primary: str
    merged: str
    anew: bool = False


class Sending(Order):
    """Where what happened is told, how often, in which order and spelling; see Target and send_all."""

    url: str
    client_secret: str = Field(min_length=1)
    repeat: int = Field(1, ge=1, le=100)
    shuffle: bool = False
    classic: bool = False
    clear: bool = True


Form = TypeVar("Form", bound=Order)


class Switches:
    """The endpoints over one portal."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    async def change(self, request: Request) -> Response:
        """A person sets properties of a record."""
        order = await _read(request, Change)
        records = self._portal.records[self._portal.type(order.type).name]
        document = records.get(order.id)
        return JSONResponse(written(records.change(document, records.checked(order.properties, document), PERSON)))

    async def archive(self, request: Request) -> Response:
        """A person moves a record to the bin; 404 when it is not there."""
        order = await _read(request, Archive)
        records = self._portal.records[self._portal.type(order.type).name]
        records.archive(records.get(order.id)["id"], PERSON)
        return JSONResponse({"id": order.id, "archived": True})

    async def merge(self, request: Request) -> Response:
        """A person merges two records; the answer is the one that is left."""
        order = await _read(request, Merge)
        type = self._portal.type(order.type)
        return JSONResponse(written(self._portal.merge(type, order.primary, order.merged, PERSON, order.anew)))

    async def webhook(self, request: Request) -> Response:
        """Tells what happened since the last time, and how each delivery was answered."""
        order = await _read(request, Sending)
        target = Target(
            url=order.url,
            client_secret=order.client_secret,
            portal_id=self._portal.account()["portalId"],
            repeat=order.repeat,
            shuffle=order.shuffle,
            classic=order.classic,
        )
        answers = await send_all(self._portal.events, target, self._portal.frame.clock, clear=order.clear)
        return JSONResponse({"deliveries": answers, "pending": len(self._portal.events.pending())})


def switch_routes(portal: Portal) -> list[Route]:
    """The routes of these switches."""
    switches = Switches(portal)
    each = {
        "change": switches.change,
        "archive": switches.archive,
        "merge": switches.merge,
        "webhook": switches.webhook,
    }
    return [Route(f"/_sandbox/hubspot/{name}", _telling(do), methods=["POST"]) for name, do in each.items()]


async def _read(request: Request, form: type[Form]) -> Form:
    return form.model_validate_json(await request.body())


def _telling(do: Answer) -> Answer:
    """The same endpoint, with what is wrong told in plain words."""

    async def answer(request: Request) -> Response:
        try:
            return await do(request)
        except HubSpotError as error:
            return JSONResponse({"error": error.message}, status_code=error.status)
        except ValidationError as error:
            wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
            return JSONResponse({"error": wrong}, status_code=400)

    return answer
