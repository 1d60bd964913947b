"""Taking back over HTTP: an order for a call or an effect is stored and answered at once; the worker carries it out."""

from http import HTTPStatus
from typing import Annotated, Any, Self

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, model_validator
from starlette.background import BackgroundTask

from api.asked import body_as, person_of, person_who_may_change, problem_of
from api.deps import ServicesOf
from api.problems import Problem
from api.undo_orders import hand_in, progress_of, told
from core.errors import SophiaError
from nodes.undo.ordering import order_of
from nodes.undo.request import KIND
from nodes.undo.undoing import preview_undo

SOURCE = "http"
Named = Annotated[str, Field(min_length=1, max_length=100)]

router = APIRouter(tags=["undo"])


class Order(BaseModel):
    """What to take back: all that was done for a call, or one effect by its key or the beginning of it."""

    model_config = ConfigDict(extra="forbid")

    call_id: Named | None = None
    effect_key: Named | None = None
    dry_run: bool = False

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        if (self.call_id is None) == (self.effect_key is None):
            raise ValueError("give either call_id or effect_key")
        return self


@router.post("/undo", status_code=HTTPStatus.ACCEPTED)
async def order_undo(request: Request, services: ServicesOf) -> JSONResponse:
    """Takes an order: 202 once it is stored, with where to look for what came of it; 200 and a preview in a dry run."""
    person = person_who_may_change(request, services)
    given = await body_as(request, Order)
    try:
        order = await order_of(services.context, person, call_id=given.call_id, effect_key=given.effect_key)
        if given.dry_run:
            report = await preview_undo(services.context, order)
            return JSONResponse({"dry_run": True, **told(report)}, HTTPStatus.OK)
    except SophiaError as error:
        raise problem_of(error) from error
    delivery = await hand_in(services.records, order, SOURCE)
    later = BackgroundTask(services.intake.queue, delivery)
    progress = await progress_of(services.context, delivery)
    where = {"Location": f"/undo/{delivery.key}"}
    return JSONResponse(progress, HTTPStatus.ACCEPTED, headers=where, background=later)


@router.get("/undo/{order_id}")
async def show_order(request: Request, services: ServicesOf, order_id: str) -> dict[str, Any]:
    """How far an order is, and what came of each effect."""
    person = person_of(request, services)
    delivery = await services.records.inbox.get(KIND, order_id)
    if delivery is None or not person.admin:
        raise Problem(HTTPStatus.NOT_FOUND, f"There is no order {order_id}.", reason="unknown")
    return await progress_of(services.context, delivery)
