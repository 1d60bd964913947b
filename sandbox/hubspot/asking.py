"""Reads what a client asks for: query parameters and JSON bodies, with HubSpot's 400 for what is wrong."""

from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request

from sandbox.hubspot.associations import AssociationInput
from sandbox.hubspot.errors import HubSpotError, invalid
from sandbox.hubspot.values import Given

BATCH_SIZE = 100
Body = TypeVar("Body", bound=BaseModel)
RecordId = Annotated[str, Field(min_length=1)]


class Asked(BaseModel):
    """A body a client sends; fields that are not known are left aside."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Change(Asked):
    """The body of an update."""

    properties: dict[str, Given]


class New(Change):
    """The body of a create."""

    associations: tuple[AssociationInput, ...] = ()
    objectWriteTraceId: str | None = None


class Identified(Asked):
    """One input that is only an id."""

    id: RecordId


class Written(Asked):
    """One input of a batch update or upsert."""

    id: RecordId
    properties: dict[str, Given]
    idProperty: str | None = None
    objectWriteTraceId: str | None = None


class BatchRead(Asked):
    """The body of a batch read."""

    inputs: tuple[Identified, ...]
    properties: tuple[str, ...] = ()
    propertiesWithHistory: tuple[str, ...] = ()
    idProperty: str | None = None


class BatchArchive(Asked):
    """The body of a batch archive."""

    inputs: tuple[Identified, ...]


class BatchCreate(Asked):
    """The body of a batch create."""

    inputs: tuple[New, ...]


class BatchWrite(Asked):
    """The body of a batch update or upsert."""

    inputs: tuple[Written, ...]


async def body_of(request: Request, form: type[Body]) -> Body:
    """The request's body in this form; 400 that names the first wrong field, 415 when it is not sent as JSON."""
    raw = await json_body(request)
    try:
        return form.model_validate_json(raw, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the body"
        raise invalid(f"Invalid input JSON: {place}: {first['msg']}", context={"field": [place]}) from error


async def json_body(request: Request) -> bytes:
    """The request's body as it came; 415 when its content type is not JSON's."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise HubSpotError(415, "VALIDATION_ERROR", "The body must be sent as application/json.")
    return await request.body()


def check_size(inputs: tuple[Any, ...], most: int = BATCH_SIZE) -> None:
    """400 for a batch that is empty or too large."""
    if not 1 <= len(inputs) <= most:
        raise invalid(f"A batch must have between 1 and {most} inputs, not {len(inputs)}.")


def check_distinct(ids: list[str]) -> None:
    """400 for a batch that names the same record twice."""
    twice = sorted({id for id in ids if ids.count(id) > 1})
    if twice:
        raise invalid("Duplicate IDs found in batch input", context={"ids": twice})


def names_in(request: Request, parameter: str) -> list[str]:
    """A list in the query: repeated, separated by commas, or both."""
    given = request.query_params.getlist(parameter)
    return [name for part in given for name in part.split(",") if name]


def flag_in(request: Request, parameter: str) -> bool:
    """True or false in the query, false when it is not there; 400 for anything else."""
    text = request.query_params.get(parameter, "false").lower()
    if text not in {"true", "false"}:
        raise invalid(f"{parameter} must be true or false.", context={parameter: [text]})
    return text == "true"


def number_in(request: Request, parameter: str, default: int, most: int) -> int:
    """A whole number from 1 to `most` in the query; 400 for anything else."""
    text = request.query_params.get(parameter, str(default))
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text) <= most:
        raise invalid(f"{parameter} must be a number from 1 to {most}.", context={parameter: [text]})
    return int(text)


def page_of(items: list[Any], after: str | None, limit: int, path: str) -> tuple[list[Any], dict[str, Any]]:
    """A page of items from the offset `after`, and the `paging` field that leads on (empty at the end)."""
    if after is not None and not (after.isascii() and after.isdecimal()):
        raise HubSpotError(400, "VALIDATION_ERROR", "after is not a paging cursor of this list.")
    start = int(after or 0)
    following = start + limit
    if following >= len(items):
        return items[start:following], {}
    link = f"{path}?after={following}&limit={limit}"
    return items[start:following], {"paging": {"next": {"after": str(following), "link": link}}}
