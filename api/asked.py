"""Who asks for something over HTTP, and what for.

The holder of the token, or whoever is on this machine when there is none, may do what an admin may. The header
`X-Sophia-Person` narrows a request to what the person with that address may see and do.
"""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Final, TypeVar

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

from api.guard import let_in, read_body
from api.problems import Problem
from api.same_origin import refuse_foreign_pages
from api.wiring import Services
from core.errors import NotAllowed, NotUsable, RecordConflict, SophiaError, Unauthorized, Unavailable
from core.people import Person

PERSON: Final = "x-sophia-person"
LONGEST_ADDRESS: Final = 320
BODY_LIMIT: Final = 256 * 1024

STATUSES: Final[Sequence[tuple[type[SophiaError], HTTPStatus]]] = (
    (NotAllowed, HTTPStatus.FORBIDDEN),
    (RecordConflict, HTTPStatus.CONFLICT),
    (NotUsable, HTTPStatus.UNPROCESSABLE_ENTITY),
    (Unavailable, HTTPStatus.SERVICE_UNAVAILABLE),
    (Unauthorized, HTTPStatus.SERVICE_UNAVAILABLE),
)
"""What each refusal is over HTTP; the first that fits counts."""

B = TypeVar("B", bound=BaseModel)


def person_of(request: Request, services: Services) -> Person:
    """Who asks: an admin, or the person the header names; raises a Problem for who is not let in."""
    let_in(request, services.settings.api_token)
    named = request.headers.get(PERSON)
    if named is None:
        return Person(name="the HTTP door", admin=True)
    address = named.strip().lower()
    if "@" not in address or len(address) > LONGEST_ADDRESS:
        raise Problem(HTTPStatus.BAD_REQUEST, f"{PERSON} must be an e-mail address.", reason="malformed")
    return Person(email=address, name=address)


def person_who_may_change(request: Request, services: Services) -> Person:
    """Who asks for a change; refused, too, when a page of another address may be behind it."""
    person = person_of(request, services)
    refuse_foreign_pages(request)
    return person


async def body_as(request: Request, into: type[B], limit: int = BODY_LIMIT) -> B:
    """The body as this model; a body that is not one is told place by place."""
    try:
        return into.model_validate_json(await read_body(request, limit))
    except ValidationError as error:
        raise RequestValidationError(error.errors(include_url=False, include_context=False)) from error


def problem_of(error: SophiaError) -> Problem:
    """The refusal as HTTP tells it; an error that is none is raised as it is."""
    status = next((status for kind, status in STATUSES if isinstance(error, kind)), None)
    if status is None:
        raise error
    return Problem(status, f"{error} {error.next_step or ''}".strip())
