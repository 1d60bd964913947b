"""The shape of a policy file: rules in their order, and who may answer what they ask.

What a file may hold is checked here and nowhere else; the descriptions are what `sophia policy schema` shows.
"""

from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    field_validator,
    model_validator,
)
from pydantic_core import CoreSchema

from core.analysis import Frozen
from nodes.state import Decision

Action = Literal["create", "update", "delete"]
ObjectName = Literal["contacts", "companies", "deals", "notes", "tasks", "messages"]

ANY = "*"
OWN = "sophia"
"""Among `fields`: the properties Sophia made for itself on that kind of record."""
PEOPLE = frozenset({"owner", "admin"})
"""Among `approvers`: whoever owns the record in HubSpot, and whoever looks after Sophia."""
LONGEST_DAYS = 365

T = TypeVar("T")


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _person(value: str) -> str:
    if value in PEOPLE or "@" in value:
        return value.strip().lower()
    raise ValueError('is neither "owner" nor "admin" nor an e-mail address')


def _address(value: str) -> str:
    if "@" in value:
        return value.strip().lower()
    raise ValueError("is no e-mail address")


class _OneOrMany:
    """Says in the JSON Schema that a single text may stand for a list of one."""

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        many = handler(schema)
        return {"anyOf": [many, many["items"]]}


Some = Annotated[tuple[T, ...], Field(min_length=1), BeforeValidator(_listed), _OneOrMany()]
"""A list that is not empty."""
Text = Annotated[str, Field(min_length=1)]
Person = Annotated[Text, AfterValidator(_person)]
Address = Annotated[Text, AfterValidator(_address)]
Number = Annotated[float, Field(strict=True)]
Share = Annotated[Number, Field(ge=0, le=1)]
Days = Annotated[Number, Field(gt=0, le=LONGEST_DAYS)]


class Section(Frozen):
    """A part of a policy file: it refuses keys it does not know, and numbers that are none."""

    model_config = ConfigDict(allow_inf_nan=False)


class Conditions(Section):
    """What must hold, all of it, for a rule to match."""

    confidence_at_least: Share | None = Field(None, description="Least confidence of the finding, from 0 to 1.")
    amount_at_least: Number | None = Field(None, description="Least amount of the deal, in the deal's currency.")
    amount_below: Number | None = Field(None, description="The deal's amount is less than this.")
    stages: Some[Text] | None = Field(None, description="Stages the deal may stand in now: ids or labels, exactly.")
    to_stages: Some[Text] | None = Field(None, description="Stages it may be moved to: ids or labels, exactly.")
    asked_by: Some[Address] | None = Field(
        None, description="Addresses of those who may have asked for it; nobody has where it comes of a call."
    )

    @model_validator(mode="after")
    def _amount_can_be(self) -> Self:
        if None not in (self.amount_at_least, self.amount_below) and self.amount_at_least >= self.amount_below:  # type: ignore[operator]
            raise ValueError("no amount is at least amount_at_least and below amount_below")
        return self


class Rule(Section):
    """What is decided about some actions on some fields of some objects."""

    objects: Some[Literal["contacts", "companies", "deals", "notes", "tasks", "messages", "*"]] = Field(
        description='Kinds of record, "messages" for Slack, or "*".'
    )
    fields: Some[Text] = Field(
        (ANY,), description='Property names, "sophia" for those Sophia made for itself, or "*"; "*" when left out.'
    )
    actions: Some[Literal["create", "update", "delete", "*"]] = Field(description='What is done to it, or "*".')
    agents: Some[Text] | None = Field(None, description="Only for these agents of Sophia; for all when left out.")
    decision: Literal["ALLOW", "ASK", "DENY"] = Field(
        description="ALLOW: it is done. ASK: a person is asked. DENY: it is never done."
    )
    approvers: Some[Person] | None = Field(
        None, description='Who may answer: "owner" of the record, "admin", addresses. Only for ASK.'
    )
    expire_after_days: Days | None = Field(None, description="Days until an unanswered question lapses. Only for ASK.")
    reason: Text | None = Field(None, description="Why, in words for the people who are told.")
    when: Conditions = Field(Conditions(), description="What must hold besides; always when left out.")

    @property
    def verdict(self) -> Decision:
        """The decision as the workflow knows it."""
        return {"ALLOW": "allow", "ASK": "ask", "DENY": "deny"}[self.decision]  # type: ignore[return-value]

    @model_validator(mode="after")
    def _deletes_nothing(self) -> Self:
        if self.decision != "DENY" and {"delete", ANY} & set(self.actions):
            named = "deletion" if "delete" in self.actions else 'deletion, which "*" includes,'
            raise ValueError(f'{named} can only be DENY; write actions = ["create", "update"]')
        return self

    @model_validator(mode="after")
    def _asks_no_leave_to_speak(self) -> Self:
        if self.decision == "ASK" and "create" in self.actions and {"messages", ANY} & set(self.objects):
            named = "messages" if "messages" in self.objects else 'messages, which "*" includes,'
            raise ValueError(f"{named} can only be ALLOW or DENY: a question would be a message too; name the objects")
        return self

    @model_validator(mode="after")
    def _asks_when_it_says_whom(self) -> Self:
        if self.decision != "ASK" and (self.approvers is not None or self.expire_after_days is not None):
            raise ValueError("approvers and expire_after_days are for ASK; nobody is asked here")
        return self


class ApprovalRules(Section):
    """Who is asked, and for how long, where a rule says nothing else."""

    approvers: Some[Person] = Field(
        ("owner", "admin"), description='Who may answer: "owner" of the record, "admin", or e-mail addresses.'
    )
    expire_after_days: Days = Field(7, description="Days until a question that nobody has answered lapses.")


class PolicyFile(Section):
    """A whole policy. The first rule that matches decides; what no rule matches is denied."""

    version: Literal[1] = Field(description="The version of this format.")
    approvals: ApprovalRules = Field(ApprovalRules(), description="Who is asked, and for how long.")
    rule: tuple[Rule, ...] = Field((), description="The rules, in the order in which they are tried.")

    @field_validator("version", mode="before")
    @classmethod
    def _whole_number(cls, value: Any) -> Any:
        if type(value) is not int:
            raise ValueError("must be 1")
        return value
