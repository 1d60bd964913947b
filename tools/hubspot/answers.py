"""HubSpot's answers, checked: the SDK's own models let an answer without its required fields pass."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

TRANSIENT = frozenset({"INTERNAL_ERROR", "RATE_LIMITS", "SERVICE_UNAVAILABLE", "TIMEOUT"})
"""Categories of an error inside a batch that says nothing about its input: the same may succeed later."""


TAKEN = ("CONFLICTING_UNIQUE_VALUE", "already has that value", "already exists")
"""What HubSpot says of a unique value, with 409 for some properties and 400 for others."""


class Answer(BaseModel):
    """A part of an answer: fields we do not know are ignored, ids may be numbers."""

    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)


class Nothing(Answer):
    """An answer without content (204), or one whose content does not matter."""


class NextPage(Answer):
    after: str


class Paging(Answer):
    next: NextPage | None = None

    @staticmethod
    def after(paging: "Paging | None") -> str | None:
        """Where the next page begins, None on the last."""
        return paging.next.after if paging and paging.next else None


class AssociatedId(Answer):
    id: str = Field(min_length=1)


class AssociatedIds(Answer):
    results: tuple[AssociatedId, ...] = ()
    paging: Paging | None = None


class VersionAnswer(Answer):
    """One value of a property's history."""

    value: str | None = None
    timestamp: datetime
    source_type: str | None = Field(None, alias="sourceType")


class ObjectAnswer(Answer):
    """One CRM record. Values are strings or null on the wire; anything else is written as JSON would."""

    id: str = Field(min_length=1)
    properties: dict[str, str | None] = {}
    associations: dict[str, AssociatedIds] | None = None
    history: dict[str, tuple[VersionAnswer, ...]] | None = Field(None, alias="propertiesWithHistory")
    updated_at: datetime | None = Field(None, alias="updatedAt")
    archived: bool = False
    trace_id: str | None = Field(None, alias="objectWriteTraceId")

    @field_validator("properties", mode="before")
    @classmethod
    def _values_as_text(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {name: str(item).lower() if isinstance(item, bool) else item for name, item in value.items()}


class BatchError(Answer):
    """Why some inputs of a batch were refused; `context` names them, under a key that differs from case to case."""

    category: str = ""
    sub_category: str | None = Field(None, alias="subCategory")
    message: str = ""
    context: dict[str, Any] = {}

    @field_validator("context", mode="before")
    @classmethod
    def _null_is_empty(cls, value: Any) -> Any:
        return {} if value is None else value

    @property
    def missing(self) -> bool:
        """Whether it only says that there is no such record or association."""
        return "NOT_FOUND" in self.category or "NO_ASSOCIATIONS_FOUND" in (self.sub_category or "")

    @property
    def transient(self) -> bool:
        """Whether the same input may succeed later."""
        return self.category in TRANSIENT

    @property
    def taken(self) -> bool:
        """Whether it says that another record has a unique value already."""
        return any(sign in f"{self.category} {self.message}" for sign in TAKEN)

    def about(self, id: str) -> bool:
        """Whether this error is about that input."""
        named = (value if isinstance(value, list) else [value] for value in self.context.values())
        return any(str(value) == id for values in named for value in values)


class Batch(Answer):
    """What every batch answers; 207 raises nothing, so `errors` must be looked at."""

    num_errors: int = Field(0, alias="numErrors")
    errors: tuple[BatchError, ...] = ()

    @field_validator("errors", mode="before")
    @classmethod
    def _null_is_none(cls, value: Any) -> Any:
        return () if value is None else value

    @property
    def transient(self) -> bool:
        """Whether some inputs failed for no fault of theirs."""
        return any(error.transient for error in self.errors)

    @property
    def refused(self) -> tuple[BatchError, ...]:
        """The errors that say more than that something does not exist."""
        if self.num_errors and not self.errors:
            return (BatchError(message=f"{self.num_errors} inputs were refused without a reason"),)
        return tuple(error for error in self.errors if not error.missing)


class ObjectBatch(Batch):
    results: tuple[ObjectAnswer, ...]


class ObjectPage(Answer):
    results: tuple[ObjectAnswer, ...]
    paging: Paging | None = None


class SearchPage(ObjectPage):
    total: int


class AssociationEnd(Answer):
    id: str


class AssociatedObject(Answer):
    id: str = Field(alias="toObjectId")


class AssociationAnswer(Answer):
    source: AssociationEnd = Field(alias="from")
    to: tuple[AssociatedObject, ...] = ()
    paging: Paging | None = None


class AssociationBatch(Batch):
    results: tuple[AssociationAnswer, ...]


class TeamAnswer(Answer):
    id: str = Field(min_length=1)
    name: str | None = None
    primary: bool | None = None


class OwnerAnswer(Answer):
    id: str = Field(min_length=1)
    email: str | None = None
    first_name: str | None = Field(None, alias="firstName")
    last_name: str | None = Field(None, alias="lastName")
    archived: bool = False
    teams: tuple[TeamAnswer, ...] | None = None


class OwnerPage(Answer):
    results: tuple[OwnerAnswer, ...]
    paging: Paging | None = None


class StageMetadata(Answer):
    is_closed: bool = Field(False, alias="isClosed")
    probability: float | None = None


class StageAnswer(Answer):
    id: str = Field(min_length=1)
    label: str = ""
    order: int = Field(0, alias="displayOrder")
    archived: bool = False
    metadata: StageMetadata = StageMetadata()


class PipelineAnswer(Answer):
    id: str = Field(min_length=1)
    label: str = ""
    archived: bool = False
    stages: tuple[StageAnswer, ...] = ()


class PipelineList(Answer):
    results: tuple[PipelineAnswer, ...]


class OptionAnswer(Answer):
    value: str
    label: str | None = None
    hidden: bool | None = None
    archived: bool | None = None


class PropertyModification(Answer):
    read_only: bool | None = Field(None, alias="readOnlyValue")


class PropertyAnswer(Answer):
    """A property's definition; HubSpot sends null wherever it has nothing to say."""

    name: str
    label: str | None = None
    type: str = "string"
    unique: bool | None = Field(None, alias="hasUniqueValue")
    calculated: bool | None = None
    options: tuple[OptionAnswer, ...] | None = None
    modification: PropertyModification | None = Field(None, alias="modificationMetadata")


class PropertyList(Answer):
    results: tuple[PropertyAnswer, ...]


class AccountAnswer(Answer):
    portal_id: str = Field(alias="portalId", min_length=1)
    ui_domain: str | None = Field(None, alias="uiDomain")
    time_zone: str | None = Field(None, alias="timeZone")
    currency: str | None = Field(None, alias="companyCurrency")
