"""Requests for a person's word over HTTP: listed, shown and answered, alone or all of a call.

The holder of the token, or whoever is on this machine when there is none, may do what an admin may. The header
`X-Sophia-Person` narrows a request to what the person with that address may see and answer.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any, Final, Literal, TypeVar

from fastapi import APIRouter, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.background import BackgroundTask

from api.approvals import ApprovalView, theirs, views
from api.deps import ServicesOf
from api.guard import let_in, read_body
from api.problems import Problem, problem_response
from api.same_origin import refuse_foreign_pages
from api.wiring import Services
from core.errors import NotAllowed, NotUsable, RecordConflict, SophiaError, Unavailable
from core.people import Person
from memory.approvals import Approval, ApprovalStatus
from memory.inbox import Delivery
from nodes.approval.answering import Lapsed, answer_approval, may_answer
from nodes.approval.finding import find

PERSON: Final = "x-sophia-person"
LONGEST_ADDRESS: Final = 320
BODY_LIMIT: Final = 256 * 1024
MOST_AT_ONCE: Final = 200
STATUSES: Final[tuple[tuple[type[SophiaError], HTTPStatus], ...]] = (
    (NotAllowed, HTTPStatus.FORBIDDEN),
    (Lapsed, HTTPStatus.GONE),
    (RecordConflict, HTTPStatus.CONFLICT),
    (NotUsable, HTTPStatus.UNPROCESSABLE_ENTITY),
    (Unavailable, HTTPStatus.SERVICE_UNAVAILABLE),
)
"""What each refusal is over HTTP; the first that fits counts."""

B = TypeVar("B", bound=BaseModel)

router = APIRouter(tags=["approvals"])


class GivenAnswer(BaseModel):
    """An answer to one request; `payload_hash` is the one that the request was shown with."""

    model_config = ConfigDict(extra="forbid")

    decision: Literal["approve", "reject"]
    payload_hash: str
    value: str | None = None
    reason: str | None = None


class GivenAnswers(BaseModel):
    """One answer to several requests of a call; `seen` has the hash that each was shown with, by its id."""

    model_config = ConfigDict(extra="forbid")

    call_id: str
    decision: Literal["approve", "reject"]
    reason: str | None = None
    seen: Annotated[dict[str, str], Field(min_length=1, max_length=MOST_AT_ONCE)]


@router.get("/approvals")
async def list_approvals(
    request: Request,
    services: ServicesOf,
    status: Annotated[ApprovalStatus | Literal["all"], Query()] = ApprovalStatus.WAITING,
    call_id: str | None = None,
) -> list[ApprovalView]:
    """The requests of this status, oldest first: those that the person may answer."""
    person, approvals = _person(request, services), services.records.approvals
    if call_id is not None:
        found = await approvals.of_call(call_id)
    else:
        found = await (approvals.waiting() if status is ApprovalStatus.WAITING else approvals.all())
    wanted = [one for one in found if status in ("all", one.status)]
    return await views(services.records, theirs(person, wanted))


@router.get("/approvals/{reference}")
async def show_approval(request: Request, services: ServicesOf, reference: str) -> ApprovalView:
    """One request, by number or id, whatever became of it."""
    approval = await _visible(services, reference, _person(request, services))
    return (await views(services.records, [approval]))[0]


@router.post("/approvals/answers", status_code=HTTPStatus.ACCEPTED)
async def answer_several(request: Request, services: ServicesOf) -> JSONResponse:
    """Answers several requests of one call, each for itself: 202 with a result for each, as if answered alone."""
    person = _who_may_change(request, services)
    given = await _body(request, GivenAnswers)
    results: dict[str, Any] = {}
    deliveries: list[Delivery] = []
    for id, payload_hash in given.seen.items():
        alone = GivenAnswer(decision=given.decision, payload_hash=payload_hash, reason=given.reason)
        results[id] = await _result(services, person, id, alone, given.call_id, deliveries)
    later = BackgroundTask(services.intake.queue_many, deliveries)
    return JSONResponse({"results": results}, HTTPStatus.ACCEPTED, background=later)


@router.post("/approvals/{reference}/answer", status_code=HTTPStatus.ACCEPTED)
async def answer(request: Request, services: ServicesOf, reference: str) -> JSONResponse:
    """Takes an answer: 202 once it is stored; the worker carries it out."""
    person = _who_may_change(request, services)
    given = await _body(request, GivenAnswer)
    approval = await _visible(services, reference, person)
    try:
        answered, delivery = await _answer(services, approval, person, given)
    except SophiaError as error:
        return await _refused(services, approval, error)
    (shown,) = await views(services.records, [answered])
    later = BackgroundTask(services.intake.queue, delivery)
    return JSONResponse(shown.model_dump(mode="json"), HTTPStatus.ACCEPTED, background=later)


async def _answer(
    services: Services, approval: Approval, person: Person, given: GivenAnswer
) -> tuple[Approval, Delivery]:
    return await answer_approval(
        services.context,
        approval,
        person,
        given.decision,
        value=given.value,
        reason=given.reason,
        via="http",
        payload_hash=given.payload_hash,
    )


async def _result(
    services: Services, person: Person, id: str, given: GivenAnswer, call_id: str, deliveries: list[Delivery]
) -> Mapping[str, Any]:
    """How one of several answers ended, with the request as it stands where the person may see it."""
    approval = await services.records.approvals.get(id)
    if approval is None or approval.call_id != call_id or not may_answer(person, approval):
        refusal = _not_there(person, id)
        return {"status": refusal.status_code, "detail": refusal.detail}
    status, detail = HTTPStatus.ACCEPTED, None
    try:
        approval, delivery = await _answer(services, approval, person, given)
        deliveries.append(delivery)
    except SophiaError as error:
        status, detail = _status(error), str(error)
        approval = await services.records.approvals.get(id) or approval
    (shown,) = await views(services.records, [approval])
    return {"status": status, "detail": detail, "approval": shown.model_dump(mode="json")}


async def _refused(services: Services, approval: Approval, error: SophiaError) -> JSONResponse:
    """The refusal of an answer, with the request as it stands now."""
    detail = f"{error} {error.next_step or ''}".strip()
    (shown,) = await views(services.records, [await services.records.approvals.get(approval.id) or approval])
    return problem_response(_status(error), detail, more={"approval": shown.model_dump(mode="json")})


def _status(error: SophiaError) -> HTTPStatus:
    status = next((status for kind, status in STATUSES if isinstance(error, kind)), None)
    if status is None:
        raise error
    return status


async def _visible(services: Services, reference: str, person: Person) -> Approval:
    """The request, if the person may see it; the refusal is the same whether it exists or not."""
    try:
        approval = await find(services.records, reference)
    except (NotUsable, RecordConflict):
        raise _not_there(person, reference) from None
    if not may_answer(person, approval):
        raise _not_there(person, reference)
    return approval


def _not_there(person: Person, reference: str) -> Problem:
    if person.admin:
        return Problem(HTTPStatus.NOT_FOUND, f"There is no approval {reference}.", reason="unknown")
    return Problem(HTTPStatus.FORBIDDEN, f"There is no approval {reference} for you to answer.", reason="not_allowed")


def _who_may_change(request: Request, services: Services) -> Person:
    person = _person(request, services)
    refuse_foreign_pages(request)
    return person


def _person(request: Request, services: Services) -> Person:
    """Who asks: an admin, or the person the header names."""
    let_in(request, services.settings.api_token)
    named = request.headers.get(PERSON)
    if named is None:
        return Person(name="the HTTP door", admin=True)
    address = named.strip().lower()
    if "@" not in address or len(address) > LONGEST_ADDRESS:
        raise Problem(HTTPStatus.BAD_REQUEST, f"{PERSON} must be an e-mail address.", reason="malformed")
    return Person(email=address, name=address)


async def _body(request: Request, into: type[B]) -> B:
    try:
        return into.model_validate_json(await read_body(request, BODY_LIMIT))
    except ValidationError as error:
        raise RequestValidationError(error.errors(include_url=False, include_context=False)) from error
