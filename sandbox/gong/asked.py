"""What Gong's requests may hold, parsed at the door; fields that Gong does not know are passed over, as it does."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from sandbox.gong.answers import Refused

TRANSCRIPTS_MOST = 100
"""Call ids in one request for transcripts."""


def _moment(value: Any) -> datetime:
    """A date and time in ISO-8601; without an offset nobody knows when it is."""
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise PydanticCustomError("moment", "is not a date and time in ISO-8601 form") from None
    if moment.tzinfo is None:
        raise PydanticCustomError("moment", "lacks an offset from UTC")
    return moment


Moment = Annotated[datetime, BeforeValidator(_moment)]


class Asked(BaseModel):
    """A part of a request, with Gong's own names on the wire."""

    model_config = ConfigDict(alias_generator=to_camel, frozen=True, strict=True)


class CallFilter(Asked):
    """Which calls: started in [from, to), by id, by workspace, by who hosted them; all of what is given holds."""

    from_date_time: Moment | None = None
    to_date_time: Moment | None = None
    workspace_id: str | None = None
    call_ids: Annotated[list[str], Field(min_length=1)] | None = None
    primary_user_ids: Annotated[list[str], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.from_date_time and self.to_date_time and self.to_date_time < self.from_date_time:
            raise PydanticCustomError("order", "toDateTime is before fromDateTime")
        return self


class ExposedContent(Asked):
    """Which parts of a call's content are wanted."""

    structure: bool | None = None
    topics: bool | None = None
    trackers: bool | None = None
    tracker_occurrences: bool | None = None
    points_of_interest: bool | None = None
    brief: bool | None = None
    outline: bool | None = None
    highlights: bool | None = None
    call_outcome: bool | None = None
    key_points: bool | None = None


class ExposedInteraction(Asked):
    """Which parts of the interaction's statistics are wanted."""

    speakers: bool | None = None
    video: bool | None = None
    person_interaction_stats: bool | None = None
    questions: bool | None = None


class ExposedCollaboration(Asked):
    """Which parts of what colleagues wrote are wanted."""

    public_comments: bool | None = None


class ExposedFields(Asked):
    """Which parts of a call are wanted beside its metadata."""

    parties: bool | None = None
    media: bool | None = None
    content: ExposedContent | None = None
    interaction: ExposedInteraction | None = None
    collaboration: ExposedCollaboration | None = None


class ContentSelector(Asked):
    """What to send of each call: CRM context (none unless asked for) and the exposed fields."""

    context: Literal["None", "Basic", "Extended"] | None = None
    context_timing: list[Literal["Now", "TimeOfCall"]] | None = None
    exposed_fields: ExposedFields | None = None

    @model_validator(mode="after")
    def _timing_of_something(self) -> Self:
        if self.context_timing and self.context in (None, "None"):
            raise PydanticCustomError("timing", "contextTiming is given, but context is None")
        return self


class ExtensiveRequest(Asked):
    """POST /v2/calls/extensive."""

    filter: CallFilter
    content_selector: ContentSelector | None = None
    cursor: str | None = None


class TranscriptFilter(CallFilter):
    """Which calls' transcripts."""

    call_ids: Annotated[list[str], Field(min_length=1, max_length=TRANSCRIPTS_MOST)] | None = None


class TranscriptRequest(Asked):
    """POST /v2/calls/transcript."""

    filter: TranscriptFilter
    cursor: str | None = None


class ListRequest(CallFilter):
    """GET /v2/calls."""

    cursor: str | None = None


class UserFilter(Asked):
    """Which users."""

    user_ids: Annotated[list[str], Field(min_length=1)] | None = None
    created_from_date_time: Moment | None = None
    created_to_date_time: Moment | None = None


class UsersRequest(Asked):
    """POST /v2/users/extensive, and GET /v2/users without a filter."""

    filter: UserFilter = UserFilter()
    cursor: str | None = None


class NewParty(Asked):
    """Somebody on a call that is being made."""

    name: str | None = None
    email_address: str | None = None
    user_id: str | None = None


class NewCall(Asked):
    """POST /v2/calls, which makes a call."""

    client_unique_id: str
    actual_start: Moment
    direction: Literal["Inbound", "Outbound", "Conference", "Unknown"]
    primary_user: str
    parties: Annotated[list[NewParty], Field(min_length=1)]
    title: str | None = None
    duration: float | None = None


Request = TypeVar("Request", bound=Asked)


def parsed(form: type[Request], value: Any) -> Request:
    """The request in this form; raises Refused(400) that says what is wrong with each field."""
    try:
        return form.model_validate(value)
    except ValidationError as error:
        raise Refused(400, *(_said(problem["loc"], problem["msg"]) for problem in error.errors())) from error


def _said(place: tuple[int | str, ...], problem: str) -> str:
    return f"{'.'.join(str(part) for part in place)}: {problem}" if place else problem
